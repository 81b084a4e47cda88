//! Everything published, file by file, as one run of bytes: a tape. A host and a board walk the same one, and say the same of each file.

use crate::reply::Out;
use crate::{Choice, answer, messages, path, symmetric, verification};

/// What came of a file's requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many were taken.
    pub taken: u32,
    /// How many were refused.
    pub refused: u32,
    /// How many had another reply than the one that stands behind them, or could not be carried out.
    pub wrong: u32,
    /// Which was the first of those, from 0 on; worthless where there is none.
    pub first_wrong: u32,
}

impl core::fmt::Display for Counts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { taken, refused, wrong, first_wrong } = self;
        write!(f, "{:>5} replayed: {taken:>5} taken, {refused:>5} refused", taken + refused)?;
        if *wrong > 0 {
            write!(f, "; {wrong} WRONG, first {first_wrong}")?;
        }
        Ok(())
    }
}

/// Walks a tape: carries out each request with replies in `room`, compares the reply with the one that stands behind the request, and tells `told` the name
/// of each file with its counts.
///
/// A tape is files one after the other: the name with its length in front (one byte), the number of cases (4, big-endian), and for each case a request and
/// the reply to it with its length in front (two bytes, big-endian).
///
/// `None`: it is no tape; what was told before is right all the same.
pub fn walk<C: Choice>(choice: &C, tape: &[u8], room: &mut [u8], told: &mut dyn FnMut(&str, &Counts)) -> Option<()> {
    let mut left = tape;
    while let Some((len, rest)) = left.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(*len))?;
        let (cases, rest) = rest.split_first_chunk()?;
        left = rest;
        let mut counts = Counts::default();
        for case in 0..u32::from_be_bytes(*cases) {
            let reply = compute(choice, &mut left, room)?;
            let (len, rest) = left.split_first_chunk()?;
            let (expected, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
            left = rest;
            let taken = reply.first() == Some(&1);
            counts.taken += u32::from(taken);
            counts.refused += u32::from(!taken);
            if reply != expected {
                counts.first_wrong = if counts.wrong == 0 { case } else { counts.first_wrong };
                counts.wrong += 1;
            }
        }
        told(core::str::from_utf8(name).ok()?, &counts);
    }
    Some(())
}

/// Takes a request off the front of `from`, carries it out, and writes the reply into `room`. `None`: it is none, or the reply has no room.
pub fn compute<'o, C: Choice>(choice: &C, from: &mut &[u8], room: &'o mut [u8]) -> Option<&'o [u8]> {
    let (operation, rest) = from.split_first()?;
    let mut out = Out::new(room);
    if *operation < 6 {
        out.put(answer(choice, from)?.as_bytes())?;
        return Some(out.written());
    }
    *from = rest;
    out.put(&[1])?;
    let taken = match operation {
        6 => symmetric::aead(from, &mut out),
        7 => symmetric::hash(from, &mut out),
        8 => symmetric::monte_carlo(from, &mut out),
        9 => symmetric::hmac(from, &mut out),
        10 => symmetric::expand(from, &mut out),
        11 => verification::verify(from, &mut out),
        12 => messages::coap(from, &mut out),
        13 => path::certificate(from, &mut out),
        14 => path::path(choice, from, &mut out),
        _ => None,
    }?;
    Some(if taken { out.written() } else { &[0] })
}
