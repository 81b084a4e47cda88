//! Chains out of certificates in no order, and when they are to hold.
#![allow(
    clippy::indexing_slicing,
    reason = "the certificates are part of the source: where one is not as it was, the tests must stop"
)]

/// The contents of the next element, and what follows it.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (head, len) = match der[1] {
        len @ 0..=0x7f => (2, usize::from(len)),
        lens => {
            let lens = usize::from(lens & 0x7f);
            (2 + lens, der[2..2 + lens].iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
        }
    };
    (&der[head..head + len], &der[head + len..])
}

/// Issuer and subject, with case and spaces out of the way: this only says what may follow what.
fn names(certificate: &[u8]) -> [Vec<u8>; 2] {
    let mut rest = element(element(certificate).0).0;
    let mut fields = Vec::new();
    while !rest.is_empty() && fields.len() < 7 {
        if rest[0] != 0xa0 {
            fields.push(element(rest).0);
        }
        rest = element(rest).1;
    }
    // serial, algorithm, issuer, validity, subject; string tags differ in one bit or another
    [fields[2], fields[4]].map(|name| {
        let letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
        letters.map(u8::to_ascii_lowercase).collect()
    })
}

/// All orders in which a server might send these, as far as each may have issued the one before: no more than are worth trying.
///
/// # Panics
/// One of them is not as these are.
#[must_use]
pub fn chains<'a>(peer: &'a [u8], intermediates: &'a [Vec<u8>]) -> Vec<Vec<&'a [u8]>> {
    let mut done = Vec::new();
    let mut open = vec![vec![peer]];
    while let Some(chain) = open.pop() {
        let [issuer, _] = names(chain[chain.len() - 1]);
        done.push(chain.clone());
        if chain.len() > 6 || done.len() > 100 {
            continue;
        }
        for next in
            intermediates.iter().rev().filter(|next| names(next)[1] == issuer && !chain.contains(&next.as_slice()))
        {
            open.push([chain.as_slice(), &[next]].concat());
        }
    }
    done
}

/// Seconds since 1970 of a time as Limbo writes it: `2024-03-01T00:00:00.999+00:00`; the fraction is cut off.
///
/// # Panics
/// It is none.
#[must_use]
pub fn seconds(text: &str) -> u64 {
    let number = |range: std::ops::Range<usize>| text[range].parse::<u64>().expect("a number");
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let months = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = (1970..year).map(|year| 365 + u64::from(leap(year))).sum::<u64>()
        + months[..month as usize - 1].iter().sum::<u64>()
        + day
        - 1;
    days * 86_400 + number(11..13) * 3600 + number(14..16) * 60 + number(17..19)
}
