//! P-256 in question: the same operations put to each choice of arithmetic, on this host and on emulated boards, and to p256 as it comes.
//!
//! Promises: a choice is asked through the capabilities alone (crate `stint-operations`); the oracle shares no code with any of them; what is random
//! comes from a seed.

mod oracle;
pub mod numbers;
pub mod constructed;
mod random;
mod board;

pub use board::on_board;
pub(crate) use board::{machine, run};
pub use oracle::oracle;
pub use random::{Tally, campaign, operation, operations};
use stint_dtls::crypto::compact::{Compact, Fast, Halves};
use stint_operations::{Cut, Own, Soft, answer};
use stint_vectors::{Case, Operation};

/// A choice of arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// Over RustCrypto's p256.
    Soft,
    /// Our own, fast.
    Fast,
    /// Our own, small.
    Compact,
    /// Our own, by products of 16 bits.
    Halves,
    /// [`Fast`](Self::Fast) cut in steps of 5 digits, its signatures verified before they are given out.
    Cut,
}

impl Arithmetic {
    /// All there are, in the order of the numbers that the image on a board knows them by.
    pub const ALL: [Self; 5] = [Self::Soft, Self::Fast, Self::Compact, Self::Halves, Self::Cut];

    /// Our own.
    pub const OWN: [Self; 4] = [Self::Fast, Self::Compact, Self::Halves, Self::Cut];

    /// What came of an operation, on this host.
    ///
    /// # Panics
    /// The request is not read as what it is.
    #[must_use]
    pub fn reply(self, operation: &Operation) -> Vec<u8> {
        let request = operation.request();
        let mut left = &request[..];
        let reply = match self {
            Self::Soft => answer(&Soft, &mut left),
            Self::Fast => answer(&Own(Fast), &mut left),
            Self::Compact => answer(&Own(Compact), &mut left),
            Self::Halves => answer(&Own(Halves), &mut left),
            Self::Cut => answer(&Cut(Fast, 5), &mut left),
        };
        assert!(left.is_empty(), "{operation:02x?}");
        reply.unwrap().as_bytes().to_vec()
    }

    /// Puts an operation to it.
    ///
    /// # Errors
    /// It replied something else than what is right.
    pub fn check(self, case: &Case) -> Result<(), String> {
        told(self, case, &self.reply(&case.operation))
    }
}

/// Compares a reply with what is right.
fn told(arithmetic: Arithmetic, case: &Case, reply: &[u8]) -> Result<(), String> {
    if reply == case.reply {
        return Ok(());
    }
    let Case { source, operation, reply: right } = case;
    let [reply, right] = [reply, right].map(hex::encode);
    Err(format!("{arithmetic:?} replied {reply}, and {right} is right: {source}: {operation:02x?}"))
}
