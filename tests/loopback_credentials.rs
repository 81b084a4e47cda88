//! The lab's own server with public keys, tried against implementations that are not ours before it judges one that is.

use std::process::Command;
use stint_lab::credentials::Credentials;
use stint_lab::peers::scratch;
use stint_lab::server::{
    Asked, Authority, Clients, Config, Credential, Cut, Echo, Key, Kx, Server, Shape, Tickets, suites,
};
use stint_lab::udp::{serve_process, with_process};

/// OpenSSL's names of suites.
const NAMES: [(u16, &str); 9] = [
    (0xC0A8, "PSK-AES128-CCM8"),
    (0xC0A4, "PSK-AES128-CCM"),
    (0x00A8, "PSK-AES128-GCM-SHA256"),
    (0xCCAB, "PSK-CHACHA20-POLY1305"),
    (0xCCAC, "ECDHE-PSK-CHACHA20-POLY1305"),
    (0xC0AE, "ECDHE-ECDSA-AES128-CCM8"),
    (0xC0AC, "ECDHE-ECDSA-AES128-CCM"),
    (0xC02B, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    (0xCCA9, "ECDHE-ECDSA-CHACHA20-POLY1305"),
];

fn openssl(suite: &str, port: u16) -> Command {
    let mut c = Command::new("openssl");
    c.args(["s_client", "-4", "-dtls1_2", "-cipher", &format!("{suite}:@SECLEVEL=0"), "-connect"])
        .arg(format!("127.0.0.1:{port}"));
    c
}

#[test]
fn openssl_and_the_loopback_server_differ_about_a_suite_with_a_key() {
    for (suite, name) in NAMES.into_iter().filter(|s| !suites(Kx::EcdheEcdsa).contains(&s.0)) {
        for (hint, cut) in [(None, Cut::Whole), (Some(b"a hint".to_vec()), Cut::At(11))] {
            let shape = Shape { cut, ..Config::default().shape };
            let config = Config { suites: vec![suite], hint, shape, ..Config::default() };
            let (server, text) = with_process(config, Echo, |port| {
                let mut c = openssl(name, port);
                c.args(["-psk", "73656372657450534b", "-psk_identity", "Client_identity"]);
                c
            });
            assert_eq!(server.seen.data, [b"hello from the client\n"], "{name} {:?}\n{text}", server.seen);
        }
    }
}

fn chain() -> Credential {
    let issuing = Authority::root("root", 1).under("issuing", 2);
    let key = Key::seeded(3);
    Credential::Chain(vec![issuing.issue("localhost", &key, |_| ()), issuing.certificate], key)
}

#[test]
fn openssl_and_the_loopback_server_differ_about_a_suite_with_a_certificate() {
    for (suite, name) in NAMES.into_iter().filter(|s| suites(Kx::EcdheEcdsa).contains(&s.0)) {
        for cut in [Cut::Whole, Cut::At(100), Cut::Random] {
            let shape = Shape { cut, mtu: 400, ..Config::default().shape };
            let config = Config { suites: vec![suite], credential: chain(), shape, ..Config::default() };
            let (server, text) = with_process(config, Echo, |port| openssl(name, port));
            assert_eq!(server.seen.data, [b"hello from the client\n"], "{name} {:?}\n{text}", server.seen);
        }
    }
}

#[test]
fn openssls_certificate_or_its_absence_is_misread() {
    let key = Key::seeded(5);
    let folder = scratch("loopback-client").unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let certificate = Authority::root("root", 1).issue("client", &key, |_| ());
    std::fs::write(path("client.der"), &certificate).unwrap();
    std::fs::write(path("client.key"), key.pkcs8()).unwrap();
    for (clients, shows) in [(Clients::required(), true), (Clients::optional(), true), (Clients::optional(), false)] {
        let config = Config { suites: vec![0xC0AE], credential: chain(), clients, ..Config::default() };
        let (server, text) = with_process(config, Echo, |port| {
            let mut c = openssl("ECDHE-ECDSA-AES128-CCM8", port);
            if shows {
                c.args(["-certform", "DER", "-cert", &path("client.der"), "-keyform", "DER"]);
                c.args(["-key", &path("client.key")]);
            }
            c
        });
        assert_eq!(server.seen.data, [b"hello from the client\n"], "{:?}\n{text}", server.seen);
        assert_eq!((server.seen.verified, server.seen.unverified), (u64::from(shows), 0));
        let shown = server.association().unwrap().client;
        assert_eq!(shown, if shows { vec![certificate.clone()] } else { Vec::new() });
    }
}

#[test]
fn openssl_cannot_resume_a_session() {
    let folder = scratch("loopback-resume").unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let renew = Some(Tickets { renew: true, filler: 700, ..Tickets::default() });
    for (session_ids, tickets, cut) in [
        (true, None, Cut::Whole),
        (false, Some(Tickets::default()), Cut::Whole),
        (false, renew.clone(), Cut::At(50)),
        (true, renew, Cut::Random),
    ] {
        for (suite, name) in [(0xC0A8, "PSK-AES128-CCM8"), (0xC02B, "ECDHE-ECDSA-AES128-GCM-SHA256")] {
            let shape = Shape { cut, ..Config::default().shape };
            let tickets = tickets.clone();
            let config =
                Config { suites: vec![suite], credential: chain(), session_ids, tickets, shape, ..Config::default() };
            let mut server = Server::new(config, Echo);
            for round in 0..3 {
                let text = serve_process(&mut server, |port| {
                    let mut c = openssl(name, port);
                    c.args(["-psk", "73656372657450534b", "-psk_identity", "Client_identity"]);
                    c.args(["-sess_out", &path("session")]);
                    if round > 0 {
                        c.args(["-sess_in", &path("session")]);
                    }
                    c
                });
                assert_eq!(server.seen.data, [b"hello from the client\n"], "{name} {:?}\n{text}", server.seen);
                assert_eq!(server.seen.resumed, round, "{name} {text}");
                assert_eq!(server.association().unwrap().resumed, round > 0);
            }
        }
    }
}

#[test]
fn openssl_is_told_another_protocol_or_a_longer_record() {
    let config = Config {
        suites: vec![0xC0AC],
        credential: chain(),
        protocols: vec![b"co".to_vec(), b"h2".to_vec()],
        ..Config::default()
    };
    let (server, text) = with_process(config, Echo, |port| {
        let mut c = openssl("ECDHE-ECDSA-AES128-CCM", port);
        c.args(["-alpn", "h2,co", "-maxfraglen", "512", "-servername", "server.example"]);
        c
    });
    assert_eq!(server.seen.data, [b"hello from the client\n"], "{:?}\n{text}", server.seen);
    assert!(text.contains("ALPN protocol: co"), "{text}");
    assert_eq!(server.association().unwrap().protocol.unwrap(), b"co");
    assert_eq!(server.seen.oversized, 0);
}

#[test]
fn gnutls_and_the_loopback_server_differ_about_raw_keys() {
    let files = Credentials::files().unwrap();
    let client = &Credentials::shared().client;
    let spki = Key::new(&client.scalar).spki();
    for (suite, name) in [(0xC0AE, "AES-128-CCM-8"), (0xC0AC, "AES-128-CCM"), (0xC02B, "AES-128-GCM")] {
        for clients in [Clients::default(), Clients::required()] {
            let asked = clients.asked != Asked::Never;
            let credential = Credential::RawKey(Key::seeded(3));
            let config = Config { suites: vec![suite], credential, clients, ..Config::default() };
            let (server, text) = with_process(config, Echo, |port| {
                let mut c = Command::new("gnutls-cli");
                let priority = "NONE:+VERS-DTLS1.2:+SIGN-ALL:+GROUP-ALL:+COMP-NULL:+AEAD:+ECDHE-ECDSA";
                c.args(["--udp", "--no-ca-verification", "--priority"])
                    .arg(format!("{priority}:+{name}:+CTYPE-SRV-RAWPK:+CTYPE-CLI-RAWPK"))
                    .args(["--rawpkkeyfile", &files.path("client.key"), "--rawpkfile", &files.path("client.pub")])
                    .args(["-p", &port.to_string(), "127.0.0.1"]);
                c
            });
            assert_eq!(server.seen.data, [b"hello from the client\n"], "{name} {:?}\n{text}", server.seen);
            let shown = if asked { vec![spki.clone()] } else { Vec::new() };
            assert_eq!(server.association().unwrap().client, shown);
        }
    }
}
