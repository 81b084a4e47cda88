//! AEADs, hashes, HMAC and the PRF.

use crate::reply::{Out, field, number};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Aes128Gcm, Ccm, ChaCha20Poly1305, Sha256};
use stint_dtls::crypto::{Aeads, Hash, constant_time_eq, prf};
use stint_dtls::inspect::{hmac_sha256, sha384, sha512};

/// What is to be opened.
struct Sealed<'a> {
    key: &'a [u8],
    nonce: &'a [u8],
    aad: &'a [u8],
    ciphertext: &'a [u8],
    tag: &'a [u8],
}

/// Where it is opened and sealed again: both parts are as long as the ciphertext.
struct Room<'o> {
    plain: &'o mut [u8],
    again: &'o mut [u8],
    tag: &'o mut [u8],
}

/// Opens, and seals what was opened. `None`: the request is none, or the reply has no room.
pub(crate) fn aead(from: &mut &[u8], out: &mut Out<'_>) -> Option<bool> {
    let [kind] = field(from)? else { return None };
    let sealed = Sealed {
        key: field(from)?,
        nonce: field(from)?,
        aad: field(from)?,
        ciphertext: field(from)?,
        tag: field(from)?,
    };
    let len = sealed.ciphertext.len();
    let reply = out.claim(2 * len + sealed.tag.len())?;
    let (plain, rest) = reply.split_at_mut_checked(len)?;
    let (again, tag) = rest.split_at_mut_checked(len)?;
    plain.copy_from_slice(sealed.ciphertext);
    let mut room = Room { plain, again, tag };
    match kind {
        0 => core(&sealed, &mut room),
        1 => suite(Aes128Ccm8, &sealed, &mut room),
        2 => suite(Aes128Ccm, &sealed, &mut room),
        3 => suite(Aes128Gcm, &sealed, &mut room),
        4 => suite(ChaCha20Poly1305, &sealed, &mut room),
        _ => None,
    }
}

/// CCM with any tag, and a nonce of 12 or 13 bytes.
fn core(sealed: &Sealed<'_>, room: &mut Room<'_>) -> Option<bool> {
    let ccm = Ccm::new(sealed.key.try_into().ok()?);
    match (<&[u8; 12]>::try_from(sealed.nonce), <&[u8; 13]>::try_from(sealed.nonce)) {
        (Ok(nonce), _) => Some(core_with(&ccm, nonce, sealed, room)),
        (_, Ok(nonce)) => Some(core_with(&ccm, nonce, sealed, room)),
        _ => None,
    }
}

fn core_with<const N: usize>(ccm: &Ccm, nonce: &[u8; N], sealed: &Sealed<'_>, room: &mut Room<'_>) -> bool {
    if !ccm.open(nonce, sealed.aad, room.plain, sealed.tag) {
        return false;
    }
    room.again.copy_from_slice(room.plain);
    ccm.seal(nonce, sealed.aad, room.again, room.tag);
    true
}

/// The AEAD of a cipher suite, through the capability that a record goes through.
fn suite<A: Aeads>(mut aead: A, sealed: &Sealed<'_>, room: &mut Room<'_>) -> Option<bool> {
    let nonce = sealed.nonce.try_into().ok()?;
    let key = aead.key(0, sealed.key)?;
    if !aead.open(&key, nonce, sealed.aad, room.plain, sealed.tag) {
        return Some(false);
    }
    room.again.copy_from_slice(room.plain);
    aead.seal(&key, nonce, sealed.aad, room.again, room.tag);
    Some(true)
}

/// The digest of a message, by the hash of that number: 2 SHA-256, 3 SHA-384, 5 SHA-512 (hundreds of bits, rounded down).
fn digest<'d>(kind: u8, message: &[&[u8]], room: &'d mut [u8; 64]) -> Option<&'d [u8]> {
    let len = match kind {
        2 => {
            let mut state = Sha256.start();
            message.iter().for_each(|part| Sha256.update(&mut state, part));
            *room.first_chunk_mut()? = Sha256.finish(state);
            32
        }
        3 => {
            *room.first_chunk_mut()? = sha384(message);
            48
        }
        5 => {
            *room = sha512(message);
            64
        }
        _ => return None,
    };
    room.get(..len)
}

/// A digest; the message comes in two parts.
pub(crate) fn hash(from: &mut &[u8], out: &mut Out<'_>) -> Option<bool> {
    let ([kind], message) = (field(from)?, field(from)?) else { return None };
    let (head, tail) = message.split_at_checked(message.len() / 3)?;
    out.put(digest(*kind, &[head, tail], &mut [0; 64])?)?;
    Some(true)
}

/// One round of the Monte Carlo test of the NIST's SHAVS 6.4: a thousand digests, each of the three before it.
pub(crate) fn monte_carlo(from: &mut &[u8], out: &mut Out<'_>) -> Option<bool> {
    let ([kind], seed) = (field(from)?, field(from)?) else { return None };
    let mut last = [[0; 64]; 3];
    for one in &mut last {
        one.get_mut(..seed.len())?.copy_from_slice(seed);
    }
    for _ in 0..1_000 {
        let [a, b, c] = &last;
        let message = [a.get(..seed.len())?, b.get(..seed.len())?, c.get(..seed.len())?];
        let mut next = [0; 64];
        digest(*kind, &message, &mut next)?;
        last = [*b, *c, next];
    }
    out.put(last.last()?.get(..seed.len())?)?;
    Some(true)
}

/// HMAC-SHA-256, compared with a tag, which may be cut.
pub(crate) fn hmac(from: &mut &[u8], out: &mut Out<'_>) -> Option<bool> {
    let (key, message, tag) = (field(from)?, field(from)?, field(from)?);
    let (head, tail) = message.split_at_checked(message.len() / 3)?;
    let mac = hmac_sha256(&mut Sha256, key, &[head, tail]);
    let mac = mac.get(..tag.len())?;
    out.put(mac)?;
    Some(constant_time_eq(mac, tag))
}

/// The PRF of RFC 5246 5.
pub(crate) fn expand(from: &mut &[u8], out: &mut Out<'_>) -> Option<bool> {
    let (secret, label, seed, len) = (field(from)?, field(from)?, field(from)?, number::<2>(from)?);
    let (head, tail) = seed.split_at_checked(seed.len() / 2)?;
    prf(&mut Sha256, secret, label, &[head, tail], out.claim(u16::from_be_bytes(*len).into())?);
    Some(true)
}
