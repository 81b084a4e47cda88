//! Records: what is taken apart is put together again; nothing in the clear counts as authentic; what was sealed opens once, and bent never.

use crate::parties::{AEADS, AllAeads};
use stint_dtls::crypto::Aeads;
use stint_dtls::inspect::{Channel, Dropped, record_header, take_record};

/// Bytes: choices, length of the Connection ID (modulo 33) and its bytes, the datagram.
pub(super) fn body(data: &[u8]) {
    let Some(([choices, len], rest)) = data.split_first_chunk() else { return };
    let Some((cid, datagram)) = rest.split_at_checked(usize::from(len % 33)) else { return };
    walk(cid, datagram);
    in_the_clear(datagram);
    there_and_back(*choices, cid, datagram);
}

fn walk(cid: &[u8], datagram: &[u8]) {
    let mut copy = datagram.to_vec();
    let mut rest = copy.as_mut_slice();
    let mut at = 0;
    while let Some(record) = take_record(&mut rest, cid) {
        let own = if record.content == 25 { cid } else { &[] };
        assert!(record.fragment.len() <= 0x4800);
        let end = at + 13 + own.len() + record.fragment.len();
        if record.version == 0xfefd && !record.foreign {
            let mut header = [0; 13 + 32];
            let len = record_header(&mut header, record.content, &record.sequence, own, record.fragment.len());
            assert_eq!([&header[..len.unwrap()], record.fragment].concat(), &datagram[at..end]);
        }
        assert_eq!(record.foreign, datagram[at + 11..][..own.len()] != *own);
        if record.foreign {
            assert!(rest.is_empty(), "what is behind a foreign record is not read");
            return;
        }
        at = end;
        assert_eq!(rest.len(), datagram.len() - at);
    }
    assert!(rest.is_empty());
}

/// A channel without keys delivers nothing as authentic, and ends.
fn in_the_clear(datagram: &[u8]) {
    let mut copy = datagram.to_vec();
    let mut rest = copy.as_mut_slice();
    let mut channel = Channel::new(AEADS);
    while !rest.is_empty() {
        let before = rest.len();
        match channel.open(&mut rest, &[]) {
            Ok(opened) => assert!(!opened.authentic),
            Err(dropped) => assert!(!matches!(dropped, Dropped::Forged | Dropped::Replayed)),
        }
        assert!(rest.len() < before);
    }
}

fn channels(index: usize, cid: &[u8]) -> [Channel<AllAeads>; 2] {
    let lens = AllAeads::lens(index);
    let parts = |order: [u8; 2]| {
        let keys = order.iter().flat_map(|n| vec![*n; lens.key.into()]);
        keys.chain(order.iter().flat_map(|n| vec![n ^ 0x55; lens.fixed_iv.into()])).collect::<Vec<_>>()
    };
    [[1, 2], [2, 1]].map(|order| {
        let mut channel = Channel::new(AEADS);
        channel.install(index, &parts(order)).unwrap();
        let (own, peer) = if order == [1, 2] { (cid, &[][..]) } else { (&[][..], cid) };
        channel.agree_cid(own, peer).unwrap();
        channel
    })
}

fn there_and_back(choices: u8, cid: &[u8], plain: &[u8]) {
    let index = usize::from(choices & 3);
    let plain = &plain[..plain.len().min(200)];
    let [mut client, mut server] = channels(index, cid);
    let number = plain.first_chunk::<6>().map_or(0, |n| n.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
    server.set_next([0, number]);
    let (before, after) = server.overhead(true);
    let mut out = vec![0; before + plain.len() + after];
    out[before..before + plain.len()].copy_from_slice(plain);
    let content = 20 + (choices >> 2 & 3);
    let Some(len) = server.seal(&mut out, content, plain.len(), true) else {
        assert!(number >= 1 << 48);
        return;
    };
    assert_eq!(len, out.len());
    let mut open = |datagram: &[u8]| {
        let mut copy = datagram.to_vec();
        let mut rest = copy.as_mut_slice();
        client.open(&mut rest, cid).map(|opened| (opened.content, opened.authentic, opened.data.to_vec()))
    };
    let mut bent = out.clone();
    let at = number as usize % out.len();
    bent[at] ^= 1 << (choices >> 5);
    if let Ok((_, authentic, _)) = open(&bent) {
        assert!(!authentic, "a bent record was opened, byte {at}");
    }
    assert_eq!(open(&out), Ok((content, true, plain.to_vec())));
    assert_eq!(open(&out), Err(Dropped::Replayed));
}
