//! SHA-384 and SHA-512 (FIPS 180-4) for signatures on certificates: RustCrypto's compression function under a buffer of our own.

use sha2::digest::generic_array::GenericArray;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sha2Kind {
    #[allow(dead_code, reason = "with P-384 alone there is no other")]
    Sha512,
    Sha384,
}

/// The initial hash value of FIPS 180-4 5.3.4 or 5.3.5.
const fn initial(kind: Sha2Kind) -> [u64; 8] {
    match kind {
        Sha2Kind::Sha512 => [
            0x6a09_e667_f3bc_c908,
            0xbb67_ae85_84ca_a73b,
            0x3c6e_f372_fe94_f82b,
            0xa54f_f53a_5f1d_36f1,
            0x510e_527f_ade6_82d1,
            0x9b05_688c_2b3e_6c1f,
            0x1f83_d9ab_fb41_bd6b,
            0x5be0_cd19_137e_2179,
        ],
        Sha2Kind::Sha384 => [
            0xcbbb_9d5d_c105_9ed8,
            0x629a_292a_367c_d507,
            0x9159_015a_3070_dd17,
            0x152f_ecd8_f70e_5939,
            0x6733_2667_ffc0_0b31,
            0x8eb4_4a87_6858_1511,
            0xdb0c_2e0d_64f9_8fa7,
            0x47b5_481d_befa_4fa4,
        ],
    }
}

/// Writes the digest of the concatenation of `message`, of up to 4 GiB: its first bytes, as many as `digest` has (48 or 64).
#[inline(never)]
pub(crate) fn sha512(kind: Sha2Kind, message: &[&[u8]], digest: &mut [u8]) {
    let mut chain = initial(kind);
    let mut block = [0; 128];
    let mut len = 0u32;
    let mut put = |byte: u8| {
        if let Some(place) = block.get_mut((len & 127) as usize) {
            *place = byte;
        }
        len = len.wrapping_add(1);
        if len & 127 == 0 {
            compress(&mut chain, &block);
        }
        len
    };
    message.iter().copied().flatten().for_each(|byte| {
        put(*byte);
    });
    // The padding of FIPS 180-4 5.1.2: a one bit, zeros, the length in bits in 16 bytes.
    let mut at = put(0x80);
    let bits = u128::from(at.wrapping_sub(1)) << 3;
    while at & 127 != 112 {
        at = put(0);
    }
    bits.to_be_bytes().into_iter().for_each(|byte| {
        put(byte);
    });
    digest.iter_mut().zip(chain.map(u64::to_be_bytes).as_flattened()).for_each(|(to, from)| *to = *from);
}

#[inline(never)]
fn compress(chain: &mut [u64; 8], block: &[u8; 128]) {
    sha2::compress512(chain, core::slice::from_ref(GenericArray::from_slice(block)));
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use sha2::Digest;
    use std::vec::Vec;

    #[test]
    fn every_length_in_any_cut_gives_the_digest_of_the_whole() {
        let message: Vec<u8> = (0..400u32).map(|at| (at * 7) as u8).collect();
        for len in 0..message.len() {
            let (head, tail) = message[..len].split_at(len / 3);
            let (mut long, mut short) = ([0; 64], [0; 48]);
            sha512(Sha2Kind::Sha512, &[head, tail], &mut long);
            sha512(Sha2Kind::Sha384, &[head, &[], tail], &mut short);
            assert_eq!(long[..], sha2::Sha512::digest(&message[..len])[..], "{len} bytes");
            assert_eq!(short[..], sha2::Sha384::digest(&message[..len])[..], "{len} bytes");
        }
    }
}
