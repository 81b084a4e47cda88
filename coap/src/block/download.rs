//! A response's body in blocks: whether this is the one that was asked for, and whether more follow (RFC 7959 2.4).

use super::{Block, Phase, Step, Transfer};
use crate::error::Failure;

impl Transfer {
    /// A response, or a notification, with this many bytes of payload. `repeatable`: the request may be made anew if the body changed
    /// in mid-transfer, which shows in another ETag.
    pub(crate) fn downloaded(&mut self, block2: Option<Block>, etag: u64, len: usize, repeatable: bool) -> Step {
        let expected = if self.phase == Phase::Response { self.offset } else { 0 };
        let Some(block) = block2 else {
            // The whole body, or an error in place of a block.
            self.finish();
            return Step::Deliver { offset: 0, more: false };
        };
        if self.phase == Phase::Response && u64::from_ne_bytes(self.etag) != etag {
            return match repeatable && self.restart() {
                true => Step::Next,
                false => Step::Fail(Failure::Changed),
            };
        }
        let size = 16 << block.exponent;
        let offset = block.number << (u32::from(block.exponent) + 4);
        if offset != expected || len > size || (block.more && len < size) {
            return Step::Fail(Failure::Block);
        }
        if !block.more {
            self.finish();
            return Step::Deliver { offset, more: false };
        }
        self.phase = Phase::Response;
        self.offset = offset.wrapping_add(size as u32);
        // The smaller of both sizes: a multiple of the larger is one of the smaller.
        self.exponent = self.exponent.min(block.exponent);
        self.etag = etag.to_ne_bytes();
        Step::Deliver { offset, more: true }
    }

    fn finish(&mut self) {
        self.rewind();
        self.restarts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Phase, Step, Transfer};
    use crate::error::Failure;

    const MORE: bool = true;
    const LAST: bool = false;

    fn block(number: u32, more: bool, exponent: u8) -> Option<Block> {
        Some(Block { number, more, exponent })
    }

    fn begun(exponent: u8) -> Transfer {
        let mut transfer = Transfer { exponent, ..Transfer::NONE };
        let step = transfer.downloaded(block(0, MORE, exponent), 1, 16 << exponent, true);
        assert_eq!(step, Step::Deliver { offset: 0, more: true });
        transfer
    }

    #[test]
    fn blocks_follow_each_other_to_the_last() {
        let mut transfer = begun(2);
        assert_eq!((transfer.number(), transfer.size()), (1, 64));
        assert_eq!(transfer.downloaded(block(1, MORE, 2), 1, 64, true), Step::Deliver { offset: 64, more: true });
        assert_eq!(transfer.downloaded(block(2, LAST, 2), 1, 5, true), Step::Deliver { offset: 128, more: false });
        assert_eq!(transfer.phase, Phase::Request);
    }

    #[test]
    fn a_size_that_shrinks_in_mid_transfer_goes_on_at_the_same_byte() {
        let mut transfer = begun(6);
        // 1,024 bytes are here; the server answers the request for 1/0/1024 with 16/1/64.
        assert_eq!(transfer.downloaded(block(16, MORE, 2), 1, 64, true), Step::Deliver { offset: 1024, more: true });
        assert_eq!((transfer.offset, transfer.number()), (1088, 17));
    }

    #[test]
    fn a_size_larger_than_asked_for_is_taken_and_asked_smaller_again() {
        let mut transfer = Transfer { exponent: 1, ..Transfer::NONE };
        assert_eq!(transfer.downloaded(block(0, MORE, 3), 0, 128, true), Step::Deliver { offset: 0, more: true });
        assert_eq!((transfer.number(), transfer.size()), (4, 32));
    }

    #[test]
    fn another_block_than_the_next_or_one_of_the_wrong_length_fails() {
        for (number, more, len) in [(2, MORE, 64), (0, MORE, 64), (1, MORE, 63), (1, MORE, 65), (1, LAST, 65)] {
            let step = begun(2).downloaded(block(number, more, 2), 1, len, true);
            assert_eq!(step, Step::Fail(Failure::Block), "{number} {more} {len}");
        }
    }

    #[test]
    fn another_etag_begins_anew_three_times_and_then_fails() {
        let mut transfer = Transfer { exponent: 2, ..Transfer::NONE };
        for round in 0..4u8 {
            transfer.downloaded(block(0, MORE, 2), u64::from(round), 64, true);
            let step = transfer.downloaded(block(1, MORE, 2), u64::from(round) + 1, 64, true);
            assert_eq!(step, if round < 3 { Step::Next } else { Step::Fail(Failure::Changed) });
            assert_eq!(transfer.phase, Phase::Request);
        }
        assert_eq!(begun(2).downloaded(block(1, MORE, 2), 2, 64, false), Step::Fail(Failure::Changed));
        assert_eq!(begun(2).downloaded(block(1, MORE, 2), 0, 64, false), Step::Fail(Failure::Changed));
        assert_eq!(begun(2).downloaded(block(1, MORE, 2), 0x1000, 64, false), Step::Fail(Failure::Changed));
    }

    #[test]
    fn an_error_in_mid_transfer_ends_it() {
        let mut transfer = begun(2);
        assert_eq!(transfer.downloaded(None, 0, 9, true), Step::Deliver { offset: 0, more: false });
        assert_eq!(transfer.phase, Phase::Request);
    }

    #[test]
    fn a_body_of_more_than_2_to_the_20_blocks_has_a_number_of_21_bits() {
        let mut transfer = begun(0);
        transfer.offset = 0xf_ffff << 4;
        assert_eq!(transfer.number(), 0xf_ffff);
        transfer.downloaded(block(0xf_ffff, MORE, 0), 1, 16, true);
        assert_eq!(transfer.number(), 1 << 20);
    }
}
