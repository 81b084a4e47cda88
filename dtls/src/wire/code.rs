//! Code points as newtypes: an unknown value is kept as it came.

use core::fmt;

/// The version field of every record and hello: DTLS 1.2 (RFC 6347 4.1).
pub(crate) const DTLS_1_2: u16 = 0xfefd;

/// Says "this is a first handshake" without an extension (RFC 5746 3.3).
pub(crate) const EMPTY_RENEGOTIATION_INFO_SCSV: u16 = 0x00ff;

/// The content type of a record (RFC 5246 6.2.1; RFC 9146 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentType(pub(crate) u8);

impl ContentType {
    pub(crate) const CHANGE_CIPHER_SPEC: Self = Self(20);
    pub(crate) const ALERT: Self = Self(21);
    pub(crate) const HANDSHAKE: Self = Self(22);
    pub(crate) const APPLICATION_DATA: Self = Self(23);
    pub(crate) const TLS12_CID: Self = Self(25);
}

/// The type of a handshake message (RFC 5246 7.4; RFC 6347 4.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeType(pub u8);

impl HandshakeType {
    /// hello_request.
    pub const HELLO_REQUEST: Self = Self(0);
    /// client_hello.
    pub const CLIENT_HELLO: Self = Self(1);
    /// server_hello.
    pub const SERVER_HELLO: Self = Self(2);
    /// hello_verify_request.
    pub const HELLO_VERIFY_REQUEST: Self = Self(3);
    /// new_session_ticket.
    pub const NEW_SESSION_TICKET: Self = Self(4);
    /// certificate.
    pub const CERTIFICATE: Self = Self(11);
    /// server_key_exchange.
    pub const SERVER_KEY_EXCHANGE: Self = Self(12);
    /// certificate_request.
    pub const CERTIFICATE_REQUEST: Self = Self(13);
    /// server_hello_done.
    pub const SERVER_HELLO_DONE: Self = Self(14);
    /// certificate_verify.
    pub const CERTIFICATE_VERIFY: Self = Self(15);
    /// client_key_exchange.
    pub const CLIENT_KEY_EXCHANGE: Self = Self(16);
    /// finished.
    pub const FINISHED: Self = Self(20);
}

impl fmt::Display for HandshakeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::HELLO_REQUEST => "HelloRequest",
            Self::CLIENT_HELLO => "ClientHello",
            Self::SERVER_HELLO => "ServerHello",
            Self::HELLO_VERIFY_REQUEST => "HelloVerifyRequest",
            Self::NEW_SESSION_TICKET => "NewSessionTicket",
            Self::CERTIFICATE => "Certificate",
            Self::SERVER_KEY_EXCHANGE => "ServerKeyExchange",
            Self::CERTIFICATE_REQUEST => "CertificateRequest",
            Self::SERVER_HELLO_DONE => "ServerHelloDone",
            Self::CERTIFICATE_VERIFY => "CertificateVerify",
            Self::CLIENT_KEY_EXCHANGE => "ClientKeyExchange",
            Self::FINISHED => "Finished",
            Self(other) => return write!(f, "handshake message of type {other}"),
        })
    }
}

/// The type of a hello extension (RFC 5246 7.4.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionType(pub u16);

impl ExtensionType {
    /// server_name (RFC 6066 3).
    pub const SERVER_NAME: Self = Self(0);
    /// max_fragment_length (RFC 6066 4).
    pub const MAX_FRAGMENT_LENGTH: Self = Self(1);
    /// supported_groups (RFC 8422 5.1.1).
    pub const SUPPORTED_GROUPS: Self = Self(10);
    /// ec_point_formats (RFC 8422 5.1.2).
    pub const EC_POINT_FORMATS: Self = Self(11);
    /// signature_algorithms (RFC 5246 7.4.1.4.1).
    pub const SIGNATURE_ALGORITHMS: Self = Self(13);
    /// application_layer_protocol_negotiation (RFC 7301 3.1).
    pub const ALPN: Self = Self(16);
    /// client_certificate_type (RFC 7250 3).
    pub const CLIENT_CERTIFICATE_TYPE: Self = Self(19);
    /// server_certificate_type (RFC 7250 3).
    pub const SERVER_CERTIFICATE_TYPE: Self = Self(20);
    /// extended_master_secret (RFC 7627 5.1).
    pub const EXTENDED_MASTER_SECRET: Self = Self(23);
    /// record_size_limit (RFC 8449 4).
    pub const RECORD_SIZE_LIMIT: Self = Self(28);
    /// SessionTicket (RFC 5077 3.2).
    pub const SESSION_TICKET: Self = Self(35);
    /// connection_id (RFC 9146 3).
    pub const CONNECTION_ID: Self = Self(54);
    /// renegotiation_info (RFC 5746 3.2).
    pub const RENEGOTIATION_INFO: Self = Self(0xff01);
}

impl fmt::Display for ExtensionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::SERVER_NAME => "server_name",
            Self::MAX_FRAGMENT_LENGTH => "max_fragment_length",
            Self::SUPPORTED_GROUPS => "supported_groups",
            Self::EC_POINT_FORMATS => "ec_point_formats",
            Self::SIGNATURE_ALGORITHMS => "signature_algorithms",
            Self::ALPN => "application_layer_protocol_negotiation",
            Self::CLIENT_CERTIFICATE_TYPE => "client_certificate_type",
            Self::SERVER_CERTIFICATE_TYPE => "server_certificate_type",
            Self::RECORD_SIZE_LIMIT => "record_size_limit",
            Self::SESSION_TICKET => "SessionTicket",
            Self::EXTENDED_MASTER_SECRET => "extended_master_secret",
            Self::CONNECTION_ID => "connection_id",
            Self::RENEGOTIATION_INFO => "renegotiation_info",
            Self(other) => return write!(f, "extension {other}"),
        })
    }
}

/// What a Certificate message holds (RFC 7250 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateType(pub u8);

impl CertificateType {
    /// A chain of X.509 certificates.
    pub const X509: Self = Self(0);
    /// A SubjectPublicKeyInfo alone.
    pub const RAW_PUBLIC_KEY: Self = Self(2);
}

/// A cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite(pub u16);

impl Suite {
    /// TLS_PSK_WITH_AES_128_GCM_SHA256 (RFC 5487 2).
    pub const PSK_AES_128_GCM_SHA256: Self = Self(0x00a8);
    /// TLS_PSK_WITH_AES_128_CCM (RFC 6655 4).
    pub const PSK_AES_128_CCM: Self = Self(0xc0a4);
    /// TLS_PSK_WITH_AES_128_CCM_8 (RFC 6655 4).
    pub const PSK_AES_128_CCM_8: Self = Self(0xc0a8);
    /// TLS_PSK_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905 2).
    pub const PSK_CHACHA20_POLY1305_SHA256: Self = Self(0xccab);
    /// TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 (RFC 8442 3).
    pub const ECDHE_PSK_AES_128_GCM_SHA256: Self = Self(0xd001);
    /// TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256 (RFC 8442 3).
    pub const ECDHE_PSK_AES_128_CCM_8_SHA256: Self = Self(0xd003);
    /// TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256 (RFC 8442 3).
    pub const ECDHE_PSK_AES_128_CCM_SHA256: Self = Self(0xd005);
    /// TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905 2).
    pub const ECDHE_PSK_CHACHA20_POLY1305_SHA256: Self = Self(0xccac);
    /// TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (RFC 5289 3.2).
    pub const ECDHE_ECDSA_AES_128_GCM_SHA256: Self = Self(0xc02b);
    /// TLS_ECDHE_ECDSA_WITH_AES_128_CCM (RFC 7251 2).
    pub const ECDHE_ECDSA_AES_128_CCM: Self = Self(0xc0ac);
    /// TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 (RFC 7251 2).
    pub const ECDHE_ECDSA_AES_128_CCM_8: Self = Self(0xc0ae);
    /// TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905 2).
    pub const ECDHE_ECDSA_CHACHA20_POLY1305_SHA256: Self = Self(0xcca9);
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::PSK_AES_128_GCM_SHA256 => "TLS_PSK_WITH_AES_128_GCM_SHA256",
            Self::PSK_AES_128_CCM => "TLS_PSK_WITH_AES_128_CCM",
            Self::PSK_AES_128_CCM_8 => "TLS_PSK_WITH_AES_128_CCM_8",
            Self::PSK_CHACHA20_POLY1305_SHA256 => "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256",
            Self::ECDHE_PSK_AES_128_GCM_SHA256 => "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256",
            Self::ECDHE_PSK_AES_128_CCM_8_SHA256 => "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256",
            Self::ECDHE_PSK_AES_128_CCM_SHA256 => "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256",
            Self::ECDHE_PSK_CHACHA20_POLY1305_SHA256 => "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
            Self::ECDHE_ECDSA_AES_128_GCM_SHA256 => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            Self::ECDHE_ECDSA_AES_128_CCM => "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
            Self::ECDHE_ECDSA_AES_128_CCM_8 => "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
            Self::ECDHE_ECDSA_CHACHA20_POLY1305_SHA256 => "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            Self(other) => return write!(f, "cipher suite {other:#06x}"),
        })
    }
}

/// The description of an alert (RFC 5246 7.2; RFC 4279 6; RFC 6066 9; RFC 7301 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert(pub u8);

impl Alert {
    /// close_notify.
    pub const CLOSE_NOTIFY: Self = Self(0);
    /// unexpected_message.
    pub const UNEXPECTED_MESSAGE: Self = Self(10);
    /// bad_record_mac.
    pub const BAD_RECORD_MAC: Self = Self(20);
    /// handshake_failure.
    pub const HANDSHAKE_FAILURE: Self = Self(40);
    /// no_certificate, which TLS no longer has (RFC 5246 7.2) and servers still send.
    pub const NO_CERTIFICATE: Self = Self(41);
    /// bad_certificate.
    pub const BAD_CERTIFICATE: Self = Self(42);
    /// unsupported_certificate.
    pub const UNSUPPORTED_CERTIFICATE: Self = Self(43);
    /// certificate_revoked.
    pub const CERTIFICATE_REVOKED: Self = Self(44);
    /// certificate_expired.
    pub const CERTIFICATE_EXPIRED: Self = Self(45);
    /// certificate_unknown.
    pub const CERTIFICATE_UNKNOWN: Self = Self(46);
    /// illegal_parameter.
    pub const ILLEGAL_PARAMETER: Self = Self(47);
    /// unknown_ca.
    pub const UNKNOWN_CA: Self = Self(48);
    /// access_denied.
    pub const ACCESS_DENIED: Self = Self(49);
    /// decode_error.
    pub const DECODE_ERROR: Self = Self(50);
    /// decrypt_error.
    pub const DECRYPT_ERROR: Self = Self(51);
    /// protocol_version.
    pub const PROTOCOL_VERSION: Self = Self(70);
    /// insufficient_security.
    pub const INSUFFICIENT_SECURITY: Self = Self(71);
    /// internal_error.
    pub const INTERNAL_ERROR: Self = Self(80);
    /// user_canceled.
    pub const USER_CANCELED: Self = Self(90);
    /// no_renegotiation.
    pub const NO_RENEGOTIATION: Self = Self(100);
    /// unsupported_extension.
    pub const UNSUPPORTED_EXTENSION: Self = Self(110);
    /// unrecognized_name.
    pub const UNRECOGNIZED_NAME: Self = Self(112);
    /// unknown_psk_identity.
    pub const UNKNOWN_PSK_IDENTITY: Self = Self(115);
    /// no_application_protocol.
    pub const NO_APPLICATION_PROTOCOL: Self = Self(120);
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::CLOSE_NOTIFY => "close_notify",
            Self::UNEXPECTED_MESSAGE => "unexpected_message",
            Self::BAD_RECORD_MAC => "bad_record_mac",
            Self::HANDSHAKE_FAILURE => "handshake_failure",
            Self::NO_CERTIFICATE => "no_certificate",
            Self::CERTIFICATE_REVOKED => "certificate_revoked",
            Self::ACCESS_DENIED => "access_denied",
            Self::UNRECOGNIZED_NAME => "unrecognized_name",
            Self::NO_APPLICATION_PROTOCOL => "no_application_protocol",
            Self::BAD_CERTIFICATE => "bad_certificate",
            Self::UNSUPPORTED_CERTIFICATE => "unsupported_certificate",
            Self::CERTIFICATE_EXPIRED => "certificate_expired",
            Self::CERTIFICATE_UNKNOWN => "certificate_unknown",
            Self::UNKNOWN_CA => "unknown_ca",
            Self::ILLEGAL_PARAMETER => "illegal_parameter",
            Self::DECODE_ERROR => "decode_error",
            Self::DECRYPT_ERROR => "decrypt_error",
            Self::PROTOCOL_VERSION => "protocol_version",
            Self::INSUFFICIENT_SECURITY => "insufficient_security",
            Self::INTERNAL_ERROR => "internal_error",
            Self::USER_CANCELED => "user_canceled",
            Self::NO_RENEGOTIATION => "no_renegotiation",
            Self::UNSUPPORTED_EXTENSION => "unsupported_extension",
            Self::UNKNOWN_PSK_IDENTITY => "unknown_psk_identity",
            Self(other) => return write!(f, "alert {other}"),
        })
    }
}
