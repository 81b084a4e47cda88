//! P-256's field and order: our routines beside fiat-crypto's, which are proven from their specification (Erbsen et al. 2019).
//!
//! Promises: operands of every kind that a carry may be lost for, made on purpose and not left to chance; a difference is told with its operands; the same operands
//! go to an emulated board, whose image holds both and compares there. Numbers are eight words of 32 bits, the least significant first, in Montgomery's form with
//! R = 2^256.

mod board;
mod compare;
mod model;
mod operands;
mod prime;

pub use board::{Digest, Job, Report, board};
pub use compare::{Ours, Tally, compare};
pub use model::{Before, Model};
pub use operands::Operands;
pub use prime::{Field, Order, Prime};

use crate::random::Random;

/// A number below 2^256.
pub type Words = [u32; 8];

/// Compares all routines with fiat-crypto's, on so many pairs of operands for each prime and each choice of arithmetic, and says how many results there were.
///
/// # Errors
/// The first difference.
pub fn campaign(seed: u64, pairs: u64) -> Result<(), String> {
    for ours in Ours::all() {
        let mut tally = Tally::default();
        tally.add(one::<Field>(&ours, seed, pairs)?);
        tally.add(one::<Order>(&ours, seed, pairs)?);
        println!("P-256's field and order with {}, seed {seed}: {} results as fiat-crypto's", ours.name, tally.equal);
    }
    Ok(())
}

fn one<P: Prime>(ours: &Ours, seed: u64, pairs: u64) -> Result<Tally, String> {
    let mut operands = Operands::<P>::new(seed);
    compare::<P>(ours, (0..pairs).map(|_| operands.pair()))
}

/// A number of eight random words.
fn words(random: &mut Random) -> Words {
    [(); 8].map(|()| random.number() as u32)
}
