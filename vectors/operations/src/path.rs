//! Certificates: read, and paths of them validated, with the verifiers of all keys.

use crate::Choice;
use crate::reply::{Out, field, long_field, number};
use stint_dtls::crypto::soft::{P384Verifier, RsaVerifier, Sha256};
use stint_dtls::crypto::{Empty, Verifier};
use stint_dtls::pki::{Anchor, Clock, PeerIdentity, Purpose, Rules, ServerName, UnixTime, Verification};

/// The verifier of a choice for P-256, and those for the others.
type All<C> = (<C as Choice>::Verifier, (P384Verifier, RsaVerifier));

/// The most certificates below an anchor that there is a place for.
const MOST: usize = 7;

/// Whether a certificate is read.
pub(crate) fn certificate(from: &mut &[u8], _: &mut Out<'_>) -> Option<bool> {
    Some(Anchor::from_certificate(field(from)?).is_ok())
}

/// Whether any of the chains is a path.
pub(crate) fn path<C: Choice>(choice: &C, from: &mut &[u8], _: &mut Out<'_>) -> Option<bool> {
    let (first, second) = (field(from)?, field(from)?);
    // One that cannot be read is not trusted.
    let mut read = [first, second].into_iter().filter_map(|der| Anchor::from_certificate(der).ok());
    let anchors = read.next().map(|first| [first, read.next().unwrap_or(first)]);
    let [kind] = number(from)?;
    let (value, time) = (field(from)?, field(from)?);
    let name = match kind {
        0 => ServerName::Any,
        1 => ServerName::Dns(core::str::from_utf8(value).ok()?),
        _ => ServerName::Ip(value),
    };
    let ([client], [most]) = (number(from)?, number(from)?);
    let chains = u16::from_be_bytes(*number(from)?);
    let anchors = anchors.as_ref().map(<[_; 2]>::as_slice).unwrap_or_default();
    let mut rules =
        Rules::new(anchors, name, Clock::Require(Some(UnixTime(u64::from_be_bytes(time.try_into().ok()?)))));
    rules.wildcards = true;
    if *client == 1 {
        rules.purpose = Purpose::CLIENT_AUTH;
    }
    let mut found = false;
    for _ in 0..chains {
        let list = long_field(from)?;
        found = found || is_path(choice, list, &rules, usize::from(*most).min(MOST));
    }
    Some(found)
}

fn is_path<C: Choice>(choice: &C, list: &[u8], rules: &Rules<'_>, most: usize) -> bool {
    let mut verifier: All<C> = (choice.verifier(), Default::default());
    let mut tasks = [const { <All<C> as Verifier>::Task::EMPTY }; MOST];
    let mut store = [0; 4096];
    let mut peer = PeerIdentity::new(&mut store);
    let tasks = tasks.get_mut(..most).unwrap_or_default();
    match Verification::start(list, rules, &verifier, &mut Sha256, tasks, &mut peer) {
        Ok(mut verification) => nb::block!(verification.poll(&mut verifier)).is_ok(),
        Err(_) => false,
    }
}
