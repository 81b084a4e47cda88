//! The servers, and what is tried with each: what it can do, as far as it was seen to.

use crate::cell::{Cell, Feature, Server, Talk};
use std::process::Command;
use stint_lab::build_peers;
use stint_lab::credentials::under_rsa;
use stint_lab::parties::Who;
use stint_lab::peers::{Clients, Libcoap, Openssl, Peer, Shows, Suite};
use stint_lab::setup::output;

use Feature::{
    Alpn, ConnectionId, Exporter, Fragments, MaxFragment, P384, Plain, RecordLimit, Rsa, SessionId, Ticket,
    TicketConnectionId, UnderP384,
};

const PSK: &[Who] = &[Who::Psk];
const ECDHE_PSK: &[Who] = &[Who::EcdhePsk];
const X509: &[Who] = &[Who::X509, Who::X509Mutual];
const RAW: &[Who] = &[Who::RawKey, Who::RawKeyMutual];
const PSK_SUITES: &[Suite] = &[Suite::Ccm8, Suite::Ccm, Suite::Gcm, Suite::ChaCha];
const ECDSA_SUITES: &[Suite] = &[Suite::EcdsaCcm8, Suite::EcdsaCcm, Suite::EcdsaGcm, Suite::EcdsaChaCha];

static SERVERS: [Server; 8] = [
    Server {
        name: "libcoap, OpenSSL",
        origin: "`coap-server-openssl` of Debian's libcoap3-bin",
        version: || debian("libcoap3-bin"),
        talk: Talk::Coap,
        start: |who, suite, _| libcoap(Libcoap::Openssl, who, suite),
        rows: &[
            (PSK, PSK_SUITES, &[Plain]),
            (ECDHE_PSK, &[Suite::EcdhePskChaCha], &[Plain]),
            (X509, ECDSA_SUITES, &[Plain]),
        ],
    },
    Server {
        name: "libcoap, GnuTLS",
        origin: "`coap-server-gnutls` of Debian's libcoap3-bin",
        version: || debian("libcoap3-bin"),
        talk: Talk::Coap,
        start: |who, suite, _| libcoap(Libcoap::Gnutls, who, suite),
        rows: &[(PSK, PSK_SUITES, &[Plain]), (X509, ECDSA_SUITES, &[Plain]), (RAW, ECDSA_SUITES, &[Plain])],
    },
    Server {
        name: "OpenSSL 3.0",
        origin: "`s_server` of Debian's openssl",
        version: || debian("openssl"),
        talk: Talk::Typed,
        start: |who, suite, feature| openssl(Openssl::Debian, who, suite, feature),
        rows: &[
            (PSK, PSK_SUITES, &[Plain, MaxFragment, SessionId, Ticket, Alpn, Exporter]),
            (ECDHE_PSK, &[Suite::EcdhePskChaCha], &[Plain, MaxFragment, SessionId, Ticket, Alpn, Exporter]),
            (X509, ECDSA_SUITES, &[Plain, Fragments, MaxFragment, SessionId, Ticket, Exporter]),
            (&[Who::X509Mutual], &[Suite::EcdsaCcm8], &[Alpn, UnderP384, P384, Rsa]),
        ],
    },
    Server {
        name: "OpenSSL 3.6",
        origin: "`s_server` of crate openssl-src, built",
        version: || Ok(build_peers::OPENSSL.carries.to_owned()),
        talk: Talk::Typed,
        start: |who, suite, feature| openssl(Openssl::Built, who, suite, feature),
        rows: &[
            (RAW, ECDSA_SUITES, &[Plain]),
            (RAW, &[Suite::EcdsaCcm8], &[MaxFragment, SessionId, Ticket, Alpn, Exporter]),
            (X509, ECDSA_SUITES, &[Plain]),
            (&[Who::X509Mutual], &[Suite::EcdsaCcm8], &[Fragments, MaxFragment, SessionId, Ticket, UnderP384]),
            (PSK, PSK_SUITES, &[Plain]),
            (ECDHE_PSK, &[Suite::EcdhePskChaCha], &[Plain]),
        ],
    },
    Server {
        name: "GnuTLS",
        origin: "`gnutls-serv` of Debian's gnutls-bin",
        version: || debian("gnutls-bin"),
        talk: Talk::Echo,
        start: gnutls,
        rows: &[
            (PSK, PSK_SUITES, &[Plain, MaxFragment, RecordLimit, SessionId, Ticket]),
            (ECDHE_PSK, &[Suite::EcdhePskChaCha], &[Plain, MaxFragment, RecordLimit, SessionId, Ticket, Alpn]),
            (X509, ECDSA_SUITES, &[Plain, Fragments, MaxFragment, RecordLimit, SessionId, Ticket]),
            (&[Who::X509Mutual], &[Suite::EcdsaCcm8], &[Alpn, UnderP384, P384, Rsa]),
            (RAW, ECDSA_SUITES, &[Plain, MaxFragment, RecordLimit, SessionId, Ticket]),
        ],
    },
    Server {
        name: "Mbed TLS",
        origin: "`ssl_server2` of crate psa-crypto-sys, built",
        version: || Ok(build_peers::MBEDTLS.carries.to_owned()),
        talk: Talk::Http,
        start: mbedtls,
        rows: &[
            (PSK, PSK_SUITES, &[Plain, ConnectionId, MaxFragment, SessionId, Ticket, TicketConnectionId]),
            (
                ECDHE_PSK,
                &[Suite::EcdhePskChaCha],
                &[Plain, ConnectionId, MaxFragment, SessionId, Ticket, TicketConnectionId],
            ),
            (X509, ECDSA_SUITES, &[Plain, ConnectionId, Fragments, MaxFragment, SessionId, Ticket, TicketConnectionId]),
            (&[Who::X509Mutual], &[Suite::EcdsaCcm8], &[Alpn, UnderP384, P384, Rsa]),
        ],
    },
    Server {
        name: "wolfSSL",
        origin: "example server of crate wolfssl-sys, built",
        version: || Ok(build_peers::WOLFSSL.carries.to_owned()),
        talk: Talk::Echo,
        start: wolfssl,
        rows: &[
            (PSK, PSK_SUITES, &[Plain, ConnectionId, SessionId, Ticket, TicketConnectionId]),
            (
                ECDHE_PSK,
                &[Suite::EcdhePskGcm, Suite::EcdhePskChaCha],
                &[Plain, ConnectionId, SessionId, Ticket, TicketConnectionId],
            ),
            (X509, ECDSA_SUITES, &[Plain, ConnectionId, MaxFragment, SessionId, Ticket, TicketConnectionId]),
            // asked for an application protocol, the example ends after the handshake
            (&[Who::X509Mutual], &[Suite::EcdsaCcm8], &[UnderP384, P384, Rsa]),
        ],
    },
    Server {
        name: "pion/dtls",
        origin: "a server of ours on Debian's golang-github-pion-dtls.v2-dev",
        version: || debian("golang-github-pion-dtls.v2-dev"),
        talk: Talk::Echo,
        start: pion,
        rows: &[
            (PSK, &[Suite::Ccm8, Suite::Ccm, Suite::Gcm], &[Plain, SessionId]),
            (X509, &[Suite::EcdsaCcm8, Suite::EcdsaCcm, Suite::EcdsaGcm], &[Plain, Fragments]),
            // where the client shows a certificate, it does not resume
            (&[Who::X509], &[Suite::EcdsaCcm8, Suite::EcdsaCcm, Suite::EcdsaGcm], &[SessionId]),
            (&[Who::X509Mutual], &[Suite::EcdsaCcm8], &[Alpn, UnderP384, P384, Rsa]),
        ],
    },
];

/// All cells, server by server.
pub(crate) fn cells() -> Vec<Cell> {
    SERVERS.iter().flat_map(Server::cells).collect()
}

/// The servers.
pub(crate) fn all() -> &'static [Server] {
    &SERVERS
}

/// The version of what a Debian package has, without Debian's own part.
fn debian(package: &str) -> Result<String, String> {
    let version =
        output(Command::new("dpkg-query").args(["--show", "--showformat=${source:Upstream-Version}", package]))?;
    Ok(version.trim().to_owned())
}

fn shows(who: Who, holder: &'static str) -> Shows {
    match who {
        Who::Psk | Who::EcdhePsk => Shows::Key,
        Who::RawKey => Shows::RawKey(holder, Clients::Anybody),
        Who::RawKeyMutual => Shows::RawKey(holder, Clients::Known),
        Who::X509 => Shows::Chain(holder, Clients::Anybody),
        Who::X509Mutual => Shows::Chain(holder, Clients::Known),
    }
}

fn usual(who: Who, feature: Feature) -> Result<Shows, String> {
    Ok(shows(
        who,
        match feature {
            UnderP384 | P384 => "server-under-p384",
            Rsa => under_rsa().map(|_| "server-under-rsa")?,
            _ => "server",
        },
    ))
}

fn libcoap(library: Libcoap, who: Who, _suite: Suite) -> Result<Peer, String> {
    Peer::libcoap_shows(library, shows(who, "server-of-root"), &[])
}

fn openssl(openssl: Openssl, who: Who, suite: Suite, feature: Feature) -> Result<Peer, String> {
    let arguments: &[&str] = match feature {
        Fragments => &["-mtu", "300"],
        SessionId => &["-no_ticket"],
        Alpn => &["-alpn", "co"],
        Exporter => &["-keymatexport", "EXPERIMENTAL stint", "-keymatexportlen", "32"],
        _ => &[],
    };
    Peer::openssl_shows(openssl, suite, usual(who, feature)?, arguments)
}

fn gnutls(who: Who, suite: Suite, feature: Feature) -> Result<Peer, String> {
    let arguments: &[&str] = match feature {
        Fragments => &["--mtu", "300"],
        SessionId => &["--noticket"],
        Alpn => &["--alpn", "co"],
        RecordLimit => &["--recordsize", "600"],
        _ => &[],
    };
    Peer::gnutls_shows(suite, usual(who, feature)?, arguments)
}

fn mbedtls(who: Who, suite: Suite, feature: Feature) -> Result<Peer, String> {
    let arguments: &[&str] = match feature {
        Fragments => &["mtu=300", "dgram_packing=0"],
        ConnectionId => &["cid=1", "cid_val=beef"],
        SessionId => &["tickets=0"],
        Ticket => &["tickets=1", "cache_max=0"],
        TicketConnectionId => &["tickets=1", "cache_max=0", "cid=1", "cid_val=beef"],
        Alpn => &["alpn=co"],
        _ => &[],
    };
    Peer::mbedtls_shows(suite, usual(who, feature)?, arguments)
}

fn wolfssl(who: Who, suite: Suite, feature: Feature) -> Result<Peer, String> {
    let arguments: &[&str] = match feature {
        ConnectionId => &["--cid", "beef"],
        SessionId => &["-r", "-T", "a"],
        Ticket => &["-r"],
        TicketConnectionId => &["-r", "--cid", "beef"],
        _ => &[],
    };
    Peer::wolfssl(suite, usual(who, feature)?, arguments)
}

fn pion(who: Who, suite: Suite, feature: Feature) -> Result<Peer, String> {
    let arguments: &[&str] = match feature {
        // it counts without the 25 bytes of the two headers
        Fragments => &["-mtu", "275"],
        SessionId => &["-resume"],
        Alpn => &["-alpn", "co"],
        _ => &[],
    };
    Peer::pion(suite, usual(who, feature)?, arguments)
}
