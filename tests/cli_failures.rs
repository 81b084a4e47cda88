//! `stint` when things go wrong: what it says, how soon, and with which exit code.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{Scratch, Site, stint};
use std::net::UdpSocket;
use std::time::Duration;
use stint_lab::peers::{Libcoap, Peer, Suite};

const SOON: Duration = Duration::from_secs(20);
const CREDENTIAL: [&str; 4] = ["-k", "secretPSK", "-u", "Client_identity"];

#[test]
fn a_wrong_key_is_said_within_20_seconds() {
    std::thread::scope(|scope| {
        for library in [Libcoap::Openssl, Libcoap::Gnutls] {
            scope.spawn(move || {
                let site = Site::start(library);
                let uri = site.uri("time");
                let ran = stint(&["get", &uri, "-k", "not the key", "-u", "Client_identity"]).ends(5);
                assert!(ran.err.contains("the key or the identity"), "{library:?}: {}", ran.err);
                assert!(ran.took < SOON, "{library:?}: {:?}", ran.took);
                site.stint("get", "time", &[]).ends(0);
            });
        }
    });
}

#[test]
fn an_unknown_identity_is_said_within_20_seconds() {
    let peer = Peer::mbedtls(Suite::Ccm8, &[]).unwrap();
    let uri = format!("coaps://{}/", peer.address());
    let ran = stint(&["get", &uri, "-k", "secretPSK", "-u", "nobody"]).ends(5);
    assert!(ran.err.contains("unknown_psk_identity") && ran.err.contains("-u"), "{}", ran.err);
    assert!(ran.took < SOON, "{:?}", ran.took);
}

#[test]
fn a_silent_server_is_told_from_a_closed_port() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    std::thread::scope(|scope| {
        for scheme in ["coap", "coaps"] {
            scope.spawn(move || {
                let uri = format!("{scheme}://{address}/");
                let ran = stint(&[&["get", &uri, "-B", "16"], &CREDENTIAL[..]].concat()).ends(3);
                assert!(ran.err.contains("no answer"), "{}", ran.err);
                assert!(ran.took < SOON, "{:?}", ran.took);
            });
            let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            scope.spawn(move || {
                let uri = format!("{scheme}://{closed}/");
                let ran = stint(&[&["get", &uri], &CREDENTIAL[..]].concat()).ends(4);
                assert!(ran.err.contains("refused: nobody listens"), "{}", ran.err);
                // After the second refusal: 3 s and a random part at most.
                assert!(ran.took < Duration::from_secs(5), "{:?}", ran.took);
            });
        }
    });
}

#[test]
fn a_server_without_a_suite_in_common_refuses_and_is_told() {
    // It has certificates' suites alone.
    let peer = Peer::openssl(Suite::Ccm8, false, &["-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]).unwrap();
    let uri = format!("coaps://{}/", peer.address());
    let ran = stint(&[&["get", &uri], &CREDENTIAL[..]].concat()).ends(6);
    assert!(ran.err.contains("handshake_failure") && ran.err.contains("TLS_PSK_WITH_AES_128_CCM_8"), "{}", ran.err);
}

#[test]
fn what_cannot_be_meant_is_told_before_anything_is_sent() {
    for (arguments, word) in [
        (&["get", "http://h/"][..], "coap"),
        (&["get", "coaps://127.0.0.1/"], "-k"),
        (&["get", "coaps://127.0.0.1/", "-k", "key"], "-u"),
        (&["get", "coaps://127.0.0.1/", "--key-hex", "0g", "-u", "u"], "--key-hex"),
        (&["get", "coaps://127.0.0.1/", "-k", "k", "-u", "u", "--cid", "xyz"], "--cid"),
        (&["get", "coap://127.0.0.1/", "-b", "100"], "16"),
        (&["get", "coap://127.0.0.1/", "-O", "11"], "-O"),
        (&["get", "coap://127.0.0.1/", "-O", "12,0xf"], "-O"),
        (&["get", "coap://127.0.0.1/", "-A", "no-such-format"], "-A"),
        (&["get", "coap://127.0.0.1/", "-O", "no-such=1"], "no-such"),
        (&["get", "coap://127.0.0.1/", "-O", "Max-Age=soon"], "number"),
        (&["get", "coap://127.0.0.1/", "--etag", "0g"], "--etag"),
        (&["get", "coap://127.0.0.1/", "--no-response=3"], "2, 4 and 5"),
        (&["get", "coap://127.0.0.1/", "-H", "0"], "1..=255"),
        (&["get", "coap://127.0.0.1/", "--ack-timeout", "soon"], "seconds"),
        (&["get", "coap://127.0.0.1/a", "/b", "-o", "file"], "stint run"),
        (&["get", "coap://127.0.0.1/a", "coap://127.0.0.2/b"], "all go to"),
        (&["get", "coap://127.0.0.1/", "-P", "coap://h/path"], "--proxy"),
        (&["get", "coap://[::1]/", "-a", "127.0.0.1"], "family"),
        (&["discover", "coap://127.0.0.1/", "-q", "rt"], "NAME=VALUE"),
        (&["get"], "URI"),
    ] {
        let ran = stint(arguments).ends(2);
        assert!(ran.err.contains(word), "{arguments:?}: {}", ran.err);
        assert!(ran.took < Duration::from_secs(5));
    }
    stint(&["put", "coap://127.0.0.1/", "-f", "/no/such/file"]).ends(1);
    stint(&["get", "coap://no-such-host.invalid/"]).ends(1);
}

#[test]
fn a_blob_gives_the_server_and_the_credential_and_never_shows_its_key() {
    let site = Site::start(Libcoap::Openssl);
    let blob = Scratch::new("blob");
    let uri = site.uri("");
    let write =
        ["blob", &uri, "-o", blob.path(), "--observe", "time", "--address", "10.0.2.15/24", "--gateway", "10.0.2.2"];
    stint(&[&write[..], &CREDENTIAL].concat()).ends(0);
    let shown = stint(&["blob", "--show", blob.path()]).ends(0).text();
    assert!(shown.contains("Client_identity") && shown.contains("10.0.2.15/24") && shown.contains("/time"), "{shown}");
    assert!(!shown.contains("secretPSK") && !shown.contains("736563726574"), "{shown}");
    stint(&["get", "--blob", blob.path()]).ends(0);
    let example = site.uri("example_data");
    stint(&["get", &example, "--blob", blob.path()]).ends(0);
    let mut bytes = std::fs::read(&blob.0).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&blob.0, bytes).unwrap();
    assert!(stint(&["get", "--blob", blob.path()]).ends(1).err.contains("damaged"));
}

#[test]
fn verbose_shows_the_handshake_and_the_key_log_has_its_secret() {
    let site = Site::start(Libcoap::Openssl);
    let log = Scratch::new("keylog");
    let ran = site.stint("get", "time", &["-v", "--keylog", log.path(), "--cid", "c0ffee"]).ends(0);
    for word in [
        "ClientHello",
        "HelloVerifyRequest",
        "ServerHello (TLS_PSK_WITH_AES_128_CCM_8",
        "ServerHelloDone",
        "ClientKeyExchange",
        "ChangeCipherSpec",
        "Finished",
        "application data",
        "extended master secret",
        "connected",
        "datagrams sent",
    ] {
        assert!(ran.err.contains(word), "{word} is missing:\n{}", ran.err);
    }
    let line = std::fs::read_to_string(&log.0).unwrap();
    let fields: Vec<&str> = line.split_whitespace().collect();
    assert_eq!((fields[0], fields[1].len(), fields[2].len()), ("CLIENT_RANDOM", 64, 96), "{line}");
}
