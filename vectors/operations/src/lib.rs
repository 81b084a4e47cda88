//! Operations as bytes, and what carries them out: on a host and on a board alike, those on P-256 with any choice of arithmetic.
//!
//! Promises: what is asked goes through the capabilities that a handshake uses, and through nothing else; a reply says all that came of it; nothing here
//! knows what should.
//!
//! A request is a byte that names the operation, and its fields, each with its length in front (two bytes, big-endian):
//!
//! | byte | operation | fields | reply where it is taken |
//! |---|---|---|---|
//! | 1 | a key pair | scalar, 32 bytes | public key, 65 bytes |
//! | 2 | an agreement | scalar, 32 bytes; the peer's point | shared secret, 32 bytes |
//! | 3 | a signature | private key, 32 bytes; digest, 32 bytes | r and s, 64 bytes |
//! | 4 | a verification | point; message; ECDSA-Sig-Value | nothing |
//! | 5 | the same of a digest | point; digest, 32 bytes; ECDSA-Sig-Value | nothing |
//!
//! A reply is 1 and what the table says, or 0 where the operation refuses its input.
//!
//! With the feature `published` there is one for each thing that vectors are published for, and [`walk()`], which goes through them all:
//!
//! | byte | operation | fields | reply where it is taken |
//! |---|---|---|---|
//! | 6 | what is sealed is opened, and sealed again | AEAD, 1 byte: 0 the core of CCM, 1 AES_128_CCM_8, 2 AES_128_CCM, 3 AES_128_GCM, 4 ChaCha20-Poly1305; key, of the last with its IV; nonce; AAD; ciphertext; tag | plaintext, ciphertext, tag |
//! | 7 | a digest | hash, 1 byte: 2 SHA-256, 3 SHA-384, 5 SHA-512; message | digest |
//! | 8 | a thousand digests, each of the three before it | hash; seed | the last |
//! | 9 | HMAC-SHA-256 | key; message; tag, 1 to 32 bytes | tag |
//! | 10 | the PRF of TLS 1.2 | secret; label; seed; length, 2 bytes | output |
//! | 11 | a verification by P-384 or RSA | SignatureScheme, 2 bytes; the key's algorithm; its bits; message; signature | nothing |
//! | 12 | a CoAP message is read and written again | message | message |
//! | 13 | a certificate is read | DER | nothing |
//! | 14 | one of some chains is a path | the certificates of two anchors, empty where there is none; name, 1 byte: 0 any, 1 DNS, 2 IP; its value; seconds since 1970, 8 bytes; 1 for a client's certificate, 1 byte; the most certificates, 1 byte; how many chains, 2 bytes; each chain as RFC 5246 7.4.2 has `certificate_list`, with a length of 3 bytes | nothing |
#![no_std]
#![forbid(unsafe_code)]

mod choice;
mod told;
mod reply;
#[cfg(feature = "published")]
mod symmetric;
#[cfg(feature = "published")]
mod verification;
#[cfg(feature = "published")]
mod messages;
#[cfg(feature = "published")]
mod path;
#[cfg(feature = "published")]
mod walk;

#[cfg(feature = "p256")]
pub use choice::Soft;
pub use choice::{Choice, Cut, Own};
use reply::{field, number};
use stint_dtls::crypto::soft::Sha256;
use stint_dtls::crypto::{CryptoError, Empty, Hash, KeyExchange, P256_SPKI_HEAD, PublicKey, Secret, Signer, Verifier};
use told::{Digest, Scalar};
#[cfg(feature = "published")]
pub use walk::{Counts, compute, walk};

/// ecdsa_secp256r1_sha256, as TLS 1.2 writes it (RFC 5246 7.4.1.4.1).
const ECDSA_SHA256: u16 = 0x0403;

/// What came of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    bytes: [u8; 66],
    len: usize,
}

impl Reply {
    const REFUSED: Self = Self { bytes: [0; 66], len: 1 };

    /// It was taken, and this came of it.
    fn taken(output: &[u8]) -> Self {
        let mut reply = Self { bytes: [0; 66], len: 1 + output.len() };
        reply.bytes.iter_mut().zip([1].iter().chain(output)).for_each(|(to, from)| *to = *from);
        reply
    }

    /// The reply, 1 to 66 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Takes a request off the front of `from` and carries it out. `None`: it is none.
pub fn answer<C: Choice>(choice: &C, from: &mut &[u8]) -> Option<Reply> {
    let (operation, rest) = from.split_first()?;
    *from = rest;
    Some(match operation {
        1 => key(choice, number(from)?),
        2 => {
            let (scalar, peer) = (number(from)?, field(from)?);
            agree(choice, scalar, peer)
        }
        3 => {
            let (private, digest) = (number(from)?, number(from)?);
            sign(choice, private, digest)
        }
        4 => {
            let (point, message, signature) = (field(from)?, field(from)?, field(from)?);
            // In two parts, as in a handshake.
            let (head, tail) = message.split_at_checked(message.len() / 3)?;
            verify(choice, &mut Sha256, point, &[head, tail], signature)
        }
        5 => {
            let (point, digest, signature) = (field(from)?, number(from)?, field(from)?);
            verify(choice, &mut Digest(digest), point, &[], signature)
        }
        _ => return None,
    })
}

/// A key pair by the exchange, and the public key by the signer: they must be of one mind.
fn key<C: Choice>(choice: &C, scalar: &[u8; 32]) -> Reply {
    let (mut own, mut public) = (<C::Exchange as KeyExchange>::Ephemeral::EMPTY, [0; 65]);
    let mut exchange = choice.exchange();
    let made = nb::block!(exchange.generate(&mut Scalar(scalar), &mut own, &mut public));
    match (made, choice.signer(scalar)) {
        (Ok(()), Some((_, point))) if point == public => Reply::taken(&public),
        (Err(CryptoError), None) => Reply::REFUSED,
        // No reply that anybody expects.
        _ => Reply::taken(&[]),
    }
}

fn agree<C: Choice>(choice: &C, scalar: &[u8; 32], peer: &[u8]) -> Reply {
    let Ok(peer) = peer.try_into() else {
        // Nothing of another length is ever a point (RFC 8422 5.4.1): who parses the message refuses it.
        return Reply::REFUSED;
    };
    let (mut own, mut public) = (<C::Exchange as KeyExchange>::Ephemeral::EMPTY, [0; 65]);
    let mut shared = Secret::EMPTY;
    let mut exchange = choice.exchange();
    let agreed = nb::block!(exchange.generate(&mut Scalar(scalar), &mut own, &mut public))
        .and_then(|()| nb::block!(exchange.agree(&mut own, peer, &mut shared)));
    if agreed == Ok(true) { Reply::taken(shared.as_bytes()) } else { Reply::REFUSED }
}

fn sign<C: Choice>(choice: &C, private: &[u8; 32], digest: &[u8; 32]) -> Reply {
    let Some((mut signer, _)) = choice.signer(private) else {
        return Reply::REFUSED;
    };
    let mut signature = [0; 64];
    let signed = nb::block!(signer.sign(digest, &mut signature));
    if signed.is_ok() { Reply::taken(&signature) } else { Reply::REFUSED }
}

fn verify<C: Choice, H: Hash>(choice: &C, hash: &mut H, point: &[u8], message: &[&[u8]], signature: &[u8]) -> Reply {
    // The algorithm stands in the SPKI behind two headers, in front of one.
    let algorithm = P256_SPKI_HEAD.get(4..23).unwrap_or_default();
    let key = PublicKey { algorithm, bits: point };
    let mut verifier = choice.verifier();
    let mut task = <C::Verifier as Verifier>::Task::EMPTY;
    let taken = verifier.task(hash, ECDSA_SHA256, message, signature, &key, &mut task)
        && nb::block!(verifier.verify(&task)) == Ok(true);
    if taken { Reply::taken(&[]) } else { Reply::REFUSED }
}
