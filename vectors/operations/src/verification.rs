//! Verifications with the keys of certificates: P-384, RSA.

use crate::reply::{Out, field, number};
use stint_dtls::crypto::soft::{P384Verifier, RsaVerifier, Sha256};
use stint_dtls::crypto::{Empty, PublicKey, Verifier};

/// Both verifiers, of which each takes its own.
type Both = (P384Verifier, RsaVerifier);

/// Whether the signature is that of the message, which comes in two parts.
pub(crate) fn verify(from: &mut &[u8], _: &mut Out<'_>) -> Option<bool> {
    let scheme = u16::from_be_bytes(*number(from)?);
    let key = PublicKey { algorithm: field(from)?, bits: field(from)? };
    let (message, signature) = (field(from)?, field(from)?);
    let (head, tail) = message.split_at_checked(message.len() / 3)?;
    let (mut verifier, mut task) = (Both::default(), <Both as Verifier>::Task::EMPTY);
    let taken = verifier.task(&mut Sha256, scheme, &[head, tail], signature, &key, &mut task);
    Some(taken && nb::block!(verifier.verify(&task)) == Ok(true))
}
