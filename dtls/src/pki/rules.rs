//! What a chain must hold to, as the application says it.

use super::{Anchor, Clock, Pin, ServerName};

/// What a certificate may be used for: the last number of the key purposes under id-kp, 1.3.6.1.5.5.7.3 (RFC 5280 4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose(pub u8);

impl Purpose {
    /// id-kp-serverAuth.
    pub const SERVER_AUTH: Self = Self(1);
    /// id-kp-clientAuth.
    pub const CLIENT_AUTH: Self = Self(2);
    /// id-kp-codeSigning: of a firmware update's signer, for one.
    pub const CODE_SIGNING: Self = Self(3);
}

/// What a chain must hold to. [`Rules::new`] has the strict choices; each field may be set to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules<'b> {
    /// What is trusted: the chain ends at the first certificate that one of these issued, or that has the key of one. What comes after is not looked at.
    ///
    /// Of several anchors of one name, the first counts whose key can have made the signature (its kind, and its identifier where anchor and certificate have
    /// one): two of one name, without identifiers and with keys of one kind, cannot be told apart, and the second is never found.
    pub anchors: &'b [Anchor<'b>],
    /// Which server the first certificate must name.
    pub name: ServerName<'b>,
    /// Whether the dates are checked: those of every certificate that the path needs, so not of an anchor above it.
    pub clock: Clock,
    /// What the first certificate must be meant for, and every authority that limits its purposes. Serving, from the start.
    pub purpose: Purpose,
    /// Where this is not empty, a certificate or a key of the path, the anchor's too, must be one of these. With no `anchors` the first certificate itself must
    /// be one, and is trusted for it, whoever signed it.
    pub pins: &'b [Pin],
    /// Whether `*.example.com` names `host.example.com`. No, from the start: certificates for things have no wildcards (RFC 7925 4.4.1, RFC 7252 9.1.3.3).
    pub wildcards: bool,
    /// Whether the subject's common name may name the server, where no other name is there. No, from the start (RFC 9525 2).
    pub common_name_fallback: bool,
    /// Whether anyExtendedKeyUsage stands for the purpose. No, from the start (RFC 5280 4.2.1.12 leaves it open).
    pub any_extended_key_usage: bool,
    /// Whether the first certificate must name its purposes. No, from the start: without any it is good for all (RFC 5280 4.2.1.12).
    pub require_extended_key_usage: bool,
}

impl<'b> Rules<'b> {
    /// The strict choices, of a server that is called `name`.
    #[must_use]
    pub const fn new(anchors: &'b [Anchor<'b>], name: ServerName<'b>, clock: Clock) -> Self {
        Self {
            anchors,
            name,
            clock,
            purpose: Purpose::SERVER_AUTH,
            pins: &[],
            wildcards: false,
            common_name_fallback: false,
            any_extended_key_usage: false,
            require_extended_key_usage: false,
        }
    }

    /// Puts everything that makes these rules others than those, but for the time: a session is bound to the rules that its server passed.
    pub(crate) fn bind(&self, put: &mut dyn FnMut(&[u8])) {
        let (form, name) = match self.name {
            ServerName::Dns(name) => (0, name.as_bytes()),
            ServerName::Ip(address) => (1, address),
            ServerName::Uri(uri) => (2, uri.as_bytes()),
            ServerName::Any => (3, &[][..]),
        };
        put(&(self.anchors.len() as u32).to_be_bytes());
        self.anchors.iter().for_each(|anchor| anchor.bind(put));
        put(&(self.pins.len() as u32).to_be_bytes());
        self.pins.iter().for_each(|pin| put(&pin.0));
        put(&[
            self.purpose.0,
            u8::from(self.wildcards),
            u8::from(self.common_name_fallback),
            u8::from(self.any_extended_key_usage),
            u8::from(self.require_extended_key_usage),
            form,
        ]);
        put(name);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::pki::UnixTime;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    #[test]
    fn a_session_goes_on_under_other_rules() {
        let bound = |change: fn(&mut Rules<'static>)| {
            let mut rules = Rules::new(const { &[Anchor::new(b"name", b"key")] }, ServerName::Dns("a"), Clock::Skip);
            change(&mut rules);
            let mut bytes = Vec::new();
            rules.bind(&mut |part| bytes.extend_from_slice(part));
            bytes
        };
        let all: [fn(&mut Rules<'static>); 16] = [
            |_| {},
            |rules| rules.anchors = &[],
            |rules| rules.anchors = const { &[Anchor::new(b"nam", b"ekey")] },
            |rules| rules.anchors = const { &[Anchor::new(b"name", b"key").with_key_id(b"1")] },
            |rules| rules.anchors = const { &[Anchor::new(b"name", b"key"), Anchor::new(b"name", b"key")] },
            |rules| rules.anchors = const { &[Anchor::authority_key(b"key")] },
            |rules| rules.anchors = const { &[Anchor::server_key(b"key")] },
            |rules| rules.name = ServerName::Dns("b"),
            |rules| rules.name = ServerName::Uri("a"),
            |rules| rules.name = ServerName::Ip(b"a"),
            |rules| rules.pins = &[Pin([0; 32])],
            |rules| rules.purpose = Purpose::CLIENT_AUTH,
            |rules| rules.wildcards = true,
            |rules| rules.common_name_fallback = true,
            |rules| rules.any_extended_key_usage = true,
            |rules| rules.require_extended_key_usage = true,
        ];
        assert_eq!(all.iter().map(|change| bound(*change)).collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(bound(|_| {}), bound(|rules| rules.clock = Clock::Require(Some(UnixTime(1)))), "time goes on");
    }
}
