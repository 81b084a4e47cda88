//! The lab's own server with public keys, tried against implementations that are not ours before it judges one that is.

use std::process::Command;
use stint_lab::server::{Authority, Config, Credential, Cut, Echo, Key, Kx, Shape, suites};
use stint_lab::udp::with_process;

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
