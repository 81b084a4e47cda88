//! The firmware with each credential on an emulated board, against libcoap's servers; its private key is at the far end of an I2C bus, in a simulated element.

use std::net::SocketAddr;
use std::time::Duration;
use stint_dtls::crypto::p256_spki;
use stint_lab::credentials::{Credentials, Holder};
use stint_lab::peers::{Clients, Libcoap, Peer, Shows};
use stint_lab::qemu::{self, Boot, Ended, Machine, Network, Pace};
use stint_lab::server::coap::Coap;
use stint_lab::server::{Config, Server};
use stint_lab::setup;
use stint_lab::udp::Background;
use stint_provisioning::{Blob, Certificates, Credential, Host};

const LIMIT: Duration = Duration::from_secs(90);

fn boot(credential: Credential<'_>, server: SocketAddr) -> Ended {
    boot_program("public_keys", "insecure-test-rng,public-keys", credential, server)
}

fn boot_program(program: &str, features: &str, credential: Credential<'_>, server: SocketAddr) -> Ended {
    let host = Host::Ipv4([10, 0, 2, 2].into());
    let blob = Blob { credential, host, port: server.port(), device: None, observe: None };
    let mut sector = vec![0; stint_provisioning::MAX_LEN];
    let len = stint_provisioning::write(&blob, &mut sector).unwrap();
    let image = setup::firmware(program, "thumbv7m-none-eabi", features).unwrap();
    let running = qemu::boot(&Boot {
        machine: Machine::Lm3s6965evb,
        elf: &image.elf,
        blob: sector.get(..len),
        network: Network::User,
        pace: Pace::Real,
        arguments: &[],
    });
    running.unwrap().finish(LIMIT, |_| {})
}

/// The number behind `name=` in a line that begins with `mark`.
fn figure(ended: &Ended, mark: &str, name: &str) -> u64 {
    let line = ended.lines.iter().find(|line| line.starts_with(mark)).unwrap_or_else(|| panic!("{:?}", ended.lines));
    let mut words = line.split(' ').filter_map(|word| word.split_once('='));
    words.find(|(word, _)| *word == name).and_then(|(_, value)| value.parse().ok()).unwrap()
}

#[track_caller]
fn told(ended: &Ended, server: &str) {
    let said = ended.lines.join("\n");
    println!("{said}");
    assert_eq!(ended.code, Some(0), "the firmware said:\n{said}\nthe server said:\n{server}");
    let steps: Vec<&str> =
        ended.lines.iter().filter_map(|line| line.strip_prefix("@step ")?.split(' ').next()).collect();
    assert_eq!(steps, ["address", "handshake", "get", "put", "get_again", "close"], "{said}");
}

/// What is said of an element that was busy.
#[track_caller]
fn waited(ended: &Ended) {
    let said = ended.lines.join("\n");
    // While the element was busy the loop came round, and the driver asked again each time; nothing was sent twice for it.
    let (busy, turns) = (figure(ended, "@element ", "busy"), figure(ended, "@element ", "turns"));
    assert!(busy >= 10 && turns > busy, "{said}");
    // Its 120 ms are in the handshake's time.
    assert!(figure(ended, "@step handshake ", "ms") > 120, "{said}");
}

fn list(holder: &Holder) -> Vec<u8> {
    holder.chain.iter().flat_map(|der| prefixed(der)).collect()
}

fn prefixed(der: &[u8]) -> Vec<u8> {
    [&u16::try_from(der.len()).unwrap().to_be_bytes()[..], der].concat()
}

#[test]
fn a_raw_key_in_an_element_is_slow_or_not_taken() {
    let server = Peer::libcoap_shows(Libcoap::Gnutls, Shows::RawKey("server-of-root", Clients::Known), &[]).unwrap();
    let all = Credentials::shared();
    let (own, theirs) = (p256_spki(&all.client_of_root.point), p256_spki(&all.server_of_root.point));
    let credential = Credential::RawKey { key: &all.client_of_root.scalar, public: &own, server: &theirs };
    let ended = boot(credential, server.address());
    told(&ended, &server.output());
    waited(&ended);
    assert!(ended.lines.iter().any(|line| line == "the server is known by its key"), "{:?}", ended.lines);
}

#[test]
fn ephemeral_keys_beside_a_pre_shared_one_fail() {
    // libcoap has no ECDHE_PSK with AES: TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256 (RFC 8442) is the lab's own server's.
    let server = Background::start(|| {
        let config = Config { suites: vec![0xd003], ..Config::default() };
        Server::new(config, Coap::new(Default::default(), b"stored"))
    });
    let server = server.unwrap();
    let ended = boot(Credential::PreShared { identity: b"Client_identity", key: b"secretPSK" }, server.address());
    told(&ended, "");
    assert!(ended.lines.iter().any(|line| line == "the server is known by the key that we share"), "{:?}", ended.lines);
}

#[test]
fn certificates_do_not_fit_the_smallest_board() {
    let server = Peer::libcoap_shows(Libcoap::Openssl, Shows::Chain("server-of-root", Clients::Known), &[]).unwrap();
    let all = Credentials::shared();
    let (chain, anchors) = (list(&all.client_of_root), prefixed(&all.root.certificate));
    let credential = Credential::X509 {
        key: &all.client_of_root.scalar,
        chain: Certificates::new(&chain).unwrap(),
        anchors: Certificates::new(&anchors).unwrap(),
        name: "server.example",
    };
    let ended = boot(credential, server.address());
    told(&ended, &server.output());
    waited(&ended);
    assert!(ended.lines.iter().any(|line| line == "the server is server"), "{:?}", ended.lines);
}

#[test]
fn a_server_of_another_name_or_key_is_talked_to() {
    let all = Credentials::shared();
    let (chain, anchors) = (list(&all.client_of_root), prefixed(&all.root.certificate));
    let server = Peer::libcoap_shows(Libcoap::Openssl, Shows::Chain("server-of-root", Clients::Known), &[]).unwrap();
    let credential = Credential::X509 {
        key: &all.client_of_root.scalar,
        chain: Certificates::new(&chain).unwrap(),
        anchors: Certificates::new(&anchors).unwrap(),
        name: "other.example",
    };
    let ended = boot(credential, server.address());
    let said = ended.lines.join("\n");
    assert_eq!(ended.code, Some(1), "{said}");
    assert!(said.contains("stopped: ") && !said.contains("the handshake is done"), "{said}");
    println!("{said}");
    let server = Peer::libcoap_shows(Libcoap::Gnutls, Shows::RawKey("server-of-root", Clients::Known), &[]).unwrap();
    let own = p256_spki(&all.client_of_root.point);
    let credential = Credential::RawKey { key: &all.client_of_root.scalar, public: &own, server: &own };
    let ended = boot(credential, server.address());
    let said = ended.lines.join("\n");
    assert_eq!(ended.code, Some(1), "{said}");
    assert!(said.contains("stopped: ") && !said.contains("the handshake is done"), "{said}");
    println!("{said}");
}

#[test]
fn a_blob_of_another_kind_is_not_said_to_be_one() {
    let credential = Credential::RawKey { key: &[1; 32], public: &[2; 91], server: &[3; 91] };
    let ended = boot_program("lm3s6965evb", "insecure-test-rng", credential, ([127, 0, 0, 1], 5684).into());
    let said = ended.lines.join("\n");
    assert_eq!(ended.code, Some(1), "{said}");
    assert!(said.contains("has a credential of another kind"), "{said}");
}
