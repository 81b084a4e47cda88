//! The cipher suites that the loopback server knows: key exchange and AEAD of each code point.

/// TLS_PSK_WITH_AES_128_CCM (RFC 6655 4).
pub const PSK_CCM: u16 = 0xC0A4;
/// TLS_PSK_WITH_AES_128_CCM_8 (RFC 6655 4).
pub const PSK_CCM_8: u16 = 0xC0A8;
/// TLS_PSK_WITH_AES_128_GCM_SHA256 (RFC 5487 2).
pub const PSK_GCM: u16 = 0x00A8;
/// TLS_PSK_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905 2).
pub const PSK_CHACHA: u16 = 0xCCAB;
/// TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256 (RFC 8442 4).
pub const ECDHE_PSK_CCM: u16 = 0xD005;
/// TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256 (RFC 8442 4).
pub const ECDHE_PSK_CCM_8: u16 = 0xD003;
/// TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 (RFC 8442 4).
pub const ECDHE_PSK_GCM: u16 = 0xD001;
/// TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905 2).
pub const ECDHE_PSK_CHACHA: u16 = 0xCCAC;
/// TLS_ECDHE_ECDSA_WITH_AES_128_CCM (RFC 7251 2).
pub const ECDSA_CCM: u16 = 0xC0AC;
/// TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 (RFC 7251 2).
pub const ECDSA_CCM_8: u16 = 0xC0AE;
/// TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (RFC 5289 3.2).
pub const ECDSA_GCM: u16 = 0xC02B;
/// TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905 2).
pub const ECDSA_CHACHA: u16 = 0xCCA9;

/// Where the premaster secret comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kx {
    /// A pre-shared key (RFC 4279).
    Psk,
    /// ECDHE and a pre-shared key (RFC 5489).
    EcdhePsk,
    /// ECDHE, signed by the server (RFC 8422).
    EcdheEcdsa,
}

/// What protects the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// AES-128-CCM with an 8-byte tag.
    Ccm8,
    /// AES-128-CCM with a 16-byte tag.
    Ccm,
    /// AES-128-GCM.
    Gcm,
    /// ChaCha20-Poly1305.
    ChaCha,
}

/// The table: code point, key exchange, AEAD.
pub const SUITES: [(u16, Kx, Cipher); 12] = [
    (PSK_CCM_8, Kx::Psk, Cipher::Ccm8),
    (PSK_CCM, Kx::Psk, Cipher::Ccm),
    (PSK_GCM, Kx::Psk, Cipher::Gcm),
    (PSK_CHACHA, Kx::Psk, Cipher::ChaCha),
    (ECDHE_PSK_CCM_8, Kx::EcdhePsk, Cipher::Ccm8),
    (ECDHE_PSK_CCM, Kx::EcdhePsk, Cipher::Ccm),
    (ECDHE_PSK_GCM, Kx::EcdhePsk, Cipher::Gcm),
    (ECDHE_PSK_CHACHA, Kx::EcdhePsk, Cipher::ChaCha),
    (ECDSA_CCM_8, Kx::EcdheEcdsa, Cipher::Ccm8),
    (ECDSA_CCM, Kx::EcdheEcdsa, Cipher::Ccm),
    (ECDSA_GCM, Kx::EcdheEcdsa, Cipher::Gcm),
    (ECDSA_CHACHA, Kx::EcdheEcdsa, Cipher::ChaCha),
];

/// The key exchange of a suite.
///
/// # Panics
/// For a suite that is not in the table.
#[must_use]
pub fn kx(suite: u16) -> Kx {
    find(suite).1
}

/// The AEAD of a suite.
///
/// # Panics
/// For a suite that is not in the table.
#[must_use]
pub fn cipher(suite: u16) -> Cipher {
    find(suite).2
}

fn find(suite: u16) -> (u16, Kx, Cipher) {
    *SUITES.iter().find(|s| s.0 == suite).unwrap_or_else(|| panic!("suite {suite:04x} is not the lab's"))
}

/// The suites of a key exchange.
#[must_use]
pub fn suites(kx: Kx) -> Vec<u16> {
    SUITES.iter().filter(|s| s.1 == kx).map(|s| s.0).collect()
}
