//! The private parsers and the record layer made callable: for fuzzers, captures and vectors. For tests only: no part of the API, nothing here is promised.
//!
//! Nothing is decided here: each call goes to the function that a client's own datagrams go through, and its answer comes back in public words.

mod record;
mod handshake;
mod channel;
mod position;
mod digest;

pub use crate::pki::{Dissected, dissect};
pub use channel::{Channel, Dropped, Opened};
pub use digest::hmac_sha256;
#[cfg(any(feature = "p384", feature = "rsa"))]
pub use digest::{sha384, sha512};
pub use handshake::{
    Authorities, CertificateRequest, Extensions, Fragment, Reassembly, ServerHello, certificate_request, ecdh_point,
    hello_verify_request, identity_hint, server_hello, session_ticket, verify_data,
};
#[cfg(debug_assertions)]
pub use position::{Lax, loosen};
pub use position::{Position, position};
pub use record::{Record, additional_data, record_header, take_record};
