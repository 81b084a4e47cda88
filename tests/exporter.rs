//! What is drawn from a handshake for others: keying material (RFC 5705), the channel binding tls-unique (RFC 5929).

use core::time::Duration;
use stint_dtls::crypto::PreSharedKey;
use stint_dtls::crypto::soft::Aes128Ccm8;
use stint_dtls::{Exporter, ExtendedMasterSecret, Psk, Resumable, Session};
use stint_lab::device::{Device, Options, PskAuth};
use stint_lab::link::{Impairment, Link, Pair};
use stint_lab::server::{Config, Echo, Server, prf};

type Auth = Exporter<'static, Resumable<'static, PskAuth>>;

const LABEL: &[u8] = b"EXPERIMENTAL stint";

fn connected(
    context: Option<&'static [u8]>,
    config: Config,
    options: Options,
) -> Pair<'static, Device<Aes128Ccm8, Auth>, Server> {
    let psk = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").unwrap()).unwrap();
    let session = Box::leak(Box::new(Session::EMPTY));
    let auth = Exporter::new(Resumable::new(psk, session), LABEL, context, Box::leak(Box::new([0; 77])));
    let device = Device::begin_as(options, auth, Aes128Ccm8, ()).unwrap();
    let mut pair = Pair::new(device, Server::new(config, Echo), Link::new(Impairment::NONE, 1));
    wait(&mut pair);
    pair
}

fn wait(pair: &mut Pair<'static, Device<Aes128Ccm8, Auth>, Server>) {
    let limit = pair.now + Duration::from_secs(60);
    let done = pair.run_until(limit, |p| p.client.client.is_connected() && p.server.association().is_some());
    assert!(done, "{:?}", pair.client.happened);
}

#[test]
fn keying_material_is_not_that_of_rfc_5705_in_a_full_or_an_abbreviated_handshake() {
    let contexts: [(Option<&'static [u8]>, &[u8]); 3] =
        [(None, &[]), (Some(&[]), &[0, 0]), (Some(b"context"), b"\0\x07context")];
    for (context, written) in contexts {
        let config = Config { session_ids: true, ..Config::default() };
        let mut pair = connected(context, config, Options::default());
        for resumed in [false, true, true] {
            assert_eq!(pair.client.client.is_resumed(), resumed);
            let association = pair.server.association().unwrap();
            let seed = [&association.client_random, &association.server_random, written].concat();
            let expected = prf(&association.master, LABEL, &seed, 77);
            assert_eq!(pair.client.client.credential().material(), expected, "{context:?}");
            pair.client.restart(pair.now);
            wait(&mut pair);
        }
    }
}

#[test]
fn the_channel_binding_is_the_same_twice_or_is_told_where_it_binds_nothing() {
    let config = Config { session_ids: true, ..Config::default() };
    let mut pair = connected(None, config, Options::default());
    let mut seen = Vec::new();
    for _ in 0..4 {
        let binding = pair.client.client.tls_unique().unwrap();
        assert!(binding != [0; 12] && !seen.contains(&binding), "{seen:?}");
        seen.push(binding);
        pair.client.restart(pair.now);
        assert_eq!(pair.client.client.tls_unique(), None);
        wait(&mut pair);
    }
    // without the extended master secret two associations can be made to have the same one (RFC 7627 1)
    let mut options = Options::default();
    options.config.extended_master_secret = ExtendedMasterSecret::Allow;
    let pair = connected(None, Config { ems: false, ..Config::default() }, options);
    assert_eq!(pair.client.client.tls_unique(), None);
}
