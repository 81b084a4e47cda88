//! Keying material for another protocol, drawn from a handshake (RFC 5705).

use super::{Auth, CertificateTypes, Chosen, Cx, Exchanges, Lent, Op, Phase, delegate};
use crate::crypto::{Master, Prf, Provider};
use crate::error::Error;
use crate::pki::PeerIdentity;
use crate::wire::{ExtensionType, HandshakeType, Sink};

/// A credential whose handshakes also give keying material: `PRF(master_secret, label, randoms [| context])` (RFC 5705 4).
///
/// It is drawn when the keys are, since the master secret is forgotten then; what it is for must be known before the handshake. It may be used once
/// the association stands.
pub struct Exporter<'b, A> {
    auth: A,
    label: &'b [u8],
    context: Option<&'b [u8]>,
    material: &'b mut [u8],
}

impl<'b, A> Exporter<'b, A> {
    /// `auth`, which fills `material` at each handshake. `label` is one that is registered, or begins with "EXPERIMENTAL"; `context` has at most 65,535
    /// bytes. An empty context differs from none.
    pub fn new(auth: A, label: &'b [u8], context: Option<&'b [u8]>, material: &'b mut [u8]) -> Self {
        Self { auth, label, context, material }
    }

    /// The material of the last handshake. It is worth nothing before `Event::Connected`.
    pub fn material(&self) -> &[u8] {
        self.material
    }

    /// The credential.
    pub fn inner(&self) -> &A {
        &self.auth
    }

    /// The credential, to be changed between two handshakes.
    pub fn inner_mut(&mut self) -> &mut A {
        &mut self.auth
    }
}

impl<P: Provider, A: Auth<P>> Auth<P> for Exporter<'_, A> {
    type Step = A::Step;
    const EXCHANGES: Exchanges = A::EXCHANGES;
    const SERVER_CERTIFICATES: CertificateTypes = A::SERVER_CERTIFICATES;
    const RESUMES: bool = A::RESUMES;

    delegate!(auth: hello, client_certificates, scheme, extensions, extension, begin, read, next, work, sends, emit, peer, bind);
    delegate!(auth: max_plaintext, session_id, lent, phase, promised, save_session);

    fn keyed(&mut self, prf: &Prf<P::Hash>, hash: &mut P::Hash, randoms: [&[u8; 32]; 2]) {
        let [client, server] = randoms;
        let context = self.context.unwrap_or(&[]);
        let length = (context.len() as u16).to_be_bytes();
        let length: &[u8] = if self.context.is_some() { &length } else { &[] };
        prf.expand(hash, self.label, &[client, server, length, context], self.material);
        self.auth.keyed(prf, hash, randoms);
    }
}

impl<A> core::fmt::Debug for Exporter<'_, A> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Exporter").field("label", &self.label).finish_non_exhaustive()
    }
}
