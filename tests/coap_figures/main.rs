//! The examples that RFCs print, replayed: where a figure is a dialogue, its far end is the script, and what our endpoint says is compared with what the
//! figure's client says: type, code, options with their values, payload. Free are Message IDs and tokens of ours, and what a comment names.
//! Where an RFC gives bytes, they are compared as bytes (`bytes`).
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../coap_dialogue/mod.rs"]
mod coap_dialogue;

mod bytes;
mod extras;
mod rfc6690;
mod rfc7252;
mod rfc7641;
mod rfc7959;
mod rfc9175;
mod served;

/// The RFCs whose figures of messages are replayed: those from the first to the last, and the sources in which the tests stand.
const FIGURES: [(u16, std::ops::RangeInclusive<u16>, &str); 6] = [
    (7252, 16..=23, include_str!("rfc7252.rs")),
    (7641, 3..=8, include_str!("rfc7641.rs")),
    (7959, 2..=13, include_str!("rfc7959.rs")),
    (7967, 1..=3, include_str!("extras.rs")),
    (9175, 1..=2, include_str!("rfc9175.rs")),
    (9177, 2..=20, include_str!("../coap_robust.rs")),
];

/// Figures that are not replayed from the client's side, and why.
const LEFT_OUT: [(u16, std::ops::RangeInclusive<u16>, &str); 2] = [
    (9177, 16..=18, "Q-Block is spoken in Non-confirmable messages alone"),
    (9177, 19..=20, "reliable transports (RFC 8323) are not spoken"),
];

/// Figures in which our endpoint stands on the server's side too, and those in which it does not, and why.
const SERVED: [(u16, std::ops::RangeInclusive<u16>, &str); 11] = [
    (7252, 16..=23, ""),
    (7641, 3..=6, ""),
    (7641, 7..=8, "there is no proxy here"),
    (7959, 2..=7, ""),
    (7959, 8..=8, "blocks are not done each by itself: our server says 2.31 until the last"),
    (7959, 9..=13, ""),
    (7967, 1..=2, ""),
    (7967, 3..=3, "as the two before, with a query"),
    (9175, 1..=2, "our server asks for no Echo value"),
    (9177, 2..=18, "our server serves no Q-Block"),
    (9177, 19..=20, "reliable transports (RFC 8323) are not spoken"),
];

/// Whether a source has a test named for a figure: `figure_4_`, `figures_4_and_5_` or `figures_3_to_6_`, with or without the RFC in front.
fn has_test(source: &str, rfc: u16, figure: u16) -> bool {
    source.split("#[test]\nfn ").skip(1).any(|test| {
        let name = test.split('(').next().unwrap();
        // Of another RFC it is where another stands in front.
        let mut words = name.strip_prefix(&format!("rfc{rfc}_")).unwrap_or(name).split('_');
        let named = matches!(words.next(), Some("figure" | "figures"));
        let number = |word: Option<&str>| word.and_then(|word| word.parse::<u16>().ok());
        match (named, number(words.next()), words.next(), number(words.next())) {
            (true, Some(from), Some("to"), Some(to)) => (from..=to).contains(&figure),
            (true, Some(one), Some("and"), Some(other)) => figure == one || figure == other,
            (true, Some(one), ..) => figure == one,
            _ => false,
        }
    })
}

#[test]
fn a_figure_is_neither_replayed_nor_left_out_for_a_reason() {
    let served = include_str!("served.rs");
    for (rfc, figures, source) in FIGURES {
        let (mut replayed, mut left, mut other) = (0, 0, 0);
        for figure in figures {
            let test = has_test(source, rfc, figure);
            let reason = LEFT_OUT.iter().find(|(of, range, _)| *of == rfc && range.contains(&figure));
            assert!(test != reason.is_some(), "RFC {rfc}, figure {figure}: replayed {test}, left out {reason:?}");
            let test_of_server = has_test(served, rfc, figure);
            let row = SERVED.iter().find(|(of, range, _)| *of == rfc && range.contains(&figure));
            let (_, _, reason) = row.unwrap_or_else(|| panic!("RFC {rfc}, figure {figure}: what of its server?"));
            assert_eq!(test_of_server, reason.is_empty(), "RFC {rfc}, figure {figure}, the server's side: {reason}");
            replayed += usize::from(test);
            left += usize::from(!test);
            other += usize::from(test_of_server);
        }
        println!("RFC {rfc}: {replayed} figures replayed, {left} left out; {other} from the server's side too");
    }
    for (rfc, figures, reason) in LEFT_OUT {
        println!("RFC {rfc}, figures {figures:?}: {reason}");
    }
    for (rfc, figures, reason) in SERVED.iter().filter(|(.., reason)| !reason.is_empty()) {
        println!("RFC {rfc}, figures {figures:?}, the server's side: {reason}");
    }
}
