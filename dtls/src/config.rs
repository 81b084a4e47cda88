//! What the caller decides.

use core::time::Duration;

/// Whether a server that does not know the extended master secret is acceptable (RFC 7627 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtendedMasterSecret {
    /// The handshake ends without it.
    Require,
    /// The handshake goes on without it: only for servers that cannot be mended (RFC 7627 6.1 tells what is lost).
    Allow,
}

/// What [`Config::key_log`] calls, with the client random and the master secret.
#[cfg(feature = "key-log")]
pub type KeyLog<'b> = &'b dyn Fn(&[u8; 32], &[u8; 48]);

/// The settings of a client. [`Config::new`] has the defaults; change fields from there.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Config<'b> {
    /// The DNS name sent in server_name (RFC 6066 3). An address literal is never sent.
    pub server_name: Option<&'b str>,
    /// The Connection ID under which we want to receive (RFC 9146), up to 32 bytes. Empty by default: the server may give us one of its own, so that it
    /// knows us after our address changed, while what it sends carries none. `None` offers no Connection ID.
    pub connection_id: Option<&'b [u8]>,
    /// Required by default.
    pub extended_master_secret: ExtendedMasterSecret,
    /// After which time a flight is sent for the second time; doubled for each further one, up to 60 s, plus up to 0.27 s at random.
    /// 1 s by default (RFC 6347 4.2.4.1); 9 s suits slow radio links (RFC 7925 11).
    pub initial_timeout: Duration,
    /// How often a flight is sent at most; 7 by default.
    pub transmissions: u8,
    /// The longest datagram to send, in bytes of UDP payload; also limited by the buffer lent. 1,152 by default.
    pub mtu: u16,
    /// How many forged records are borne before `Event::ForgeryLimit`: `None`: 2^20 for an 8-byte tag, 2^23 for a longer one.
    pub forgery_limit: Option<u32>,
    /// How many records are sealed under one key; 2^23 by default, at most 2^48.
    pub record_limit: u64,
    /// Is handed the client random and each master secret, for the NSS key log format. For host tools alone.
    #[cfg(feature = "key-log")]
    pub key_log: Option<KeyLog<'b>>,
}

impl Config<'_> {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            server_name: None,
            connection_id: Some(&[]),
            extended_master_secret: ExtendedMasterSecret::Require,
            initial_timeout: Duration::from_secs(1),
            transmissions: 7,
            mtu: 1152,
            forgery_limit: None,
            record_limit: 1 << 23,
            #[cfg(feature = "key-log")]
            key_log: None,
        }
    }
}

impl<'b> Config<'b> {
    /// The name to send: none for an address, whose last label is a number or which has a colon (RFC 6066 3).
    #[allow(clippy::manual_contains)] // `contains` brings a search by words, which costs flash
    pub(crate) fn sni(&self) -> Option<&'b [u8]> {
        let name = self.server_name?.as_bytes();
        let last = name.rsplit(|byte| *byte == b'.').next()?;
        let address = last.iter().all(u8::is_ascii_digit) || name.iter().any(|byte| *byte == b':');
        (!address && name.len() < 256).then_some(name)
    }
}

impl Default for Config<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for Config<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Config")
            .field("server_name", &self.server_name)
            .field("connection_id", &self.connection_id)
            .field("extended_master_secret", &self.extended_master_secret)
            .field("initial_timeout", &self.initial_timeout)
            .field("transmissions", &self.transmissions)
            .field("mtu", &self.mtu)
            .field("forgery_limit", &self.forgery_limit)
            .field("record_limit", &self.record_limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn an_address_is_never_sent_as_a_name() {
        let sent = |name| Config { server_name: Some(name), ..Config::new() }.sni().is_some();
        for name in ["example.com", "host1", "1.example", "a"] {
            assert!(sent(name), "{name}");
        }
        for address in ["127.0.0.1", "::1", "fe80::1%eth0", "::ffff:1.2.3.4", ""] {
            assert!(!sent(address), "{address}");
        }
    }
}
