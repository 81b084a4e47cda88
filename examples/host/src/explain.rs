//! From an error to a sentence that says what to do.

use crate::credentials::Credential;
use crate::exit::Failure;
use crate::suites;
use crate::uri::Target;
use std::io;
use stint_dtls::{Alert, CertificateError, CertificateType, Error, Flight, Peer};
use stint_net::PumpError;

/// Nobody listens there.
pub(crate) fn refused(target: &Target) -> Failure {
    Failure::Refused(format!(
        "refused: nobody listens on UDP port {} of {}. Is the server running, and is this its port?{}",
        target.port,
        target.host,
        if target.secure { " (coaps:// is 5684 unless the URI says otherwise, coap:// 5683)" } else { "" }
    ))
}

/// Nothing came.
pub(crate) fn no_answer(target: &Target) -> Failure {
    let hint = if target.secure {
        "Is the server running, does it speak DTLS on this port, does a firewall drop UDP?"
    } else {
        "Is the server running, does a firewall drop UDP?"
    };
    Failure::NoAnswer(format!("no answer from {} port {}. {hint}", target.host, target.port))
}

/// The pump gave up. `server`: who the server says it is, where that is known.
pub(crate) fn pump(
    error: PumpError<io::Error>,
    target: &Target,
    credential: Option<&Credential>,
    server: Option<String>,
) -> Failure {
    match error {
        PumpError::Transport(error) => Failure::local(format!("{} port {}", target.host, target.port), error),
        PumpError::Dtls(Error::Certificate(why)) => {
            let claims = server.map(|server| format!(" It says it is: {server}.")).unwrap_or_default();
            Failure::Server(format!("{}: {}.{claims}", Error::Certificate(why), certificate(why)))
        }
        // What servers say that got no certificate, though they must have one: the handshake has gone too far for any other reason.
        PumpError::Dtls(error @ Error::PeerAlert(Alert::HANDSHAKE_FAILURE)) if server.is_some() => {
            let check = what_to_check(credential);
            Failure::Key(format!("{error}: it does not accept what was shown of ours. {check}"))
        }
        PumpError::Dtls(error) => dtls(error, target, credential),
        other => Failure::Handshake(other.to_string()),
    }
}

fn dtls(error: Error, target: &Target, credential: Option<&Credential>) -> Failure {
    let check = what_to_check(credential);
    match error {
        Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent } => no_answer(target),
        Error::Timeout { flight: Flight::Finished, peer: Peer::Silent } if has_key(credential) => Failure::Key(
            format!("{error}: the key or the identity is probably wrong, or the network went away. {check}"),
        ),
        Error::Timeout { flight: Flight::Finished, peer: Peer::Repeated } | Error::Finished if has_key(credential) => {
            Failure::Key(format!("{error}. {check}"))
        }
        Error::Timeout { flight: Flight::Finished, .. } => Failure::Key(format!(
            "the server took nothing of what was sent after its own certificate or key, and does not say why. {check}"
        )),
        // GnuTLS's way to give up on a Finished that it could not read.
        Error::PeerAlert(Alert::CLOSE_NOTIFY) => Failure::Key(format!(
            "the server closed the connection in mid-handshake: {} is probably wrong. {check}",
            if has_key(credential) { "the key or the identity" } else { "what was shown of ours" }
        )),
        Error::PeerAlert(Alert::HANDSHAKE_FAILURE | Alert::INSUFFICIENT_SECURITY) => {
            no_agreement(error, credential, check)
        }
        Error::PeerAlert(alert) if has_key(credential) && is_about_the_key(alert) => {
            Failure::Key(format!("{error}: the key or the identity is wrong. {check}"))
        }
        Error::PeerAlert(alert) if is_about_ours(alert) => {
            Failure::Key(format!("{error}: it does not accept what was shown of ours. {check}"))
        }
        Error::CertificateType(CertificateType::RAW_PUBLIC_KEY) => {
            Failure::Server(format!("{error}: trust its key with --trust SERVER.pem in place of -C"))
        }
        Error::CertificateType(CertificateType::X509) => {
            Failure::Server(format!("{error}: check its certificate with -C ANCHORS.pem in place of --trust"))
        }
        Error::Signature => Failure::Server(format!(
            "{error}: whoever answers does not hold the private key of what it showed, or the network changed the handshake."
        )),
        _ => Failure::Handshake(match protocol(error) {
            "" => error.to_string(),
            advice => format!("{error}: {advice}."),
        }),
    }
}

/// What is to be done about the errors that are no credential's.
fn protocol(error: Error) -> &'static str {
    match error {
        Error::PeerAlert(Alert::PROTOCOL_VERSION) | Error::Version(_) => "stint speaks DTLS 1.2 alone",
        Error::PeerAlert(_) => "its log tells more",
        Error::ExtendedMasterSecret => "it is RFC 7627. If the server cannot be mended, --allow-no-ems accepts it",
        Error::Timeout { flight: Flight::ClientHello, .. } => {
            "a firewall may drop its large datagrams, or its fragments"
        }
        Error::Group(_) => "the server must allow secp256r1 (prime256v1, P-256)",
        Error::SignatureScheme(_) => {
            "the server must sign with ECDSA, by a key on P-256 (or, with a certificate, P-384)"
        }
        Error::SuiteNotOffered(_)
        | Error::ExtensionNotOffered(_)
        | Error::Compression(_)
        | Error::CertificateType(_) => {
            "the server breaks the protocol (RFC 5246 7.4.1.3), or somebody changes datagrams on the way"
        }
        Error::Malformed(_) | Error::Unexpected(_) | Error::Extension(_) | Error::Point | Error::Finished => {
            "the server breaks the protocol, or somebody changes datagrams on the way; -v -v shows the bytes"
        }
        Error::ReassemblyTooSmall { .. } => {
            "its certificates are longer than stint takes: fewer of them, or shorter ones"
        }
        Error::ConnectionIdTooLong => "--cid none offers no Connection ID",
        Error::CookieTooLong => "stint cannot talk to this server",
        Error::Crypto => "the system gave no random numbers",
        _ => "",
    }
}

/// What is to be done about a certificate or a raw public key that was refused.
fn certificate(why: CertificateError) -> &'static str {
    match why {
        CertificateError::UnknownIssuer => {
            "is -C the root or an authority of this server, and does the server send the certificates between the two (leaf first)? \
             -C also takes one of the authorities between, or the server's own certificate"
        }
        CertificateError::BadSignature => {
            "the certificate was not made by the authority that it names: it is forged or damaged, or -C is an older certificate of the same name"
        }
        CertificateError::Expired | CertificateError::NotYetValid => {
            "is the system's clock right? The server needs a new certificate; until then --attime checks the dates as of another time, \
             and --no-check-time accepts what should not be accepted"
        }
        CertificateError::ClockUnknown => {
            "the system's clock stands before 1970: set it, or say the time with --attime"
        }
        CertificateError::WrongName => {
            "its subjectAltName must have the host of the URI, an address as iPAddress (wildcards and the common name do not count); \
             --name says which other name it has to be"
        }
        CertificateError::UnknownKey => {
            "if it is the right server its key has changed, or --trust is another server's: openssl pkey -pubout on the server makes the file anew"
        }
        CertificateError::Pin => "if it is the right server its key has changed, or --pin is another server's",
        CertificateError::Algorithm => {
            "stint verifies ECDSA on P-256 with SHA-256 and on P-384 with SHA-384, and RSA (PKCS #1 v1.5) of 2048 to 4096 bits. \
             Where only the upper authorities are of another kind, -C with the lowest one that is not makes them unnecessary"
        }
        CertificateError::CaAsLeaf => {
            "the server needs a certificate of its own; or trust just this one by giving it to -C (it is then the server's own key that counts)"
        }
        CertificateError::KeyUsage => {
            "the server's certificate needs keyUsage digitalSignature, its authorities' keyCertSign"
        }
        CertificateError::ExtendedKeyUsage => "the server's certificate needs extendedKeyUsage serverAuth",
        CertificateError::NotACa => "the certificate above must have basicConstraints CA:TRUE",
        CertificateError::PathLength | CertificateError::NameConstraints => {
            "the authority may not make this certificate: its own one says what it may"
        }
        CertificateError::UnknownCriticalExtension => {
            "the certificate asks for what stint cannot check (RFC 5280 4.2), such as policies: the server needs another one"
        }
        CertificateError::EmptyChain => "the server is to be given a certificate",
        CertificateError::Malformed | CertificateError::Version | CertificateError::AlgorithmMismatch => {
            "the server needs another one, of X.509 version 3 (openssl x509 -text shows what it has)"
        }
        CertificateError::TooComplex | CertificateError::TooManyCertificates | CertificateError::PeerStoreTooSmall => {
            "it is larger than stint takes; -C with an authority further down makes the chain shorter"
        }
        _ => "the server needs another one",
    }
}

/// The server answered that there is nothing in common: it says so, too, when it wanted a certificate and got none.
fn no_agreement(error: Error, credential: Option<&Credential>, check: String) -> Failure {
    let offered = suites::told(suites::offered(credential.map_or(&[], Credential::exchanges)));
    let common =
        format!("{error}: the server and stint have no cipher suite in common. The server must allow one of {offered}");
    match credential {
        Some(Credential::PreShared(..)) | None => Failure::Handshake(format!("{common}, and know a pre-shared key.")),
        Some(Credential::Certificates(_)) => Failure::Handshake(format!(
            "{common}, and have a certificate on P-256. Or it wants to see one of ours. {check}"
        )),
        Some(Credential::RawKeys(_)) => Failure::Handshake(format!(
            "{common}, and have a raw public key on P-256 (RFC 7250). Or it wants to see one of ours. {check}"
        )),
    }
}

fn has_key(credential: Option<&Credential>) -> bool {
    matches!(credential, Some(Credential::PreShared(..)) | None)
}

/// What of ours the server may not like.
fn what_to_check(credential: Option<&Credential>) -> String {
    match credential {
        Some(Credential::PreShared(..)) | None => {
            "Check -k (or --key-hex, --key-file) and -u against what the server knows.".into()
        }
        Some(Credential::Certificates(known)) if known.own.is_none() => {
            "If the server wants to see a certificate, give one with -c (and -j for its key).".into()
        }
        Some(Credential::Certificates(_)) => {
            "Does the server trust the authority of -c, does -c hold the authorities between (its own certificate first), is it within its dates and meant for clientAuth?".into()
        }
        Some(Credential::RawKeys(known)) if known.own.is_none() => {
            "If the server wants to see a raw public key, give the private one with -M.".into()
        }
        Some(Credential::RawKeys(_)) => "Does the server know the public key of -M (openssl pkey -pubout shows it)?".into(),
    }
}

/// What servers send when a Finished does not decrypt, or when they do not know the identity (RFC 4279 2).
fn is_about_the_key(alert: Alert) -> bool {
    const UNKNOWN_PSK_IDENTITY: Alert = Alert(115);
    matches!(alert, Alert::BAD_RECORD_MAC | Alert::DECRYPT_ERROR | UNKNOWN_PSK_IDENTITY | ACCESS_DENIED)
}

const ACCESS_DENIED: Alert = Alert(49);

/// What servers send when they do not accept a certificate or the signature that proves it (RFC 5246 7.2.2; 116: RFC 8446 6.2).
fn is_about_ours(alert: Alert) -> bool {
    matches!(alert, Alert(42..=46 | 48 | 116) | Alert::DECRYPT_ERROR | ACCESS_DENIED)
}

#[cfg(test)]
mod tests {
    use super::{Alert, CertificateError, Error, Failure, Flight, Peer, Target, certificate, dtls};

    #[test]
    fn each_way_to_refuse_a_key_is_told_as_the_key() {
        let target = Target::parse("coaps://h").unwrap();
        let wrong = [
            Error::Timeout { flight: Flight::Finished, peer: Peer::Repeated },
            Error::Timeout { flight: Flight::Finished, peer: Peer::Silent },
            Error::Finished,
            Error::PeerAlert(Alert(115)),
            Error::PeerAlert(Alert::CLOSE_NOTIFY),
            Error::PeerAlert(Alert::DECRYPT_ERROR),
            Error::PeerAlert(Alert::BAD_RECORD_MAC),
        ];
        for error in wrong {
            assert!(matches!(dtls(error, &target, None), Failure::Key(_)), "{error:?}");
        }
        let silent = Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent };
        assert!(matches!(dtls(silent, &target, None), Failure::NoAnswer(_)));
        assert!(matches!(dtls(Error::PeerAlert(Alert::HANDSHAKE_FAILURE), &target, None), Failure::Handshake(_)));
    }
    #[test]
    fn each_rule_of_certificates_says_what_to_do() {
        let expired = certificate(CertificateError::Expired);
        assert!(expired.contains("clock") && expired.contains("--no-check-time"));
        assert!(certificate(CertificateError::WrongName).contains("--name"));
        assert!(certificate(CertificateError::UnknownIssuer).contains("-C"));
        assert!(certificate(CertificateError::UnknownKey).contains("--trust"));
        assert!(certificate(CertificateError::Pin).contains("--pin"));
    }
}
