//! The software provider: RustCrypto's `sha2` and `aes` behind the capability traits.
//!
//! Promises: no table look-up or branch depends on a secret; no panic; states that are small and all zero when empty. Build for small flash with
//! `--cfg aes_compact`, which halves the code of AES.

mod hash;
mod ccm;
mod aead;
#[cfg(feature = "p256")]
mod curve;
#[cfg(feature = "p256")]
mod ecdh;
#[cfg(feature = "p256")]
mod ecdsa;

pub use aead::{Aes128Ccm, Aes128Ccm8, Expanded};
pub use ccm::Ccm;
use ccm::{is_tag, nonce_block};
#[cfg(feature = "p256")]
pub use ecdh::P256Exchange;
#[cfg(feature = "p256")]
pub use ecdsa::{KeyOutOfRange, P256Signer, P256Task, P256Verifier};
pub use hash::{Sha256, Sha256State};
