//! A chain checked outside of a handshake: that of a firmware update's signer, for one.

use super::{PeerIdentity, Rules, check};
use crate::certificate_error::CertificateError;
use crate::crypto::{Hash, Verifier};

/// A chain whose certificates hold to the rules, and whose signatures are still to be verified, one operation a call.
///
/// 1. [`start`](Self::start) checks all but the signatures, which it puts into the tasks lent. The certificates may be overwritten from then on.
/// 2. [`poll`](Self::poll) verifies one signature a call; call it until it says something else than `WouldBlock`.
/// 3. `Ok`: the key in the [`PeerIdentity`] is that of the one who was asked for. Before that it is only claimed to be.
///
/// ```
/// # #[cfg(feature = "soft")]
/// # fn signer<V: stint_dtls::crypto::Verifier>(list: &[u8], anchors: &[stint_dtls::pki::Anchor<'_>], mut verifier: V) -> Option<()> {
/// use stint_dtls::crypto::{Empty, soft::Sha256};
/// use stint_dtls::pki::{Clock, PeerIdentity, Purpose, Rules, ServerName, UnixTime, Verification};
///
/// // who may sign is a matter of the anchor here: it certifies signers and nobody else
/// let mut rules = Rules::new(anchors, ServerName::Any, Clock::IfKnown(None));
/// rules.purpose = Purpose::CODE_SIGNING;
/// let mut tasks = [V::Task::EMPTY; 3];
/// let mut store = [0; 256];
/// let mut signer = PeerIdentity::new(&mut store);
/// let started = Verification::start(list, &rules, &verifier, &mut Sha256, &mut tasks, &mut signer);
/// let mut verification = started.ok()?;
/// nb::block!(verification.poll(&mut verifier)).ok()?;
/// let key = signer.public_key(); // verifies the image
/// # Some(())
/// # }
/// ```
#[must_use = "the signatures are not verified before `poll` says so"]
#[derive(Debug)]
pub struct Verification<'t, T> {
    left: &'t [T],
}

impl<'t, T> Verification<'t, T> {
    /// Checks everything of a chain but its signatures. `list` has the certificates in DER, each with its length before it (3 bytes, big-endian), the
    /// signer's first, each of the others certifying the one before (RFC 5246 7.4.2); what comes after the trust anchor is not looked at. `tasks` has a
    /// place for each signature: one a certificate below the anchor.
    ///
    /// # Errors
    /// The rule that the chain breaks.
    pub fn start<V: Verifier<Task = T>, H: Hash>(
        list: &[u8],
        rules: &Rules<'_>,
        verifier: &V,
        hash: &mut H,
        tasks: &'t mut [T],
        peer: &mut PeerIdentity<'_>,
    ) -> Result<Self, CertificateError> {
        let count = check(list, rules, verifier, hash, tasks, peer)?;
        let left = tasks.get(..usize::from(count)).ok_or(CertificateError::TooManyCertificates)?;
        Ok(Self { left })
    }

    /// How many signatures are still to be verified.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.left.len()
    }

    /// Verifies the next signature. `Ok`: all are verified.
    ///
    /// # Errors
    /// `WouldBlock`: there are more, or the verifier is busy with this one. [`CertificateError::BadSignature`], [`CertificateError::Crypto`].
    pub fn poll<V: Verifier<Task = T>>(&mut self, verifier: &mut V) -> nb::Result<(), CertificateError> {
        let Some((task, left)) = self.left.split_first() else { return Ok(()) };
        match verifier.verify(task) {
            Ok(true) => self.left = left,
            Ok(false) => return Err(nb::Error::Other(CertificateError::BadSignature)),
            Err(nb::Error::Other(_)) => return Err(nb::Error::Other(CertificateError::Crypto)),
            Err(nb::Error::WouldBlock) => return Err(nb::Error::WouldBlock),
        }
        if left.is_empty() { Ok(()) } else { Err(nb::Error::WouldBlock) }
    }
}
