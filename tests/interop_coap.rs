//! The whole device against libcoap's servers, on loopback and the real clock.

use core::time::Duration;
use stint_coap::{BlockSize, Body, Code, Config, Handle, Request};
use stint_lab::coaps::{Node, Saw};
use stint_lab::device::Options;
use stint_lab::peers::{Libcoap, Peer};
use stint_lab::udp::Station;

const PATIENCE: Duration = Duration::from_secs(20);

fn whole(peer: &Peer, station: &mut Station<Node>, request: &Request<'_>) -> (Code, Vec<u8>) {
    let handle = station.end.pump.coap.request(request).unwrap();
    let done = station.run(PATIENCE, |n| ended(n, handle)).unwrap();
    assert!(done, "{:?}\n{}", station.end.saw, peer.output());
    let last = station.end.saw.iter().rev().find_map(|s| match s {
        Saw::Response { handle: h, code, .. } if *h == handle => Some(*code),
        _ => None,
    });
    let body = station.end.answers(handle).concat();
    station.end.saw.clear();
    (last.unwrap(), body)
}

fn ended(node: &Node, handle: Handle) -> bool {
    node.saw.iter().any(|s| match s {
        Saw::Response { handle: h, last, .. } => *h == handle && *last,
        Saw::Failed(h, _) => *h == handle,
        Saw::Ended(_) => true,
        _ => false,
    })
}

#[test]
fn libcoaps_resources_cannot_be_read_written_or_observed() {
    for library in [Libcoap::Openssl, Libcoap::Gnutls] {
        for block_size in [BlockSize::B64, BlockSize::B1024] {
            let peer = Peer::libcoap(library, &[]).unwrap();
            let config = Config { block_size, ..Config::DEFAULT };
            let node = Node::new(Options::default(), config, 3);
            let mut station = Station::new(node, peer.address()).unwrap();
            let (code, core) = whole(&peer, &mut station, &Request::get(".well-known/core"));
            assert_eq!(code, Code::CONTENT);
            assert!(String::from_utf8_lossy(&core).contains("</time>"), "{core:?}");
            // larger than a datagram, both ways
            let body: Vec<u8> = (0..3000u32).map(|i| (i * 7 + i / 256) as u8).collect();
            station.end.pump.source.0 = vec![body.clone()];
            let put = Request { body: Body::Source(0), ..Request::new(Code::PUT, "example_data") };
            let (code, _) = whole(&peer, &mut station, &put);
            assert!(code == Code::CHANGED || code == Code::CREATED, "{code:?}\n{}", peer.output());
            let (code, got) = whole(&peer, &mut station, &Request::get("example_data"));
            assert_eq!((code, got), (Code::CONTENT, body));
            let (code, _) = whole(&peer, &mut station, &Request::get("no/such/thing"));
            assert_eq!(code, Code::NOT_FOUND);
            let watch = station.end.pump.coap.request(&Request::observe("time")).unwrap();
            let done = station.run(PATIENCE, |n| n.answers(watch).len() >= 4).unwrap();
            assert!(done, "{:?}\n{}", station.end.saw, peer.output());
            station.end.pump.coap.cancel(watch);
            station.run(Duration::from_millis(200), |_| false).unwrap();
            station.end.pump.close();
            station.run(Duration::from_millis(20), |_| false).unwrap();
        }
    }
}
