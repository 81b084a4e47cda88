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

/// The RFCs whose figures of messages are replayed: those from the first to the last, and the sources in which the tests stand.
const FIGURES: [(u16, std::ops::RangeInclusive<u16>, &str); 6] = [
    (7252, 16..=23, include_str!("rfc7252.rs")),
    (7641, 3..=8, include_str!("rfc7641.rs")),
    (7959, 2..=13, include_str!("rfc7959.rs")),
    (7967, 1..=3, include_str!("extras.rs")),
    (9175, 1..=2, include_str!("rfc9175.rs")),
    (9177, 2..=20, ""),
];

/// Figures that are not replayed, and why.
const LEFT_OUT: [(u16, std::ops::RangeInclusive<u16>, &str); 2] = [
    (9177, 2..=18, "Q-Block is not spoken by this client"),
    (9177, 19..=20, "reliable transports (RFC 8323) are not spoken by this client"),
];

#[test]
fn a_figure_is_neither_replayed_nor_left_out_for_a_reason() {
    for (rfc, figures, source) in FIGURES {
        let (mut replayed, mut left) = (0, 0);
        for figure in figures {
            let test = source.contains(&format!("#[test]\nfn rfc{rfc}_figure_{figure}_"));
            let reason = LEFT_OUT.iter().find(|(other, range, _)| *other == rfc && range.contains(&figure));
            assert!(test != reason.is_some(), "RFC {rfc}, figure {figure}: replayed {test}, left out {reason:?}");
            replayed += usize::from(test);
            left += usize::from(reason.is_some());
        }
        println!("RFC {rfc}: {replayed} figures replayed, {left} left out");
    }
    for (rfc, figures, reason) in LEFT_OUT {
        println!("RFC {rfc}, figures {figures:?}: {reason}");
    }
}
