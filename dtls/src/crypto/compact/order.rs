//! The order n of P-256's group (SP 800-186 3.2.1.3), and the scalars below it.

use super::{Modulus, Words, ZERO, is_less, is_zero, minus, read, register, to_bytes};

/// The prime n.
pub(super) const N: Modulus = Modulus {
    words: [0xfc63_2551, 0xf3b9_cac2, 0xa717_9e84, 0xbce6_faad, 0xffff_ffff, 0xffff_ffff, 0, 0xffff_ffff],
    inverse: 0xee00_bc4f,
    one: [0x039c_daaf, 0x0c46_353d, 0x58e8_617b, 0x4319_0552, 0x0000_0000, 0x0000_0000, 0xffff_ffff, 0x0000_0000],
    square: [0xbe79_eea2, 0x8324_4c95, 0x49bd_6fa6, 0x4699_799c, 0x2b6b_ec59, 0x2845_b239, 0xf3d9_5620, 0x66e1_2d94],
};

/// Reads a scalar of 32 bytes, big-endian; false: it is zero, or not below n.
#[inline(never)]
#[must_use]
pub(super) fn scalar(bytes: &[u8; 32], scalar: &mut Words) -> bool {
    read(bytes, scalar);
    // Both are asked, whatever the first says: that it is in range is all that may be seen.
    !is_zero(scalar) & is_less(scalar, &N.words)
}

/// The digest of 32 bytes, big-endian, modulo n (bits2octets of RFC 6979 2.3.4). Not in constant time: a digest that is signed is not secret.
#[inline(never)]
pub(super) fn reduced(bytes: &[u8; 32]) -> [u8; 32] {
    let (mut digest, mut order, mut out) = (ZERO, N.words, [0; 32]);
    read(bytes, &mut digest);
    // Below 2^256, which is less than 2n.
    if !is_less(&digest, &order) {
        let digest = register(&mut digest);
        minus(digest, digest, register(&mut order));
    }
    to_bytes(&digest, &mut out);
    out
}
