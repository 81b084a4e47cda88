//! The order n of P-256's group (SP 800-186 3.2.1.3), and the scalars below it.

use super::modulus::Modulus;
use super::words::{Words, difference, from_bytes, is_zero};

/// The prime n.
pub(super) const N: Modulus = Modulus {
    words: [0xfc63_2551, 0xf3b9_cac2, 0xa717_9e84, 0xbce6_faad, 0xffff_ffff, 0xffff_ffff, 0, 0xffff_ffff],
    inverse: 0xee00_bc4f,
    square: [0xbe79_eea2, 0x8324_4c95, 0x49bd_6fa6, 0x4699_799c, 0x2b6b_ec59, 0x2845_b239, 0xf3d9_5620, 0x66e1_2d94],
};

/// The scalar of 32 bytes, big-endian; `None`: zero, or not below n.
#[inline(never)]
pub(super) fn scalar(bytes: &[u8; 32]) -> Option<Words> {
    let words = from_bytes(bytes);
    // Both are asked, whatever the first says: that it is in range is all that may be seen.
    (!is_zero(&words) & difference(&words, &N.words).1).then_some(words)
}
