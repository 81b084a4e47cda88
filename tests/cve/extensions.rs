//! Extensions that nobody offered.

use crate::kit::refused;
use stint_dtls::{Error, ExtensionType};
use stint_lab::parties::Who;
use stint_lab::server::Script;
use stint_lab::server::code::{
    ALPN, CLIENT_CERTIFICATE_TYPE, MAX_FRAGMENT_LENGTH, RAW_PUBLIC_KEY, RECORD_SIZE_LIMIT, SERVER_CERTIFICATE_TYPE,
    SESSION_TICKET,
};

fn not_offered(who: Who, kind: u16, body: &[u8]) {
    refused(who, &[Script::Extension(kind, body.to_vec())], Error::ExtensionNotOffered(ExtensionType(kind)), 110);
}

#[test]
fn cve_2026_89136_raw_key_agreed_on_by_the_server_alone() {
    for who in [Who::X509, Who::X509Mutual, Who::Psk] {
        not_offered(who, SERVER_CERTIFICATE_TYPE, &[RAW_PUBLIC_KEY]);
        not_offered(who, CLIENT_CERTIFICATE_TYPE, &[RAW_PUBLIC_KEY]);
        let both = [Script::Extension(SERVER_CERTIFICATE_TYPE, vec![RAW_PUBLIC_KEY]), Script::Show(RAW_PUBLIC_KEY)];
        refused(who, &both, Error::ExtensionNotOffered(ExtensionType(SERVER_CERTIFICATE_TYPE)), 110);
    }
}

#[test]
fn mbedtls_extension_that_was_not_offered() {
    for who in [Who::Psk, Who::X509] {
        for kind in [ALPN, MAX_FRAGMENT_LENGTH, RECORD_SIZE_LIMIT, SESSION_TICKET, 0, 5, 43, 51] {
            not_offered(who, kind, &[]);
            not_offered(who, kind, &[0; 5]);
        }
    }
}
