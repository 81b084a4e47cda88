//! What a certificate and a raw public key share: ECDHE signed with ECDSA (RFC 8422 2.1), and our own signature where the server asks for it.
//!
//! The messages come in this order (RFC 5246 7.3): Certificate, ServerKeyExchange, \[CertificateRequest\], ServerHelloDone; and ours go: \[Certificate\],
//! ClientKeyExchange, \[CertificateVerify\].

use super::{Cx, Ecdhe, Op};
use crate::certificate_error::CertificateError;
use crate::crypto::{
    CryptoError, Empty, Exchange, KeyExchange, MAX_SIGNATURE_DER, Master, Prf, Signature, Signer, Verifier,
    encode_signature,
};
use crate::error::Error;
use crate::pki::PeerIdentity;
use crate::wire::{HandshakeType, Reader, Sink};

/// ecdsa_secp256r1_sha256, the one scheme that we sign by (RFC 5246 7.4.1.4.1: SHA-256 and ECDSA).
const ECDSA_SHA256: u16 = 0x0403;
/// ecdsa_sign (RFC 8422 5.5).
const ECDSA_SIGN: u8 = 64;

/// The message of the server's that is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Awaited {
    Certificate,
    KeyExchange,
    /// CertificateRequest or ServerHelloDone.
    Request,
    /// ServerHelloDone.
    Done,
}

/// What the server asked us to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Asked {
    Nothing,
    /// Something that we do not have: our Certificate message is empty (RFC 5246 7.4.6).
    Other,
    /// What we have.
    Ours,
}

/// What such a handshake remembers.
pub struct Step<E> {
    awaited: Awaited,
    asked: Asked,
    /// How many signatures wait to be verified, and how many were.
    tasks: u8,
    verified: u8,
    ecdhe: Ecdhe<E>,
    signature: Signature,
}

impl<E: Empty> Empty for Step<E> {
    const EMPTY: Self = Self {
        awaited: Awaited::Certificate,
        asked: Asked::Nothing,
        tasks: 0,
        verified: 0,
        ecdhe: Ecdhe::EMPTY,
        signature: [0; 64],
    };
}

impl<E> core::fmt::Debug for Step<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Step").field("awaited", &self.awaited).field("asked", &self.asked).finish_non_exhaustive()
    }
}

/// The server's side of such a credential, and our key.
pub(super) struct Keys<'b, S, V: Verifier> {
    pub(super) signer: S,
    pub(super) verifier: V,
    /// A place for each signature of the server's.
    pub(super) tasks: &'b mut [V::Task],
    pub(super) peer: PeerIdentity<'b>,
}

/// What a credential brings to the messages of this key exchange.
pub(super) trait Party<P: Exchange> {
    /// Reads the body of the server's Certificate message, makes the tasks that it asks for, and returns how many those are.
    fn certificate(&mut self, body: &[u8], hash: &mut P::Hash) -> Result<u8, Error>;
    /// Reads the body of the server's ServerKeyExchange: [`key_exchange`] with this credential's keys.
    fn key_exchange(&mut self, step: &mut StepOf<P>, body: &[u8], cx: &mut Cx<'_, P>) -> Result<(), Error>;
    /// Whether we have what fits one of these authorities: DER names, each after two bytes of length (RFC 5246 7.4.4).
    fn fits(&self, authorities: Reader<'_>) -> bool;
    /// Writes the body of our Certificate message; `empty`: of one that shows nothing (RFC 5246 7.4.6).
    fn emit(&self, empty: bool, sink: &mut Sink<'_, P::Hash>);
}

/// [`Step`] with the ephemeral key of a provider.
pub(super) type StepOf<P> = Step<<<P as Exchange>::Kx as KeyExchange>::Ephemeral>;

#[inline(never)]
pub(super) fn read<P: Exchange, A: Party<P>>(
    party: &mut A,
    step: &mut StepOf<P>,
    kind: HandshakeType,
    body: &[u8],
    cx: &mut Cx<'_, P>,
) -> Result<(), Error> {
    step.awaited = match (step.awaited, kind) {
        (Awaited::Certificate, HandshakeType::CERTIFICATE) => {
            let (hash, _, _) = cx.provider.parts();
            step.tasks = party.certificate(body, hash)?;
            Awaited::KeyExchange
        }
        (Awaited::KeyExchange, HandshakeType::SERVER_KEY_EXCHANGE) => {
            party.key_exchange(step, body, cx)?;
            Awaited::Request
        }
        (Awaited::Request, HandshakeType::CERTIFICATE_REQUEST) => {
            let (signs, authorities) = request(body).ok_or(Error::Malformed(kind))?;
            step.asked = if signs && party.fits(authorities) { Asked::Ours } else { Asked::Other };
            Awaited::Done
        }
        (Awaited::Request | Awaited::Done, HandshakeType::SERVER_HELLO_DONE) => Awaited::Done,
        _ => return Err(Error::Unexpected(kind)),
    };
    Ok(())
}

/// The server's ephemeral key, and the signature over it, which is verified later (RFC 8422 5.4).
pub(super) fn key_exchange<P: Exchange, S, V: Verifier>(
    keys: &mut Keys<'_, S, V>,
    step: &mut StepOf<P>,
    body: &[u8],
    cx: &mut Cx<'_, P>,
) -> Result<(), Error> {
    let malformed = Error::Malformed(HandshakeType::SERVER_KEY_EXCHANGE);
    let mut reader = Reader::new(body);
    step.ecdhe.read(&mut reader)?;
    let (signed, _) = body.split_at_checked(body.len().saturating_sub(reader.len())).ok_or(malformed)?;
    let scheme = reader.u16().ok_or(malformed)?;
    let signature = reader.vector(2).ok_or(malformed)?;
    reader.finish().ok_or(malformed)?;
    if !(0..).map_while(V::scheme).any(|offered| offered == scheme) {
        return Err(Error::SignatureScheme(scheme));
    }
    let (hash, _, _) = cx.provider.parts();
    let task =
        keys.tasks.get_mut(usize::from(step.tasks)).ok_or(Error::Certificate(CertificateError::TooManyCertificates))?;
    let message: [&[u8]; 3] = [cx.client_random, cx.server_random, signed];
    if !keys.verifier.task(hash, scheme, &message, signature, &keys.peer.public_key(), task) {
        return Err(Error::Signature);
    }
    step.tasks = step.tasks.saturating_add(1);
    Ok(())
}

/// Reads a CertificateRequest (RFC 5246 7.4.4): whether it takes a signature of ours, and the authorities.
#[allow(clippy::manual_contains)] // `contains` brings a search by words, which costs flash and may panic
pub(crate) fn request(body: &[u8]) -> Option<(bool, Reader<'_>)> {
    let mut reader = Reader::new(body);
    let types = reader.vector(1)?;
    let mut schemes = Reader::new(reader.vector(2)?);
    let authorities = Reader::new(reader.vector(2)?);
    reader.finish()?;
    let mut known = false;
    while !schemes.is_empty() {
        known |= schemes.u16()? == ECDSA_SHA256;
    }
    let mut names = authorities;
    while !names.is_empty() {
        names.vector(2)?;
    }
    Some((known && types.iter().any(|kind| *kind == ECDSA_SIGN), authorities))
}

pub(super) fn next<E>(step: &Step<E>, after: Option<Op>) -> Option<Op> {
    match after {
        None | Some(Op::Verify) if step.verified < step.tasks => Some(Op::Verify),
        None | Some(Op::Verify) => Some(Op::Generate),
        Some(Op::Generate) => Some(Op::Agree),
        Some(Op::Agree) => Some(Op::Derive),
        Some(Op::Derive) if step.asked == Asked::Ours => Some(Op::Sign),
        Some(_) => None,
    }
}

pub(super) fn work<P: Exchange, S: Signer, V: Verifier>(
    keys: &mut Keys<'_, S, V>,
    step: &mut StepOf<P>,
    op: Op,
    cx: &mut Cx<'_, P>,
    master: &mut Master,
) -> nb::Result<(), Error> {
    match op {
        Op::Verify => verify(keys, step),
        Op::Generate => step.ecdhe.generate(cx.provider),
        Op::Agree => step.ecdhe.agree(cx.provider),
        Op::Derive => {
            let shared = step.ecdhe.shared();
            cx.derive(|hash, label, seed| {
                // The premaster secret is the shared secret itself (RFC 8422 5.10).
                let mut prf = Prf::EMPTY;
                prf.key(hash, &[shared.as_bytes()]);
                prf.expand(hash, label, seed, master.as_mut_bytes());
            });
            shared.wipe();
            Ok(())
        }
        Op::Sign => {
            let digest = cx.session_hash();
            keys.signer.sign(&digest, &mut step.signature).map_err(|error| error.map(|CryptoError| Error::Crypto))
        }
    }
}

fn verify<E, S, V: Verifier>(keys: &mut Keys<'_, S, V>, step: &mut Step<E>) -> nb::Result<(), Error> {
    let task = keys.tasks.get(usize::from(step.verified)).ok_or(nb::Error::Other(Error::State))?;
    if !keys.verifier.verify(task).map_err(|error| error.map(|CryptoError| Error::Crypto))? {
        // The last one is the ServerKeyExchange's.
        let last = step.verified.saturating_add(1) == step.tasks;
        return Err(nb::Error::Other(if last {
            Error::Signature
        } else {
            Error::Certificate(CertificateError::BadSignature)
        }));
    }
    step.verified = step.verified.saturating_add(1);
    Ok(())
}

pub(super) fn sends<E>(step: &Step<E>, kind: HandshakeType) -> bool {
    match kind {
        HandshakeType::CERTIFICATE => step.asked != Asked::Nothing,
        HandshakeType::CERTIFICATE_VERIFY => step.asked == Asked::Ours,
        _ => kind == HandshakeType::CLIENT_KEY_EXCHANGE,
    }
}

pub(super) fn emit<P: Exchange, A: Party<P>>(
    party: &A,
    step: &StepOf<P>,
    kind: HandshakeType,
    sink: &mut Sink<'_, P::Hash>,
) {
    match kind {
        HandshakeType::CERTIFICATE => party.emit(step.asked != Asked::Ours, sink),
        HandshakeType::CLIENT_KEY_EXCHANGE => step.ecdhe.emit(sink),
        _ => {
            let mut der = [0; MAX_SIGNATURE_DER];
            let len = encode_signature(&step.signature, &mut der);
            sink.u16(ECDSA_SHA256);
            sink.u16(len as u16);
            sink.put(der.get(..len).unwrap_or_default());
        }
    }
}
