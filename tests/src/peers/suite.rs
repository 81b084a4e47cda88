//! Cipher suites, by the names that peers have for them.

/// A cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// TLS_PSK_WITH_AES_128_CCM.
    Ccm,
    /// TLS_PSK_WITH_AES_128_CCM_8.
    Ccm8,
    /// TLS_PSK_WITH_AES_128_GCM_SHA256.
    Gcm,
    /// TLS_PSK_WITH_CHACHA20_POLY1305_SHA256.
    ChaCha,
    /// TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256.
    EcdhePskGcm,
    /// TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256.
    EcdhePskChaCha,
    /// TLS_ECDHE_ECDSA_WITH_AES_128_CCM.
    EcdsaCcm,
    /// TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8.
    EcdsaCcm8,
    /// TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256.
    EcdsaGcm,
    /// TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256.
    EcdsaChaCha,
}

impl Suite {
    /// Its code point.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Gcm => 0x00a8,
            Self::Ccm => 0xc0a4,
            Self::Ccm8 => 0xc0a8,
            Self::ChaCha => 0xccab,
            Self::EcdhePskGcm => 0xd001,
            Self::EcdhePskChaCha => 0xccac,
            Self::EcdsaCcm => 0xc0ac,
            Self::EcdsaCcm8 => 0xc0ae,
            Self::EcdsaGcm => 0xc02b,
            Self::EcdsaChaCha => 0xcca9,
        }
    }

    /// Whether the server shows a certificate or a key.
    #[must_use]
    pub fn is_ecdsa(self) -> bool {
        matches!(self, Self::EcdsaCcm | Self::EcdsaCcm8 | Self::EcdsaGcm | Self::EcdsaChaCha)
    }

    /// OpenSSL's name.
    pub(super) fn openssl(self) -> &'static str {
        match self {
            Self::Gcm => "PSK-AES128-GCM-SHA256",
            Self::Ccm => "PSK-AES128-CCM",
            Self::Ccm8 => "PSK-AES128-CCM8",
            Self::ChaCha => "PSK-CHACHA20-POLY1305",
            Self::EcdhePskGcm => "ECDHE-PSK-AES128-GCM-SHA256",
            Self::EcdhePskChaCha => "ECDHE-PSK-CHACHA20-POLY1305",
            Self::EcdsaCcm => "ECDHE-ECDSA-AES128-CCM",
            Self::EcdsaCcm8 => "ECDHE-ECDSA-AES128-CCM8",
            Self::EcdsaGcm => "ECDHE-ECDSA-AES128-GCM-SHA256",
            Self::EcdsaChaCha => "ECDHE-ECDSA-CHACHA20-POLY1305",
        }
    }

    /// wolfSSL's name.
    pub(super) fn wolfssl(self) -> &'static str {
        match self {
            Self::Ccm8 => "PSK-AES128-CCM-8",
            Self::EcdsaCcm8 => "ECDHE-ECDSA-AES128-CCM-8",
            other => other.openssl(),
        }
    }

    /// Mbed TLS's name.
    pub(super) fn mbedtls(self) -> String {
        let exchange = match self {
            _ if self.is_ecdsa() => "ECDHE-ECDSA",
            Self::EcdhePskGcm | Self::EcdhePskChaCha => "ECDHE-PSK",
            _ => "PSK",
        };
        let cipher = match self {
            Self::Ccm | Self::EcdsaCcm => "AES-128-CCM",
            Self::Ccm8 | Self::EcdsaCcm8 => "AES-128-CCM-8",
            Self::Gcm | Self::EcdhePskGcm | Self::EcdsaGcm => "AES-128-GCM-SHA256",
            Self::ChaCha | Self::EcdhePskChaCha | Self::EcdsaChaCha => "CHACHA20-POLY1305-SHA256",
        };
        format!("TLS-{exchange}-WITH-{cipher}")
    }

    /// GnuTLS's names of the cipher and of the key exchange.
    pub(super) fn gnutls(self) -> (&'static str, &'static str) {
        let exchange = match self {
            _ if self.is_ecdsa() => "ECDHE-ECDSA",
            Self::EcdhePskGcm | Self::EcdhePskChaCha => "ECDHE-PSK",
            _ => "PSK",
        };
        let cipher = match self {
            Self::Ccm | Self::EcdsaCcm => "AES-128-CCM",
            Self::Ccm8 | Self::EcdsaCcm8 => "AES-128-CCM-8",
            Self::Gcm | Self::EcdhePskGcm | Self::EcdsaGcm => "AES-128-GCM",
            Self::ChaCha | Self::EcdhePskChaCha | Self::EcdsaChaCha => "CHACHA20-POLY1305",
        };
        (cipher, exchange)
    }
}
