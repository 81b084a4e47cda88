//! Path validation of X.509 certificates without a heap (RFC 5280 6, with RFC 7925 4.4 and RFC 9525).
//!
//! Promises: certificates are read in place, and what outlives them is copied into what the caller lent ([`PeerIdentity`], the tasks); nothing calls itself,
//! and the work is bounded by the length of the chain; no secret is at hand, so that nothing need be in constant time. Each rule has an error of its own
//! ([`CertificateError`](crate::CertificateError)). Knows of no record, no handshake and no clock.
//!
//! What is tolerated, since real certificates have it: a FALSE, a version or a zero written down that DER leaves out as the default, a serial number of zero
//! or below, a year before 2050 as GeneralizedTime, a key identifier that is absent, basicConstraints and nameConstraints that are not critical.
//! All other DER is strict: shortest and definite lengths, no bytes left over, BOOLEAN 0 or 0xff, no unused bits in keys and signatures.
//!
//! What is not done: revocation (RFC 7925 4.4.3 does without), policies (a critical policy extension is refused), building a path out of certificates in
//! another order than RFC 5246 7.4.2 demands.

mod der;
mod time;
mod cert;
mod name;
mod server_name;
mod constraints;
mod anchor;
mod rules;
mod peer;
mod path;
mod verification;
#[cfg(feature = "inspect")]
mod inspect;

pub use anchor::{Anchor, Pin};
pub(crate) use cert::issuer;
use cert::{Certificate, DIGITAL_SIGNATURE, KEY_CERT_SIGN};
use constraints::{MAX_COMPARISONS, constrain};
use der::{
    BIT_STRING, Der, GENERALIZED_TIME, IA5_STRING, INTEGER, OCTET_STRING, OID, PRINTABLE_STRING, SEQUENCE, SET,
    UTC_TIME, UTF8_STRING, integer, only, public_key,
};
#[cfg(feature = "inspect")]
#[doc(hidden)]
pub use inspect::{Dissected, dissect};
use name::{begins_with, common_name, has_email, same_name};
pub(crate) use path::check;
pub use peer::{Name, Names, PeerIdentity};
pub use rules::{Purpose, Rules};
pub use server_name::ServerName;
use server_name::{DIRECTORY, DNS, EMAIL, IP, URI, is_domain, is_subdomain, names_server, uri_host};
use time::read_time;
pub use time::{Clock, UnixTime};
pub use verification::Verification;
