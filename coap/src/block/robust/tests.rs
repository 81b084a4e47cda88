//! What a peer, or the loss of its words, can bring a transfer to.

use super::{Ask, Bulk, Engine, Failure, Got, Pace, Phase, Piece, Plan, Support, longer};

const PACE: Pace = Pace {
    max_payloads: 4,
    max_retransmit: 3,
    timeout: 2_048,
    receive_timeout: 4_096,
    partial_timeout: 9_999,
    probing_wait: 0,
};

fn launched(phase: Phase) -> Bulk {
    let mut bulk = Bulk::FREE;
    bulk.launch(phase, 0, 7, 2_500);
    bulk
}

fn download() -> Bulk {
    let mut bulk = launched(Phase::Download);
    assert_eq!(bulk.plan(&PACE), Plan::Ask(Ask::Whole));
    bulk
}

fn piece(number: u32) -> Piece {
    Piece { number, more: true, exponent: 0, etag: 1, size: 0, len: 16 }
}

fn got(bulk: &mut Bulk, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        assert!(matches!(bulk.got(&PACE, &piece(number), false), Got::New { .. }), "{number}");
    }
}

/// An upload of so many blocks, of which so many went.
fn upload(total: u32, went: u32) -> Bulk {
    let mut bulk = launched(Phase::Upload);
    assert!(bulk.upload(total * 16, &PACE));
    for number in 0..went {
        assert_eq!(bulk.plan(&PACE), Plan::Block(number));
        bulk.sent_block(number, &PACE);
    }
    bulk
}

#[test]
fn a_request_to_go_on_that_was_lost_is_not_made_again() {
    let mut bulk = download();
    got(&mut bulk, 0..4);
    for _ in 0..=PACE.max_retransmit {
        assert_eq!(bulk.plan(&PACE), Plan::Ask(Ask::Continue));
    }
    assert_eq!(bulk.plan(&PACE), Plan::Fail(Failure::NoResponse));
}

#[test]
fn a_set_of_which_a_part_came_is_asked_for_whole() {
    for part in [0..5, 0..6, 0..7] {
        let mut bulk = download();
        got(&mut bulk, part.clone());
        assert_eq!(bulk.plan(&PACE), Plan::Ask(Ask::Missing), "{part:?}");
    }
    // Of the first set there is nothing to go on from, not even if more than it came.
    for part in [[1, 2, 3], [0, 2, 3]] {
        let mut bulk = download();
        got(&mut bulk, part);
        assert_eq!(bulk.plan(&PACE), Plan::Ask(Ask::Missing), "{part:?}");
    }
}

#[test]
fn a_word_that_comes_late_lets_the_next_set_go_before_its_pause() {
    let mut bulk = upload(10, 4);
    assert!(!bulk.continued(2), "of the set before");
    assert!(bulk.continued(3));
    assert!(bulk.missing(&[1], &PACE));
    assert!(!bulk.continued(3), "block 1 is to go first");
    let mut bulk = upload(10, 10);
    assert!(!bulk.continued(9), "there is no next set");
}

#[test]
fn blocks_that_the_peer_misses_wait_for_the_pause() {
    let mut bulk = upload(10, 4);
    assert!(!bulk.is_eager());
    assert_eq!(bulk.wait(&PACE), bulk.pause());
    assert_eq!(bulk.pause(), 2_500);
    assert!(bulk.missing(&[0, 3], &PACE));
    assert!(bulk.is_eager());
    assert_eq!(bulk.wait(&PACE), 0);
    assert_eq!([bulk.plan(&PACE), bulk.plan(&PACE)], [Plan::Block(0), Plan::Block(3)]);
    assert!(!bulk.is_eager());
}

#[test]
fn a_missing_block_with_a_large_number_is_read_as_another() {
    let mut bulk = upload(1 << 20, 0);
    bulk.next = 1 << 20;
    let list: &[u8] = &[0x17, 0x18, 0x18, 0x19, 0x01, 0x2c, 0x1a, 0x00, 0x01, 0x11, 0x72];
    // 23 and 24; 300 and 70,002 are further ahead of them than is told apart, and will be asked for again.
    assert!(bulk.missing(list, &PACE));
    assert_eq!([bulk.plan(&PACE), bulk.plan(&PACE)], [Plan::Block(23), Plan::Block(24)]);
    assert!(!bulk.is_eager());
    for (list, number) in [
        (&[0x18, 0xff][..], 255),
        (&[0x19, 0x01, 0x2c], 300),
        (&[0x19, 0xff, 0xff], 65_535),
        (&[0x1a, 0x00, 0x01, 0x11, 0x72], 70_002),
        (&[0x1a, 0x00, 0x0f, 0xff, 0xff], 0xf_ffff),
    ] {
        assert!(bulk.missing(list, &PACE), "{number}");
        assert_eq!(bulk.plan(&PACE), Plan::Block(number));
    }
    // Not sent yet; 64 bits; cut; no number; not in order.
    let refused: [&[u8]; 6] =
        [&[0x1a, 0, 0x10, 0, 0], &[0x1b, 0, 0, 0, 0, 0, 0, 0, 1], &[0x19, 1], &[0x20], &[5, 4], &[5, 5]];
    for list in refused {
        assert!(!bulk.missing(list, &PACE), "{list:?}");
    }
}

#[test]
fn a_length_told_once_is_told_anew_by_another_block() {
    let mut bulk = download();
    // Four blocks by Size2 of the first; what a later one says of it does not matter.
    let first = Piece { size: 60, ..piece(0) };
    assert_eq!(bulk.got(&PACE, &first, false), Got::New { offset: 0, complete: false, anew: true });
    let second = Piece { size: 16, ..piece(1) };
    assert_eq!(bulk.got(&PACE, &second, false), Got::New { offset: 16, complete: false, anew: false });
    assert_eq!(bulk.total, 4);
    // A body of which no length is told has none until its last block.
    let mut bulk = download();
    got(&mut bulk, [0, 1]);
    assert_eq!(bulk.total, 0);
    let last = Piece { more: false, len: 3, ..piece(2) };
    assert_eq!(bulk.got(&PACE, &last, false), Got::New { offset: 32, complete: true, anew: false });
}

#[test]
fn a_block_that_comes_after_the_request_to_go_on_leaves_it_standing() {
    let mut bulk = download();
    got(&mut bulk, 0..4);
    assert!(bulk.is_eager());
    // The peer went on by itself.
    got(&mut bulk, [4]);
    assert!(!bulk.is_eager());
    // A block of a set further ahead asks for what lacks, and the next of those takes nothing back.
    let mut bulk = download();
    got(&mut bulk, [0, 5]);
    assert!(bulk.is_eager());
    got(&mut bulk, [6]);
    assert_eq!(bulk.plan(&PACE), Plan::Ask(Ask::Missing));
    got(&mut bulk, [7]);
    assert!(!bulk.is_eager(), "once for each set");
    got(&mut bulk, [8]);
    assert_eq!(bulk.plan(&PACE), Plan::Ask(Ask::Missing));
}

#[test]
fn a_notification_in_one_message_lets_the_next_in_blocks_pass_for_the_one_before() {
    let mut bulk = download();
    let only = Piece { more: false, ..piece(0) };
    assert_eq!(bulk.got(&PACE, &only, true), Got::New { offset: 0, complete: true, anew: true });
    assert_eq!(bulk.got(&PACE, &only, true), Got::Stale);
    bulk.forget();
    assert!(!bulk.is_of(1));
    assert_eq!(bulk.got(&PACE, &only, true), Got::New { offset: 0, complete: true, anew: true });
    // What was asked for, and how often in vain, was of the body before.
    let mut bulk = download();
    got(&mut bulk, 0..4);
    bulk.forget();
    assert!(!bulk.is_eager());
}

#[test]
fn waits_overflow_when_they_double_too_often() {
    assert_eq!([longer(3, 0), longer(3, 1), longer(3, 5)], [3, 6, 96]);
    assert_eq!([longer(u32::MAX, 255), longer(1 << 29, 1), longer((1 << 29) + 1, 1)], [1 << 30; 3]);
}

#[test]
fn a_lost_association_leaves_a_transfer_half_done() {
    let mut engine = Engine { pace: PACE, support: Support::Yes, bulks: [Bulk::FREE; 2] };
    let engine: &mut Engine = &mut engine;
    assert!(engine.take(4) && engine.take(5) && !engine.take(6));
    engine.of(5).unwrap().phase = Phase::Upload;
    engine.release(4);
    assert!(engine.of(4).is_none());
    engine.lost();
    assert_eq!((engine.support, engine.of(5).map(|bulk| bulk.phase)), (Support::Unknown, Some(Phase::Waiting)));
    assert!(engine.of(4).is_none() && engine.is_probing(5) && !engine.is_probing(4));
}
