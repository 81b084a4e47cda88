//! What the measured images demand of the server's certificate: one anchor, a name, and dates that are always checked.

use crate::provision::{Part, part};
use stint_dtls::pki::{Anchor, Clock, Rules, ServerName, UnixTime};

/// The anchor that the lab loaded.
pub fn anchors() -> Option<[Anchor<'static>; 1]> {
    Anchor::from_certificate(part(Part::Anchor)).ok().map(|anchor| [anchor])
}

/// The strict rules, for the name and the time that the lab loaded.
pub fn rules<'b>(anchors: &'b [Anchor<'b>]) -> Option<Rules<'b>> {
    // SAFETY: the lab loads a domain name, which is ASCII. A product has its name as a string; the search for what is none would be measured with it.
    let name = unsafe { core::str::from_utf8_unchecked(part(Part::Name)) };
    let time = part(Part::Time).try_into().map(u64::from_be_bytes).ok()?;
    Some(Rules::new(anchors, ServerName::Dns(name), Clock::Require(Some(UnixTime(time)))))
}
