//! Our routines, and whether they give what fiat-crypto's give.

use super::{Prime, Words};
use stint_dtls::crypto::compact::arithmetic as ours;
use stint_dtls::crypto::compact::{Arithmetic, Compact, Fast, Halves};

/// One operand in so many is inverted: it costs as much as hundreds of products.
const INVERTED: u64 = 64;

type Two = fn(&Words, &Words) -> Words;
type One = fn(&Words) -> Words;

/// Routines of ours.
#[derive(Clone, Copy, Debug)]
pub struct Ours {
    /// The choice of arithmetic.
    pub name: &'static str,
    field: Routines,
    order: Routines,
}

/// Those for one prime.
#[derive(Clone, Copy, Debug)]
pub struct Routines {
    multiply: Two,
    add: Two,
    subtract: Two,
    invert: One,
}

impl Ours {
    /// Those of each choice.
    #[must_use]
    pub fn all() -> [Self; 3] {
        [Self::of::<Fast>("Fast"), Self::of::<Compact>("Compact"), Self::of::<Halves>("Halves")]
    }

    fn of<A: Arithmetic>(name: &'static str) -> Self {
        let field = Routines {
            multiply: ours::multiply_p::<A>,
            add: ours::add_p::<A>,
            subtract: ours::sub_p::<A>,
            invert: ours::invert_p::<A>,
        };
        let order = Routines {
            multiply: ours::multiply_n::<A>,
            add: ours::add_n::<A>,
            subtract: ours::sub_n::<A>,
            invert: ours::invert_n::<A>,
        };
        Self { name, field, order }
    }

    /// Those modulo a prime.
    #[must_use]
    pub fn modulo<P: Prime>(&self) -> &Routines {
        if P::MODULUS == super::Field::MODULUS { &self.field } else { &self.order }
    }
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Results that were equal.
    pub equal: u64,
}

impl Tally {
    /// Adds another.
    pub fn add(&mut self, other: Self) {
        self.equal += other.equal;
    }
}

/// Compares all routines modulo a prime on pairs of operands.
///
/// # Errors
/// The first difference: what was computed of what, and both results.
pub fn compare<P: Prime>(ours: &Ours, pairs: impl Iterator<Item = (Words, Words)>) -> Result<Tally, String> {
    let routines = ours.modulo::<P>();
    let mut tally = Tally::default();
    for (number, (a, b)) in (0u64..).zip(pairs) {
        let mut same = |what: &str, ours_is: Words, fiats: Words| {
            if ours_is != fiats {
                let [a, b, ours_is, fiats] = [a, b, ours_is, fiats].map(|words| hexadecimal(&words));
                let (name, prime) = (ours.name, P::NAME);
                return Err(format!(
                    "{name} modulo {prime}, pair {number}: {what}\na    {a}\nb    {b}\nours {ours_is}\nfiat {fiats}"
                ));
            }
            tally.equal += 1;
            Ok(())
        };
        let product = P::multiply(&a, &b);
        same("a * b", (routines.multiply)(&a, &b), product)?;
        same("b * a", (routines.multiply)(&b, &a), product)?;
        same("a * a", (routines.multiply)(&a, &a), P::square(&a))?;
        same("a + b", (routines.add)(&a, &b), P::add(&a, &b))?;
        same("a - b", (routines.subtract)(&a, &b), P::subtract(&a, &b))?;
        same("b - a", (routines.subtract)(&b, &a), P::subtract(&b, &a))?;
        let opposite = (routines.subtract)(&[0; 8], &a);
        same("a + (0 - a)", (routines.add)(&a, &opposite), [0; 8])?;
        if number % INVERTED == 0 {
            let inverse = (routines.invert)(&a);
            same("1 / a", inverse, P::invert(&a))?;
            let one = if a == [0; 8] { a } else { P::one() };
            same("a * (1 / a)", (routines.multiply)(&a, &inverse), one)?;
        }
    }
    Ok(tally)
}

/// As numbers are written: the most significant word first.
fn hexadecimal(words: &Words) -> String {
    words.iter().rev().map(|word| format!("{word:08x}")).collect()
}
