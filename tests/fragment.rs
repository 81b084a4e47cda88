//! Handshake messages in pieces: any cut, any overlap, any order; and a slice too small for them (RFC 6347 4.2.3).

use stint_dtls::{Coarse, Error};
use stint_lab::device::Options;
use stint_lab::scene::{connect, fails, pair, usable_afterwards};
use stint_lab::server::{Config, Cut, HANDSHAKE, Item, Order, Script, Shape, Stage};

fn shape(cut: Cut) -> Shape {
    Shape { cut, ..Config::default().shape }
}

fn config(shape: Shape) -> Config {
    Config { hint: Some(b"a hint of which identity is wanted".to_vec()), shape, ..Config::default() }
}

#[test]
fn a_cut_or_a_packing_is_not_put_together() {
    for len in 1..=120 {
        for together in 0..4 {
            let shape = Shape {
                messages_in_a_record: together & 1 != 0,
                records_in_a_datagram: together & 2 != 0,
                ..shape(Cut::At(len))
            };
            let mut pair = pair(Options::default(), config(shape));
            connect(&mut pair);
            assert_eq!(pair.client.client.stats().retransmissions, 0, "cut at {len}");
        }
    }
}

#[test]
fn overlapping_fragments_are_not_put_together() {
    for len in 2..=60 {
        for back in 1..len {
            let shape = Shape { messages_in_a_record: len % 2 == 0, ..shape(Cut::Overlap { len, back }) };
            connect(&mut pair(Options::default(), config(shape)));
        }
    }
}

#[test]
fn another_cut_in_each_transmission_is_not_put_together() {
    for seed in 0..200 {
        let shape = Shape { records_in_a_datagram: false, order: Order::Shuffled, ..shape(Cut::Random) };
        connect(&mut pair(Options { seed, ..Options::default() }, Config { seed, ..config(shape) }));
    }
}

#[test]
fn without_a_slice_whole_messages_do_not_pass() {
    for together in 0..4 {
        let shape = Shape {
            messages_in_a_record: together & 1 != 0,
            records_in_a_datagram: together & 2 != 0,
            ..shape(Cut::Whole)
        };
        let mut pair = pair(Options { reassembly: 0, ..Options::default() }, config(shape));
        connect(&mut pair);
        assert_eq!(pair.client.client.stats().fragments, 0);
    }
}

#[test]
fn without_a_slice_fragments_do_not_end_in_the_error_that_says_so() {
    // the HelloVerifyRequest passes whole: 35 bytes
    let mut pair = pair(Options { reassembly: 0, ..Options::default() }, config(shape(Cut::At(35))));
    let error = fails(&mut pair);
    let Error::ReassemblyTooSmall { need, .. } = error else { panic!("{error:?}") };
    assert!((50..120).contains(&need), "{need}");
    assert!(pair.client.client.stats().fragments > 0);
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn a_slice_one_byte_too_small_passes_or_one_that_fits_does_not() {
    // HelloVerifyRequest 35 bytes; ServerHello 72 with the two extensions; a hint of 100 bytes makes a body of 102
    let config = || Config { hint: Some(vec![b'h'; 100]), shape: shape(Cut::At(20)), ..Config::default() };
    let need = 102 + 13;
    connect(&mut pair(Options { reassembly: need, ..Options::default() }, config()));
    let mut pair = pair(Options { reassembly: need - 1, ..Options::default() }, config());
    assert_eq!(fails(&mut pair), Error::ReassemblyTooSmall { need: need as u16, have: Coarse::of(need - 1) });
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn a_length_of_sixteen_megabytes_does_harm() {
    // CVE-2016-6308 and CVE-2014-0195's kind: the header promises far more than will come
    for len in [600, 0x4000, 0xffff, 0x1_0000, 0xff_ffff] {
        let script = vec![Script::Length(12, len)];
        let mut pair = pair(Options::default(), Config { script, ..config(shape(Cut::Whole)) });
        let error = fails(&mut pair);
        assert!(
            matches!(error, Error::ReassemblyTooSmall { need, .. } if usize::from(need) >= len.min(0xffff)),
            "{len}: {error:?}"
        );
        usable_afterwards(&mut pair, Config::default());
    }
}

/// Puts a record of one forged fragment in front of the flight.
fn forge(items: &mut Vec<Item>, kind: u8, len: u32, seq: u16, offset: u32, body: &[u8]) {
    let cut = |n: u32| n.to_be_bytes()[1..].to_vec();
    let head = [&[kind][..], &cut(len), &seq.to_be_bytes(), &cut(offset), &cut(body.len() as u32)].concat();
    items.insert(0, Item::Plain { epoch: 0, kind: HANDSHAKE, body: [&head[..], body].concat() });
}

#[test]
fn a_fragment_that_contradicts_another_is_believed() {
    let edits: [fn(&mut Vec<Item>); 6] = [
        // no bytes at all, of no message: pion looped for ever (CVE-2022-29190)
        |items| forge(items, 2, 72, 1, 0, &[]),
        // an offset behind the end, an offset and a length that overflow 24 bits
        |items| forge(items, 2, 72, 1, 73, &[1, 2, 3]),
        |items| forge(items, 2, 72, 1, 0xff_ffff, &[0; 200]),
        // a fragment longer than its message
        |items| forge(items, 2, 3, 1, 0, &[0; 40]),
        // of an earlier and of a much later message
        |items| forge(items, 2, 72, 0, 0, &[0; 30]),
        |items| forge(items, 2, 72, 0xffff, 0, &[0; 30]),
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        for cut in [Cut::Whole, Cut::At(19)] {
            let script = vec![Script::Edit(Stage::Hello, edit)];
            let mut pair = pair(Options::default(), Config { script, ..config(shape(cut)) });
            connect(&mut pair);
            let stats = pair.client.client.stats();
            assert_eq!(stats.retransmissions, 0, "edit {number}: {stats}");
            if number > 0 {
                assert_eq!(
                    stats.malformed + stats.repeated + stats.early + stats.fragments,
                    1,
                    "edit {number}: {stats}"
                );
            }
        }
    }
}
