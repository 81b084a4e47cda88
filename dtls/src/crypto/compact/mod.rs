//! P-256 of our own, for microcontrollers: key exchange, signing and verifying in a few kilobytes of flash and of stack.
//!
//! Promises: safe Rust, no heap, no panic path, no table made at run time but one of four points on the stack; no branch and no address depends on a secret;
//! what held a secret is wiped. It has had no outside audit: [`soft`](super::soft) has RustCrypto's `p256` behind the same traits.
//!
//! The choice is a type: [`Fast`], [`Compact`], [`Halves`]; all share the points, the scalars and the protocols, and differ in the multiplication and in
//! whether there is a table for the base point. What is not named costs no flash.

mod words;
mod modulus;
mod rows;
mod field;
mod order;
mod comb;
mod registers;
mod point;
mod product;
mod both;
mod ecdh;
mod signing;
mod ecdsa;
mod steps;
#[cfg(feature = "arithmetic")]
pub mod arithmetic;
#[cfg(test)]
mod in_place;
#[cfg(all(test, feature = "p256"))]
mod tests;
#[cfg(test)]
mod toy;

use both::Both;
pub use ecdh::P256Exchange;
use ecdh::{draw, public_of, shared_of, write_public};
use ecdsa::start;
pub use ecdsa::{P256Signer, P256Verifier};
use modulus::{Modulo, Modulus, join};
use order::{reduced, scalar};
use point::{ADD, DOUBLE, INVERSION, JOIN, MEET, MIXED, finish, invert_step, negate, read_point, write};
use product::Product;
#[cfg(feature = "arithmetic")]
use product::{TEETH, WINDOW};
use registers::{File, PX, PY, PZ, Step, T, U, X, Y, Z, add, get, mul, points, run, set, sub};
use rows::Row;
pub use signing::{Deterministic, Hedged};
use signing::{Nonce, Signing, nonce};
pub use steps::{Stepped, Steps};
use words::{ONE, Register, Words, ZERO, bit, is_less, is_zero, mask, minus, plus, read, register, to_bytes};

/// The smallest: every product in a loop. For cores with a 32x32→64 multiply in constant time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compact;

/// Four to nine times as fast for 1.5 KB more: rows without loops, reduction by p's form, a comb of 512 bytes for the base point. For cores with a 32x32→64 multiply in
/// constant time, as Cortex-M4, M7 and M33 have it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fast;

/// Products of 16 bits, with the comb and the reduction of [`Fast`]: for cores whose 32x32→64 multiply takes a time that depends on the factors
/// (Cortex-M3), or that have none (Cortex-M0, M0+, M23).
#[derive(Clone, Copy, Debug, Default)]
pub struct Halves;

#[cfg(not(stint_halves))]
pub use self::Fast as Native;
#[cfg(stint_halves)]
pub use self::Halves as Native;

/// How P-256 is computed: [`Fast`], [`Compact`] or [`Halves`].
pub trait Arithmetic: Curve {}

impl Arithmetic for Compact {}
impl Arithmetic for Fast {}
impl Arithmetic for Halves {}

/// Which prime a program runs modulo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// That of the coordinates.
    Field,
    /// That of the scalars.
    Order,
}

/// A curve `y^2 = x^3 - 3x + b` of prime order, and its arithmetic; numbers in Montgomery's form, but for scalars. P-256, and in tests smaller ones.
pub trait Curve {
    /// How many bits a scalar has: a multiple of 4.
    const BITS: usize;
    /// The prime of the coordinates.
    const FIELD: Modulus;
    /// The order.
    const ORDER: Modulus;
    /// The coefficient b.
    const B: Words;
    /// The base point.
    const G: [Words; 2];
    /// Entry i: `2^192 G ± 2^128 G ± 2^64 G ± G` (for 256 bits), where bit t of i is the sign of `2^(64 t) G`, set for plus.
    const COMB: Option<&'static [[Words; 2]; 8]>;

    /// `to = a * b / 2^256`.
    fn multiply(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>);

    /// `to = a + b`.
    fn add(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>);

    /// `to = a - b`.
    fn subtract(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>);

    /// The prime of a space.
    fn modulus(space: Space) -> &'static Modulus {
        match space {
            Space::Field => const { &Self::FIELD },
            Space::Order => const { &Self::ORDER },
        }
    }
}

/// What the choices differ in.
trait Choice {
    /// How a row of a product is made.
    type Row: Row;
    /// Whether the field is computed by p's form, and without loops.
    const BY_FORM: bool;
    const COMB: Option<&'static [[Words; 2]; 8]>;
}

impl Choice for Compact {
    type Row = rows::Rolled;
    const BY_FORM: bool = false;
    const COMB: Option<&'static [[Words; 2]; 8]> = None;
}

impl Choice for Fast {
    type Row = rows::Unrolled;
    const BY_FORM: bool = true;
    const COMB: Option<&'static [[Words; 2]; 8]> = Some(&comb::COMB);
}

impl Choice for Halves {
    type Row = rows::OfHalves;
    const BY_FORM: bool = true;
    const COMB: Option<&'static [[Words; 2]; 8]> = Some(&comb::COMB);
}

impl<C: Choice> Curve for C {
    const BITS: usize = 256;
    const FIELD: Modulus = field::P;
    const ORDER: Modulus = order::N;
    const B: Words = field::B;
    const G: [Words; 2] = field::G;
    const COMB: Option<&'static [[Words; 2]; 8]> = C::COMB;

    #[inline(always)]
    fn multiply(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>) {
        match modulo.space {
            Space::Field if C::BY_FORM => field::multiply::<C::Row>(to, a, b),
            _ => modulus::multiply::<C::Row>(to, a, b, modulo),
        }
    }

    #[inline(always)]
    fn add(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>) {
        match modulo.space {
            Space::Field if C::BY_FORM => field::add(to, a, b),
            _ => modulus::add(to, a, b, modulo),
        }
    }

    #[inline(always)]
    fn subtract(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>) {
        match modulo.space {
            Space::Field if C::BY_FORM => field::subtract(to, a, b),
            _ => modulus::subtract(to, a, b, modulo),
        }
    }
}
