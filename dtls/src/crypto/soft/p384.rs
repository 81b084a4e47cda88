//! ECDSA on P-384 with SHA-384 (FIPS 186-5 6.4.2), verified: for certificates.
//!
//! RustCrypto's `p384` 0.13 takes 98 to 144 KB of flash for this (measured on Cortex-M4), since each multiplication is unrolled whole. Here all is public, so that the
//! multiplication of RSA's verification serves, one word after the other.

use super::{Sha2Kind, montgomery, sha512};
use crate::crypto::{CryptoError, Empty, Hash, PublicKey, Verifier, decode_signature};

/// ecdsa_secp384r1_sha384, as TLS 1.2 writes it: SHA-384, ECDSA (RFC 5246 7.4.1.4.1).
const ECDSA_SHA384: u16 = 0x0503;

/// The contents of the AlgorithmIdentifier: id-ecPublicKey, secp384r1 (RFC 5480 2.1.1).
const ALGORITHM: [u8; 16] =
    [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

/// A number below 2^384: words of 32 bits, the least significant first.
type Word384 = [u32; 12];

const ZERO: Word384 = [0; 12];
const ONE: Word384 = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const TWO: Word384 = [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

// The curve of SP 800-186 3.2.1.4: p, n, b (times 2^384: in Montgomery's form), and the base point.
const P: Word384 = [
    0xffff_ffff,
    0x0000_0000,
    0x0000_0000,
    0xffff_ffff,
    0xffff_fffe,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
];
const N: Word384 = [
    0xccc5_2973,
    0xecec_196a,
    0x48b0_a77a,
    0x581a_0db2,
    0xf437_2ddf,
    0xc763_4d81,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
];
const B: Word384 = [
    0x9d41_2dcc,
    0x0811_8871,
    0x7a4c_32ec,
    0xf729_add8,
    0x1920_022e,
    0x77f2_209b,
    0x9493_8ae2,
    0xe337_4bee,
    0x1f02_2094,
    0xb62b_21f4,
    0x604f_bff9,
    0xcd08_114b,
];
const G: (Word384, Word384) = (
    [
        0x7276_0ab7,
        0x3a54_5e38,
        0xbf55_296c,
        0x5502_f25d,
        0x8254_2a38,
        0x59f7_41e0,
        0x8ba7_9b98,
        0x6e1d_3b62,
        0xf320_ad74,
        0x8eb1_c71e,
        0xbe8b_0537,
        0xaa87_ca22,
    ],
    [
        0x90ea_0e5f,
        0x7a43_1d7c,
        0x1d7e_819d,
        0x0a60_b1ce,
        0xb5f0_b8c0,
        0xe9da_3113,
        0x289a_147c,
        0xf8f4_1dbd,
        0x9292_dc29,
        0x5d9e_98bf,
        0x9626_2c6f,
        0x3617_de4a,
    ],
);

/// A [`Verifier`] of ECDSA on P-384 with SHA-384: scheme 0x0503, for certificates. Keys are points of the named curve, uncompressed.
#[derive(Clone, Copy, Debug, Default)]
pub struct P384Verifier;

/// A signature to be verified: 241 bytes.
#[derive(Clone, Debug)]
pub struct P384Task {
    digest: [u8; 48],
    r: [u8; 48],
    s: [u8; 48],
    key: [u8; 97],
}

impl Empty for P384Task {
    const EMPTY: Self = Self { digest: [0; 48], r: [0; 48], s: [0; 48], key: [0; 97] };
}

impl Verifier for P384Verifier {
    type Task = P384Task;
    const COUNT: usize = 1;

    fn scheme(index: usize) -> Option<u16> {
        (index == 0).then_some(ECDSA_SHA384)
    }

    fn task<H: Hash>(
        &self,
        _hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut P384Task,
    ) -> bool {
        let Ok(point) = key.bits.try_into() else {
            return false;
        };
        if scheme != ECDSA_SHA384
            || key.algorithm != ALGORITHM
            || !decode_signature(signature, &mut task.r, &mut task.s)
        {
            return false;
        }
        task.key = point;
        sha512(Sha2Kind::Sha384, message, &mut task.digest);
        true
    }

    fn verify(&mut self, task: &P384Task) -> nb::Result<bool, CryptoError> {
        Ok(verify(task).unwrap_or_default())
    }
}

/// FIPS 186-5 6.4.2. `None`: no point of the curve, or r or s out of range.
#[inline(never)]
fn verify(task: &P384Task) -> Option<bool> {
    let (field, order) = (Modulus::new(&P), Modulus::new(&N));
    let [0x04, coordinates @ ..] = &task.key else {
        return None;
    };
    let (x, y) = coordinates.split_first_chunk()?;
    let key = Point::new(&field, &field.below(x)?, &field.below(y.first_chunk()?)?)?;
    let (r, s) = (order.below(&task.r)?, order.below(&task.s)?);
    if r == ZERO || s == ZERO {
        return None;
    }
    let mut digest = ZERO;
    montgomery::from_bytes(&task.digest, &mut digest);
    // 2^384 is less than 2 n.
    if !montgomery::less(&digest, &N) {
        montgomery::subtract(&mut digest, &N);
    }
    // The product of a number in Montgomery's form and of one that is not is not: digest / s and r / s.
    let inverse = order.inverse(&order.enter(&s));
    let (u1, u2) = (order.times(&digest, &inverse), order.times(&r, &inverse));
    let base = Point::new(&field, &G.0, &G.1)?;
    let sum = combine(&field, [&u1, &u2], [&base, &key]);
    if sum.z == ZERO {
        return Some(false);
    }
    // x = X / Z, and x mod n = r: X = r Z, or X = (r + n) Z where r + n is still below p.
    let is_x = |candidate: &Word384| field.times(&field.enter(candidate), &sum.z) == sum.x;
    let mut beyond = r;
    let carry = add(&mut beyond, &N);
    Some(is_x(&r) || !carry && montgomery::less(&beyond, &P) && is_x(&beyond))
}

/// The sum of two multiples of points, the numbers bit by bit side by side.
#[inline(never)]
fn combine(field: &Modulus, [a, b]: [&Word384; 2], [p, q]: [&Point; 2]) -> Point {
    let both = p.plus(field, q);
    let mut sum = Point::infinity(field);
    for (a, b) in a.iter().zip(b).rev() {
        for bit in (0..32).rev() {
            sum = sum.plus(field, &sum);
            match (a >> bit & 1, b >> bit & 1) {
                (0, 0) => {}
                (1, 0) => sum = sum.plus(field, p),
                (0, _) => sum = sum.plus(field, q),
                _ => sum = sum.plus(field, &both),
            }
        }
    }
    sum
}

/// A point in projective coordinates: x = X / Z, y = Y / Z, infinity where Z is zero. All in Montgomery's form.
#[derive(Clone, Copy)]
struct Point {
    x: Word384,
    y: Word384,
    z: Word384,
}

impl Point {
    fn infinity(field: &Modulus) -> Self {
        Self { x: ZERO, y: field.enter(&ONE), z: ZERO }
    }

    /// `None`: the coordinates are no point of the curve.
    fn new(field: &Modulus, x: &Word384, y: &Word384) -> Option<Self> {
        let (x, y) = (field.enter(x), field.enter(y));
        // y^2 + 3 x = x^3 + b.
        let left = field.plus(&field.times(&y, &y), &field.triple(&x));
        let right = field.plus(&field.times(&field.times(&x, &x), &x), &B);
        (left == right).then(|| Self { x, y, z: field.enter(&ONE) })
    }

    /// The sum by Renes, Costello and Batina's complete formula for a = -3 (eprint 2015/1060, algorithm 4): right for equal points and infinity too, so that it
    /// doubles as well.
    #[inline(never)]
    fn plus(&self, f: &Modulus, other: &Self) -> Self {
        let (xx, yy, zz) = (f.times(&self.x, &other.x), f.times(&self.y, &other.y), f.times(&self.z, &other.z));
        // X1 Y2 + X2 Y1, and the other two alike.
        let cross = |[a1, b1]: [&Word384; 2], [a2, b2]: [&Word384; 2], [aa, bb]: [&Word384; 2]| {
            f.minus(&f.times(&f.plus(a1, b1), &f.plus(a2, b2)), &f.plus(aa, bb))
        };
        let xy = cross([&self.x, &self.y], [&other.x, &other.y], [&xx, &yy]);
        let yz = cross([&self.y, &self.z], [&other.y, &other.z], [&yy, &zz]);
        let xz = cross([&self.x, &self.z], [&other.x, &other.z], [&xx, &zz]);
        let u = f.triple(&f.minus(&xz, &f.times(&B, &zz)));
        let zz = f.triple(&zz);
        let v = f.triple(&f.minus(&f.minus(&f.times(&B, &xz), &zz), &xx));
        let w = f.minus(&f.triple(&xx), &zz);
        let (low, high) = (f.minus(&yy, &u), f.plus(&yy, &u));
        Self {
            x: f.minus(&f.times(&high, &xy), &f.times(&yz, &v)),
            y: f.plus(&f.times(&high, &low), &f.times(&w, &v)),
            z: f.plus(&f.times(&low, &yz), &f.times(&xy, &w)),
        }
    }
}

/// The numbers modulo one of the two primes.
struct Modulus {
    words: &'static Word384,
    inverse: u32,
}

impl Modulus {
    fn new(words: &'static Word384) -> Self {
        let [first, ..] = words;
        Self { words, inverse: montgomery::negative_inverse(*first) }
    }

    /// The number of 48 bytes, big-endian; `None`: not less than the modulus.
    fn below(&self, bytes: &[u8; 48]) -> Option<Word384> {
        let mut number = ZERO;
        montgomery::from_bytes(bytes, &mut number);
        montgomery::less(&number, self.words).then_some(number)
    }

    /// Into Montgomery's form.
    #[inline(never)]
    fn enter(&self, number: &Word384) -> Word384 {
        let mut number = *number;
        for _ in 0..384 {
            montgomery::double(&mut number, self.words);
        }
        number
    }

    /// `a * b / 2^384`.
    fn times(&self, a: &Word384, b: &Word384) -> Word384 {
        let mut product = ZERO;
        montgomery::multiply(&mut product, a, b, self.words, self.inverse);
        product
    }

    #[inline(never)]
    fn plus(&self, a: &Word384, b: &Word384) -> Word384 {
        let mut sum = *a;
        if add(&mut sum, b) || !montgomery::less(&sum, self.words) {
            montgomery::subtract(&mut sum, self.words);
        }
        sum
    }

    #[inline(never)]
    fn minus(&self, a: &Word384, b: &Word384) -> Word384 {
        let mut difference = *a;
        if montgomery::less(a, b) {
            // The carry out of the sum is what the difference borrows.
            add(&mut difference, self.words);
        }
        montgomery::subtract(&mut difference, b);
        difference
    }

    fn triple(&self, a: &Word384) -> Word384 {
        self.plus(&self.plus(a, a), a)
    }

    /// `1 / a`, both in Montgomery's form: a to the power of the prime less two (Fermat).
    #[inline(never)]
    fn inverse(&self, a: &Word384) -> Word384 {
        let mut exponent = *self.words;
        montgomery::subtract(&mut exponent, &TWO);
        let mut power = self.enter(&ONE);
        for word in exponent.iter().rev() {
            for bit in (0..32).rev() {
                power = self.times(&power, &power);
                if word >> bit & 1 == 1 {
                    power = self.times(&power, a);
                }
            }
        }
        power
    }
}

/// `a = a + b`; whether it carried.
fn add(a: &mut Word384, b: &Word384) -> bool {
    let mut carry = 0;
    for (a, b) in a.iter_mut().zip(b) {
        let sum = u64::from(*a).wrapping_add(u64::from(*b)).wrapping_add(carry);
        *a = sum as u32;
        carry = sum >> 32;
    }
    carry == 1
}
