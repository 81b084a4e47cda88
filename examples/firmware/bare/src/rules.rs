//! What the measured images demand of the server's certificate: one anchor, a name, and dates that are always checked.

use crate::provision::{Part, part};
use stint_dtls::pki::{Anchor, Clock, Rules, ServerName, UnixTime};

/// The anchor that the lab loaded.
pub fn anchors() -> Option<[Anchor<'static>; 1]> {
    Anchor::from_certificate(part(Part::Anchor)).ok().map(|anchor| [anchor])
}

/// The strict rules, for the name and the time that the lab loaded.
pub fn rules<'b>(anchors: &'b [Anchor<'b>]) -> Option<Rules<'b>> {
    let name = core::str::from_utf8(part(Part::Name)).ok()?;
    let time = part(Part::Time).try_into().map(u64::from_be_bytes).ok()?;
    Some(Rules::new(anchors, ServerName::Dns(name), Clock::Require(Some(UnixTime(time)))))
}
