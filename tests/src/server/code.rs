//! Code points that the loopback server names itself.

/// HelloRequest.
pub const HELLO_REQUEST: u8 = 0;
/// ClientHello.
pub const CLIENT_HELLO: u8 = 1;
/// ServerHello.
pub const SERVER_HELLO: u8 = 2;
/// HelloVerifyRequest (RFC 6347 4.3.2).
pub const HELLO_VERIFY_REQUEST: u8 = 3;
/// NewSessionTicket (RFC 5077 3.3).
pub const NEW_SESSION_TICKET: u8 = 4;
/// Certificate.
pub const CERTIFICATE: u8 = 11;
/// ServerKeyExchange.
pub const SERVER_KEY_EXCHANGE: u8 = 12;
/// CertificateRequest.
pub const CERTIFICATE_REQUEST: u8 = 13;
/// ServerHelloDone.
pub const SERVER_HELLO_DONE: u8 = 14;
/// CertificateVerify.
pub const CERTIFICATE_VERIFY: u8 = 15;
/// ClientKeyExchange.
pub const CLIENT_KEY_EXCHANGE: u8 = 16;
/// Finished.
pub const FINISHED: u8 = 20;

/// server_name (RFC 6066 3).
pub const SERVER_NAME: u16 = 0;
/// max_fragment_length (RFC 6066 4).
pub const MAX_FRAGMENT_LENGTH: u16 = 1;
/// supported_groups (RFC 8422 5.1.1).
pub const SUPPORTED_GROUPS: u16 = 10;
/// ec_point_formats (RFC 8422 5.1.2).
pub const EC_POINT_FORMATS: u16 = 11;
/// signature_algorithms (RFC 5246 7.4.1.4.1).
pub const SIGNATURE_ALGORITHMS: u16 = 13;
/// application_layer_protocol_negotiation (RFC 7301 3.1).
pub const ALPN: u16 = 16;
/// client_certificate_type (RFC 7250 3).
pub const CLIENT_CERTIFICATE_TYPE: u16 = 19;
/// server_certificate_type (RFC 7250 3).
pub const SERVER_CERTIFICATE_TYPE: u16 = 20;
/// extended_master_secret (RFC 7627 5.1).
pub const EXTENDED_MASTER_SECRET: u16 = 23;
/// record_size_limit (RFC 8449 4).
pub const RECORD_SIZE_LIMIT: u16 = 28;
/// SessionTicket (RFC 5077 3.2).
pub const SESSION_TICKET: u16 = 35;
/// connection_id (RFC 9146 3).
pub const CONNECTION_ID: u16 = 54;
/// renegotiation_info (RFC 5746 3.2).
pub const RENEGOTIATION_INFO: u16 = 0xff01;
/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 3.3).
pub const RENEGOTIATION_SCSV: u16 = 0x00ff;

/// The certificate type of X.509 (RFC 7250 3).
pub const X509: u8 = 0;
/// The certificate type of a raw public key (RFC 7250 3).
pub const RAW_PUBLIC_KEY: u8 = 2;
/// ECDSA with SHA-256 (RFC 5246 7.4.1.4.1: hash, then signature).
pub const ECDSA_SHA256: u16 = 0x0403;
/// The group of P-256 (RFC 8422 5.1.1).
pub const SECP256R1: u16 = 23;
/// The client certificate type of an ECDSA key (RFC 8422 5.5).
pub const ECDSA_SIGN: u8 = 64;
