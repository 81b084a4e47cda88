//! From an error to a sentence that says what to do.

use crate::exit::Failure;
use crate::uri::Target;
use std::io;
use stint_dtls::{Alert, Error, Flight, Peer};
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

/// The pump gave up.
pub(crate) fn pump(error: PumpError<io::Error>, target: &Target) -> Failure {
    match error {
        PumpError::Transport(error) => Failure::local(format!("{} port {}", target.host, target.port), error),
        PumpError::Dtls(error) => dtls(error, target),
        other => Failure::Handshake(other.to_string()),
    }
}

fn dtls(error: Error, target: &Target) -> Failure {
    const KEY: &str = "Check -k (or --key-hex, --key-file) and -u against what the server knows.";
    match error {
        Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent } => no_answer(target),
        Error::Timeout { flight: Flight::Finished, peer: Peer::Repeated } | Error::Finished => {
            Failure::Key(format!("{error}. {KEY}"))
        }
        Error::Timeout { flight: Flight::Finished, .. } => {
            Failure::Key(format!("{error}: the key or the identity is probably wrong, or the network went away. {KEY}"))
        }
        // GnuTLS's way to give up on a Finished that it could not read.
        Error::PeerAlert(Alert::CLOSE_NOTIFY) => Failure::Key(format!(
            "the server closed the connection in mid-handshake: the key or the identity is probably wrong. {KEY}"
        )),
        Error::PeerAlert(alert) if is_about_the_key(alert) => {
            Failure::Key(format!("{error}: the key or the identity is wrong. {KEY}"))
        }
        Error::PeerAlert(Alert::HANDSHAKE_FAILURE | Alert::INSUFFICIENT_SECURITY) => Failure::Handshake(format!(
            "{error}: the server and stint have no cipher suite in common. The server must allow TLS_PSK_WITH_AES_128_CCM_8 or TLS_PSK_WITH_AES_128_CCM, and know a pre-shared key."
        )),
        Error::PeerAlert(Alert::PROTOCOL_VERSION) | Error::Version(_) => {
            Failure::Handshake(format!("{error}: stint speaks DTLS 1.2 alone."))
        }
        Error::ExtendedMasterSecret => Failure::Handshake(format!(
            "{error} (RFC 7627). If the server cannot be mended, --allow-no-ems accepts it."
        )),
        _ => Failure::Handshake(error.to_string()),
    }
}

/// What servers send when a Finished does not decrypt, or when they do not know the identity (RFC 4279 2).
fn is_about_the_key(alert: Alert) -> bool {
    const UNKNOWN_PSK_IDENTITY: Alert = Alert(115);
    const ACCESS_DENIED: Alert = Alert(49);
    matches!(alert, Alert::BAD_RECORD_MAC | Alert::DECRYPT_ERROR | UNKNOWN_PSK_IDENTITY | ACCESS_DENIED)
}

#[cfg(test)]
mod tests {
    use super::{Alert, Error, Failure, Flight, Peer, Target, dtls};

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
            assert!(matches!(dtls(error, &target), Failure::Key(_)), "{error:?}");
        }
        let silent = Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent };
        assert!(matches!(dtls(silent, &target), Failure::NoAnswer(_)));
        assert!(matches!(dtls(Error::PeerAlert(Alert::HANDSHAKE_FAILURE), &target), Failure::Handshake(_)));
    }
}
