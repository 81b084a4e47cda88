//! Secret after secret in an emulated processor, watched from outside: what does it execute, load and store?
//!
//! Promises: what is watched is the machine code as linked, every instruction of it between two marks, the library of the compiler included; every result is
//! compared with `p256`'s, so that nothing is constant because it does nothing; where two secrets part is told by its place in the source.
//!
//! What it does not see: how long an instruction takes on a real core, which [`arithmetic`] looks at, and a branch that no secret of the run takes.

pub mod arithmetic;
mod compare;
pub mod left;
mod plugin;
mod run;
mod secrets;

pub use compare::{difference, parted, stored_last};
pub use run::{Depth, Run, watch};
pub use secrets::{Given, secrets};

use std::fmt;

/// What is done with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Key generation: the random source says the secret.
    Generate,
    /// Key agreement, with one peer for all.
    Agree,
    /// A signature, the secret being the key; each of a digest of its own.
    Sign,
}

impl Operation {
    /// All, in the order in which they are done with each secret.
    pub const ALL: [Self; 3] = [Self::Generate, Self::Agree, Self::Sign];

    /// The length of its result: a point, a shared secret, r and s.
    fn result_len(self) -> usize {
        match self {
            Self::Generate => 65,
            Self::Agree => 32,
            Self::Sign => 64,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Generate => "key generation",
            Self::Agree => "agreement",
            Self::Sign => "signature",
        })
    }
}

/// What an operation did between the marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How many instructions.
    pub instructions: u64,
    /// A hash of the addresses executed, in their order; 0 where they were not watched, as below.
    pub executed: u64,
    /// Of the addresses loaded from.
    pub loaded: u64,
    /// Of the addresses stored to.
    pub stored: u64,
}

/// One operation with one secret.
#[derive(Clone, Debug)]
pub struct Done {
    /// Which.
    pub operation: Operation,
    /// What it did.
    pub seen: Seen,
    /// What came of it.
    pub result: Vec<u8>,
    /// What it left on the stack, if that was asked for: the bytes below its caller's frame, the lowest first.
    pub left: Vec<u8>,
    /// The address of that frame.
    pub frame: u32,
}
