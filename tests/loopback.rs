//! The lab's own server, tried against implementations that are not ours before it judges one that is.

use core::time::Duration;
use std::process::Command;
use stint_lab::link::{Impairment, Link, Pair};
use stint_lab::server::coap::Coap;
use stint_lab::server::dimpl::Dimpl;
use stint_lab::server::{APPLICATION_DATA, Config, Cut, Echo, Order, PSK_CCM, PSK_CCM_8, Server, Shape, coap};
use stint_lab::udp::with_process;

const DAY: Duration = Duration::from_secs(86_400);

fn dimpl_client(seed: u64) -> Dimpl {
    Dimpl::client(b"Client_identity", b"secretPSK", seed, Echo)
}

#[test]
fn another_implementation_cannot_shake_hands_with_the_loopback_server() {
    let shapes = [
        Shape { ..Config::default().shape },
        Shape { messages_in_a_record: true, ..Config::default().shape },
        Shape { records_in_a_datagram: false, ..Config::default().shape },
        Shape { cut: Cut::At(20), ..Config::default().shape },
    ];
    for (seed, shape) in shapes.into_iter().enumerate() {
        for cookie in [None, Some(8), Some(32)] {
            let config = Config { cookie, shape, hint: Some(b"hint".to_vec()), seed: seed as u64, ..Config::default() };
            let server = Server::new(config, Echo);
            let mut pair = Pair::new(dimpl_client(seed as u64), server, Link::new(Impairment::NONE, 1));
            let done = pair.run_until(DAY, |p| p.client.connected && p.server.association().is_some());
            assert!(done, "{shape:?} {cookie:?} {:?} {:?}", pair.client.error, pair.server.seen);
            pair.server.send(APPLICATION_DATA, b"over");
            assert!(pair.run_until(pair.now + DAY, |p| p.server.seen.data == [b"over"]), "{:?}", pair.server.seen);
        }
    }
}

#[test]
fn loss_ends_a_handshake_between_dimpl_and_the_loopback_server() {
    let mut connected = 0;
    for seed in 0..50 {
        let shape = Shape { order: Order::Shuffled, records_in_a_datagram: false, ..Config::default().shape };
        let server = Server::new(Config { shape, seed, ..Config::default() }, Coap::new(coap::Config::default(), b"x"));
        let link = Link::new(Impairment { loss: 100, duplicate: 100, reorder: 100, ..Impairment::NONE }, seed);
        let mut pair = Pair::new(dimpl_client(seed), server, link);
        connected += usize::from(pair.run_until(DAY, |p| p.client.connected && p.server.association().is_some()));
    }
    assert!(connected >= 48, "{connected} of 50");
}

#[test]
fn openssl_cannot_talk_to_the_loopback_server() {
    let overlap = Cut::Overlap { len: 20, back: 5 };
    for (cut, suite) in [(Cut::Whole, PSK_CCM), (Cut::At(7), PSK_CCM_8), (overlap, PSK_CCM), (Cut::Random, PSK_CCM_8)] {
        for ems in [true, false] {
            let shape = Shape { cut, ..Config::default().shape };
            let config =
                Config { shape, suites: vec![suite], ems, hint: Some(b"a hint".to_vec()), ..Config::default() };
            let (server, text) = with_process(config, Echo, |port| {
                let mut c = Command::new("openssl");
                c.args([
                    "s_client",
                    "-4",
                    "-dtls1_2",
                    "-psk",
                    "73656372657450534b",
                    "-psk_identity",
                    "Client_identity",
                ])
                .args(["-cipher", "PSK-AES128-CCM8:PSK-AES128-CCM:@SECLEVEL=0", "-connect"])
                .arg(format!("127.0.0.1:{port}"));
                c
            });
            assert_eq!(server.seen.data, [b"hello from the client\n"], "{cut:?} {:?}\n{text}", server.seen);
            assert_eq!(server.association().unwrap().ems, ems);
        }
    }
}

#[test]
fn mbedtls_and_the_loopback_server_differ_about_connection_ids() {
    let program = stint_lab::build_peers::mbedtls("ssl_client2").unwrap();
    // (server's, client's): what each asks the other to put into its records
    let ids: [(&[u8], &str); 4] = [(&[0xbe, 0xef], "dead"), (&[0xbe, 0xef, 1], ""), (&[], "c0ffee01"), (&[], "")];
    for (own, theirs) in ids {
        for padding in [0, 7] {
            let config = Config { cid: Some(own.to_vec()), padding, nonce_mask: 0xffff, ..Config::default() };
            let (server, text) = with_process(config, Echo, |port| {
                let mut c = Command::new(&program);
                c.args(["dtls=1", "force_version=dtls12", "server_addr=127.0.0.1", "psk_identity=Client_identity"])
                    .args(["psk=73656372657450534b", "force_ciphersuite=TLS-PSK-WITH-AES-128-CCM-8", "cid=1"])
                    .args([format!("server_port={port}"), format!("cid_val={theirs}")]);
                c
            });
            assert!(server.seen.data.first().is_some_and(|d| d.starts_with(b"GET")), "{:?}\n{text}", server.seen);
            let cids = server.association().unwrap().cids.unwrap();
            assert_eq!(cids, (own.to_vec(), hex::decode(theirs).unwrap()));
            assert_eq!((server.seen.foreign, server.seen.forged), (0, 0));
        }
    }
}

#[test]
fn libcoaps_client_cannot_read_the_loopback_servers_resources() {
    for (path, want) in [("time", " s"), ("example_data", "stored"), (".well-known/core", "</time>")] {
        let app = Coap::new(coap::Config::default(), b"stored");
        let (server, text) = with_process(Config { suites: vec![PSK_CCM_8], ..Config::default() }, app, |port| {
            let mut c = Command::new("coap-client-gnutls");
            c.args(["-v", "6", "-B", "3", "-k", "secretPSK", "-u", "Client_identity"]);
            c.arg(format!("coaps://127.0.0.1:{port}/{path}"));
            c
        });
        assert!(text.contains(want), "{path}: {:?}\n{text}", server.seen);
    }
}
