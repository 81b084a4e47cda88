//! The software provider: RustCrypto's primitives behind the capability traits, each behind a feature; the modes and the arithmetic around them are our own
//! where that is smaller.
//!
//! Promises: no table look-up or branch depends on a secret; no heap; no panic; states that are small and all zero when empty. Build for small flash with
//! `--cfg aes_compact`, which halves the code of AES.

mod hash;
mod ccm;
mod aead;
#[cfg(feature = "gcm")]
mod gcm;
#[cfg(feature = "chacha20poly1305")]
mod chacha;
#[cfg(feature = "p256")]
mod curve;
#[cfg(feature = "p256")]
mod ecdh;
#[cfg(feature = "p256")]
mod ecdsa;
#[cfg(any(feature = "p384", feature = "rsa"))]
mod sha512;
#[cfg(any(feature = "p384", feature = "rsa"))]
#[cfg_attr(not(all(feature = "p384", feature = "rsa")), allow(dead_code, reason = "each takes a part of it"))]
mod montgomery;
#[cfg(feature = "p384")]
mod p384;
#[cfg(feature = "rsa")]
mod rsa;

#[cfg(feature = "p256")]
pub use super::{KeyOutOfRange, P256Task};
pub use aead::{Aes128Ccm, Aes128Ccm8, Expanded};
#[cfg(any(feature = "gcm", feature = "chacha20poly1305"))]
use aead::{Suite, raw, raw_key, suite};
pub use ccm::Ccm;
#[cfg(feature = "gcm")]
use ccm::{Two, xor};
use ccm::{is_tag, nonce_block};
#[cfg(feature = "chacha20poly1305")]
pub use chacha::ChaCha20Poly1305;
#[cfg(feature = "p256")]
use curve::{multiply, multiply_both, on_curve, reduced, scalar, write_point, write_x};
#[cfg(feature = "p256")]
pub use ecdh::P256Exchange;
#[cfg(feature = "p256")]
pub use ecdsa::{P256Signer, P256Verifier};
#[cfg(feature = "gcm")]
pub use gcm::Aes128Gcm;
pub use hash::{Sha256, Sha256State};
#[cfg(feature = "rsa")]
use montgomery::{MAX_WORDS, Number, from_bytes, power};
#[cfg(feature = "p384")]
pub use p384::{P384Task, P384Verifier};
#[cfg(feature = "rsa")]
pub use rsa::{RsaTask, RsaVerifier};
#[cfg(any(feature = "p384", feature = "rsa"))]
pub(crate) use sha512::{Sha2Kind, sha512};
