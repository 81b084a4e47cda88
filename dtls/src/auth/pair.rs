//! The pair of two credentials, the left preferred: the server chooses by the suite and the certificate types that it answers with.
//!
//! Wrap pairs, do not pair wrappers: `Resumable<(A, B)>` keeps one session for both, and a pair of `Resumable`s does not compile.

use super::{Auth, CertificateTypes, Chosen, Cx, Exchanges, Op};
use crate::crypto::{Either, Empty, Master, Provider};
use crate::error::Error;
use crate::pki::PeerIdentity;
use crate::wire::{ExtensionType, HandshakeType, Sink};

/// What a pair remembers: which of the two was chosen, and what that one remembers.
#[derive(Debug)]
pub struct Step<A, B>(Option<Either<A, B>>);

impl<A, B> Empty for Step<A, B> {
    const EMPTY: Self = Self(None);
}

impl<P: Provider, A: Auth<P>, B: Auth<P>> Auth<P> for (A, B) {
    type Step = Step<A::Step, B::Step>;
    const EXCHANGES: Exchanges = A::EXCHANGES.then(B::EXCHANGES);
    const SERVER_CERTIFICATES: CertificateTypes = A::SERVER_CERTIFICATES.then(B::SERVER_CERTIFICATES);
    const RESUMES: bool = {
        assert!(!A::RESUMES && !B::RESUMES, "write Resumable<(A, B)>: a pair has one session");
        false
    };

    fn client_certificates(&self) -> CertificateTypes {
        self.0.client_certificates().then(self.1.client_certificates())
    }

    fn scheme(index: usize) -> Option<u16> {
        // Those of the left, then those of the right that are new.
        let mut left = 0;
        while A::scheme(left).is_some() {
            left += 1;
        }
        let of_left = |scheme| (0..left).any(|index| A::scheme(index) == Some(scheme));
        match index.checked_sub(left) {
            None => A::scheme(index),
            Some(index) => (0..).map_while(B::scheme).filter(|scheme| !of_left(*scheme)).nth(index),
        }
    }

    fn extensions(&self, sink: &mut Sink<'_, P::Hash>) {
        self.0.extensions(sink);
        self.1.extensions(sink);
    }

    fn extension(&mut self, kind: ExtensionType, body: &[u8]) -> Option<bool> {
        match self.0.extension(kind, body) {
            None => self.1.extension(kind, body),
            answer => answer,
        }
    }

    fn begin(&mut self, chosen: Chosen, step: &mut Self::Step) -> bool {
        step.0 = Some(Either::Left(Empty::EMPTY));
        if let Some(Either::Left(left)) = &mut step.0
            && self.0.begin(chosen, left)
        {
            return true;
        }
        step.0 = Some(Either::Right(Empty::EMPTY));
        if let Some(Either::Right(right)) = &mut step.0 { self.1.begin(chosen, right) } else { false }
    }

    fn hello(&mut self) {
        self.0.hello();
        self.1.hello();
    }

    fn peer(&self) -> Option<&PeerIdentity<'_>> {
        // Both forget what they knew when a handshake chooses; the one that was chosen knows.
        self.0.peer().filter(|peer| !peer.is_empty()).or_else(|| self.1.peer())
    }

    fn bind(&self, put: &mut dyn FnMut(&[u8])) {
        self.0.bind(put);
        self.1.bind(put);
    }

    fn read(
        &mut self,
        step: &mut Self::Step,
        kind: HandshakeType,
        body: &[u8],
        cx: &mut Cx<'_, P>,
    ) -> Result<(), Error> {
        match &mut step.0 {
            Some(Either::Left(step)) => self.0.read(step, kind, body, cx),
            Some(Either::Right(step)) => self.1.read(step, kind, body, cx),
            None => Err(Error::State),
        }
    }

    fn next(&self, step: &Self::Step, after: Option<Op>) -> Option<Op> {
        match &step.0 {
            Some(Either::Left(step)) => self.0.next(step, after),
            Some(Either::Right(step)) => self.1.next(step, after),
            None => None,
        }
    }

    fn work(
        &mut self,
        step: &mut Self::Step,
        op: Op,
        cx: &mut Cx<'_, P>,
        master: &mut Master,
    ) -> nb::Result<(), Error> {
        match &mut step.0 {
            Some(Either::Left(step)) => self.0.work(step, op, cx, master),
            Some(Either::Right(step)) => self.1.work(step, op, cx, master),
            None => Err(nb::Error::Other(Error::State)),
        }
    }

    fn sends(&self, step: &Self::Step, kind: HandshakeType) -> bool {
        match &step.0 {
            Some(Either::Left(step)) => self.0.sends(step, kind),
            Some(Either::Right(step)) => self.1.sends(step, kind),
            None => false,
        }
    }

    fn emit(&self, step: &Self::Step, kind: HandshakeType, sink: &mut Sink<'_, P::Hash>) {
        match &step.0 {
            Some(Either::Left(step)) => self.0.emit(step, kind, sink),
            Some(Either::Right(step)) => self.1.emit(step, kind, sink),
            None => {}
        }
    }
}
