//! A request's body in blocks: what the answer to one of them means (RFC 7959 2.3, 2.5, 2.9).

use super::{Block, Phase, Step, Transfer};
use crate::code::Code;
use crate::error::Failure;

impl Transfer {
    /// The response to a request whose body comes from a source. `None`: it is the response to the body as a whole.
    pub(crate) fn uploaded(&mut self, code: Code, block1: Option<Block>) -> Option<Step> {
        let smaller = block1.map(|block| block.exponent).filter(|exponent| *exponent < self.exponent);
        match code {
            // The block was too large: again from the start with those that the server can take (RFC 7959 2.9.3). They get smaller
            // each time, so this ends.
            Code::REQUEST_ENTITY_TOO_LARGE => {
                self.exponent = smaller?;
                self.rewind();
                Some(Step::Next)
            }
            // The server lost the blocks before (RFC 7959 2.9.2).
            Code::REQUEST_ENTITY_INCOMPLETE if self.restart() => Some(Step::Next),
            // 2.31, or another success of a server that takes each block by itself (RFC 7959 2.3).
            _ if self.phase == Phase::Blocks && code.is_success() => {
                let block = block1?;
                if block.number != self.number() {
                    return Some(Step::Fail(Failure::Block));
                }
                self.offset = self.offset.wrapping_add(self.size() as u32);
                // A smaller size is to be used from the next block on, whose number counts in it (RFC 7959 2.5, figure 8).
                self.exponent = smaller.unwrap_or(self.exponent);
                Some(Step::Next)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Phase, Step, Transfer};
    use crate::code::Code;
    use crate::error::Failure;

    fn sent(offset: u32, exponent: u8) -> Transfer {
        Transfer { offset, exponent, phase: Phase::Blocks, ..Transfer::NONE }
    }

    fn block(number: u32, exponent: u8) -> Option<Block> {
        Some(Block { number, more: true, exponent })
    }

    #[test]
    fn a_smaller_size_in_the_answer_renumbers_the_next_block() {
        // RFC 7959 figure 8: 1:0/1/128 is answered by 1:0/1/32, and 1:4/1/32 follows.
        let mut transfer = sent(0, 3);
        assert_eq!(transfer.uploaded(Code::CONTINUE, block(0, 1)), Some(Step::Next));
        assert_eq!((transfer.offset, transfer.number(), transfer.size()), (128, 4, 32));
        // And a larger one changes nothing.
        let mut transfer = sent(128, 1);
        assert_eq!(transfer.uploaded(Code::CONTINUE, block(4, 6)), Some(Step::Next));
        assert_eq!((transfer.offset, transfer.size()), (160, 32));
    }

    #[test]
    fn an_acknowledged_block_that_was_not_sent_fails() {
        assert_eq!(sent(64, 0).uploaded(Code::CONTINUE, block(3, 0)), Some(Step::Fail(Failure::Block)));
        assert_eq!(sent(64, 0).uploaded(Code::CONTINUE, None), None);
    }

    #[test]
    fn too_large_with_a_smaller_size_begins_anew_and_with_none_is_the_response() {
        let mut transfer = sent(1024, 6);
        assert_eq!(transfer.uploaded(Code::REQUEST_ENTITY_TOO_LARGE, block(1, 2)), Some(Step::Next));
        assert_eq!((transfer.offset, transfer.exponent), (0, 2));
        assert_eq!(transfer.uploaded(Code::REQUEST_ENTITY_TOO_LARGE, block(0, 2)), None);
        assert_eq!(transfer.uploaded(Code::REQUEST_ENTITY_TOO_LARGE, None), None);
    }

    #[test]
    fn a_server_that_always_lost_the_blocks_is_given_its_last_word() {
        let mut transfer = sent(64, 0);
        for _ in 0..3 {
            assert_eq!(transfer.uploaded(Code::REQUEST_ENTITY_INCOMPLETE, None), Some(Step::Next));
            assert_eq!(transfer.offset, 0);
        }
        assert_eq!(transfer.uploaded(Code::REQUEST_ENTITY_INCOMPLETE, None), None);
    }

    #[test]
    fn errors_and_answers_to_the_last_block_are_the_response() {
        assert_eq!(sent(64, 0).uploaded(Code::FORBIDDEN, block(4, 0)), None);
        let mut last = Transfer { phase: Phase::Request, ..sent(64, 0) };
        assert_eq!(last.uploaded(Code::CHANGED, block(4, 0)), None);
    }
}
