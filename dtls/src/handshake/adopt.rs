//! An association that was exported: what of its handshake is known again after the import.

use super::{At, Core, Flight};
use crate::auth::Auth;
use crate::crypto::{Aeads, Kx, Provider};

impl<A: Auth<P>, P: Provider> Core<'_, A, P> {
    /// The index of the AEAD that forms this suite.
    pub(crate) fn aead_of(suite: u16) -> Option<usize> {
        let formed =
            |index| [Kx::Psk, Kx::EcdhePsk, Kx::EcdheEcdsa].iter().any(|kx| P::Aeads::suite(index, *kx) == Some(suite));
        (0..P::Aeads::COUNT).find(|index| formed(*index))
    }

    /// Forgets the association without a word to the server.
    pub(crate) fn leave(&mut self) {
        self.memory.alert = None;
        self.end();
    }

    /// Takes the parameters of an association whose record layer is restored.
    pub(crate) fn adopt(&mut self, index: usize, suite: u16, extended: bool) {
        self.auth.hello();
        let memory = &mut *self.memory;
        (memory.aead, memory.suite, memory.extended) = (index as u8, suite, extended);
        memory.reassembly.restart(0);
        memory.flight = Flight::EMPTY;
    }

    /// The association stands.
    pub(crate) fn establish(&mut self) {
        self.memory.at = At::Established;
    }
}
