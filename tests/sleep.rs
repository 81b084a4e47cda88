//! Associations that sleep: what a power cut, an old copy, a replay or another address can do to one.

#[path = "sleep/model.rs"]
mod model;

use core::time::Duration;
use model::World;
use std::collections::BTreeSet;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Aes128Gcm, ChaCha20Poly1305, Sha256};
use stint_dtls::crypto::{Aeads, ExportKey, PreSharedKey, Sleeping};
use stint_dtls::{ImportError, MaxFragmentLength, Psk, Record, Resumable, SendError, Session, WithExtensions};
use stint_lab::device::{Device, Options, Provider, PskAuth};
use stint_lab::link::End;
use stint_lab::parties::lend;
use stint_lab::random::Random;
use stint_lab::server::suite::{PSK_CHACHA, PSK_GCM};
use stint_lab::server::{APPLICATION_DATA, Config, Echo, PSK_CCM, PSK_CCM_8, Server};

const NOW: Duration = Duration::ZERO;
type Both = (Sleeping<Aes128Ccm8>, Sleeping<Aes128Ccm>);

/// A credential for a [`Device`].
trait Credential<C: Aeads<Key: 'static>>: Auth<Provider<C>, Step: 'static> + 'static {}
impl<C: Aeads<Key: 'static>, A: Auth<Provider<C>, Step: 'static> + 'static> Credential<C> for A {}

fn options(own: Option<&'static [u8]>) -> Options {
    let mut options = Options { reassembly: 0, ..Options::default() };
    options.config.connection_id = own;
    options
}

/// Shakes hands, as often as it takes for the last answer to come.
fn shake<C: Aeads<Key: 'static>, A: Credential<C>>(device: &mut Device<C, A>, server: &mut Server) {
    for _ in 0..9 {
        while let Some(datagram) = device.transmit(NOW) {
            server.receive(NOW, &datagram);
        }
        while let Some(datagram) = server.transmit(NOW) {
            device.receive(NOW, &datagram);
        }
    }
    assert!(device.client.is_connected(), "{:?} {:?}", device.happened, server.seen);
}

fn record<C: Aeads<Key: 'static>, A: Credential<C>>(
    device: &mut Device<C, A>,
    data: &[u8],
) -> Result<Vec<u8>, SendError> {
    let mut out = vec![0; 200];
    let len = device.client.send(NOW, &mut out, |room| {
        room[..data.len()].copy_from_slice(data);
        Some(data.len())
    })?;
    out.truncate(len.unwrap());
    Ok(out)
}

/// The next record, and what comes back.
fn echo<C: Aeads<Key: 'static>, A: Credential<C>>(
    device: &mut Device<C, A>,
    server: &mut Server,
    data: &[u8],
) -> Vec<Vec<u8>> {
    let datagram = record(device, data).unwrap();
    let before = device.data().len();
    server.receive(NOW, &datagram);
    assert_eq!(server.seen.data.last().unwrap(), data, "{:?}", server.seen);
    while let Some(answer) = server.transmit(NOW) {
        device.receive(NOW, &answer);
    }
    device.data().split_off(before)
}

fn sleep<C: ExportKey<Key: 'static>, A: Credential<C>>(device: &mut Device<C, A>) -> Record {
    let mut record = Record::EMPTY;
    device.client.export(0, &mut record).unwrap().stamp_unprotected().unwrap().commit();
    record
}

/// A device that has just got power.
fn wake<C: ExportKey<Key: 'static>>(options: Options, aeads: C, record: &mut Record) -> Device<C> {
    let mut device = Device::with(options, aeads);
    device.client.import(record, 16).unwrap().stamp_unprotected().unwrap().commit();
    device
}

fn sleeps_and_goes_on<C: ExportKey<Key: 'static> + Copy>(
    aeads: C,
    suite: u16,
    own: Option<&'static [u8]>,
    cid: Option<&[u8]>,
) {
    let mut server =
        Server::new(Config { suites: vec![suite], cid: cid.map(<[u8]>::to_vec), ..Config::default() }, Echo);
    let mut device = Device::with(options(own), aeads);
    shake(&mut device, &mut server);
    assert_eq!(echo(&mut device, &mut server, b"awake"), [b"awake"]);
    for round in 0..5u8 {
        let missed = server.seal(APPLICATION_DATA, &[round]).unwrap();
        let mut flash = sleep(&mut device);
        assert!(!device.client.is_connected());
        device = wake(options(own), aeads, &mut flash);
        let (hellos, flights) = (server.seen.hellos, server.seen.flights);
        assert_eq!(echo(&mut device, &mut server, b"slept"), [b"slept"], "{suite:#06x} {own:?} {cid:?}");
        device.receive(NOW, &missed);
        assert_eq!(device.data().last().unwrap(), &[round], "what was sent while it slept");
        assert_eq!((server.seen.hellos, server.seen.flights), (hellos, flights), "a handshake was made");
        assert_eq!(device.client.suite().unwrap().0, suite);
    }
    assert_eq!((server.seen.replayed, server.seen.forged, server.seen.foreign), (0, 0, 0));
    let stats = device.client.stats();
    assert_eq!((stats.replayed, stats.forged, stats.foreign), (0, 0, 0), "{stats}");
}

#[test]
fn a_device_that_slept_needs_a_handshake() {
    let ids: [Option<&'static [u8]>; 4] = [None, Some(&[]), Some(&[7]), Some(&[0xc1; 32])];
    for own in ids {
        for server in ids {
            sleeps_and_goes_on(Both::default(), PSK_CCM_8, own, server);
        }
    }
    sleeps_and_goes_on(Both::default(), PSK_CCM, Some(&[]), Some(&[3]));
    sleeps_and_goes_on(Sleeping(Aes128Gcm), PSK_GCM, Some(&[1]), Some(&[3]));
    sleeps_and_goes_on(Sleeping(ChaCha20Poly1305), PSK_CHACHA, Some(&[1]), Some(&[3]));
    let three = (Sleeping(Aes128Ccm8), (Sleeping(Aes128Gcm), Sleeping(ChaCha20Poly1305)));
    sleeps_and_goes_on(three, PSK_CHACHA, None, None);
}

#[test]
fn a_device_that_crashed_hears_before_a_handshake() {
    let mut server = Server::new(Config { cid: Some(vec![9]), ..Config::default() }, Echo);
    let mut device = Device::with(options(Some(&[])), Both::default());
    shake(&mut device, &mut server);
    let mut flash = Record::EMPTY;
    device.client.export(8, &mut flash).unwrap().stamp_unprotected().unwrap().commit();
    assert_eq!(echo(&mut device, &mut server, b"before"), [b"before"]);
    // The power fails.
    let mut device = wake(options(Some(&[])), Both::default(), &mut flash);
    assert!(device.client.is_connected() && !device.client.hears());
    assert!(echo(&mut device, &mut server, b"one way").is_empty(), "the server got it, and its answer may be a replay");
    assert_eq!(device.client.stats().replayed, 1);
    device.restart(NOW);
    assert!(!device.client.hears() && device.client.reserved().is_none());
    shake(&mut device, &mut server);
    assert!(device.client.hears());
    assert_eq!(echo(&mut device, &mut server, b"again"), [b"again"]);
    assert_eq!(server.seen.replayed, 0);
}

fn psk() -> PskAuth {
    Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").unwrap()).unwrap()
}

/// What a device with a session is: a credential that keeps one.
type Kept = Resumable<'static, PskAuth>;

fn kept(session: &[u8]) -> Device<Both, Kept> {
    let mut resumable = Session::EMPTY;
    if !session.is_empty() {
        resumable.load(&mut Sha256, session).unwrap();
    }
    Device::begin_as(options(Some(&[])), Resumable::new(psk(), lend(resumable)), Both::default(), ()).unwrap()
}

#[test]
fn a_device_that_crashed_needs_a_full_handshake_to_hear() {
    let mut server = Server::new(Config { cid: Some(vec![9]), session_ids: true, ..Config::default() }, Echo);
    let mut device = kept(&[]);
    shake(&mut device, &mut server);
    let (mut flash, mut session) = (Record::EMPTY, vec![0; Session::<256>::SAVED]);
    device.client.export(8, &mut flash).unwrap().stamp_unprotected().unwrap().commit();
    device.client.save_session(&mut session).unwrap();
    assert_eq!(echo(&mut device, &mut server, b"before"), [b"before"]);
    // The power fails.
    let mut device = kept(&session);
    device.client.import(&mut flash, 8).unwrap().stamp_unprotected().unwrap().commit();
    assert!(!device.client.is_resumed() && !device.client.hears());
    assert!(echo(&mut device, &mut server, b"one way").is_empty());
    device.restart(NOW);
    // The server's Finished comes before ours: until that is sent, there is nothing to export.
    while !device.client.is_connected() {
        let datagram = device.transmit(NOW).expect("a handshake");
        server.receive(NOW, &datagram);
        while let Some(datagram) = server.transmit(NOW) {
            device.receive(NOW, &datagram);
        }
    }
    assert_eq!(device.client.export(0, &mut flash).err(), Some(ImportError::Busy));
    shake(&mut device, &mut server);
    assert!(device.client.is_resumed() && device.client.hears());
    assert_eq!(echo(&mut device, &mut server, b"resumed"), [b"resumed"]);
    let mut flash = sleep(&mut device);
    let mut device = kept(&session);
    device.client.import(&mut flash, 8).unwrap().stamp_unprotected().unwrap().commit();
    assert_eq!(echo(&mut device, &mut server, b"slept"), [b"slept"]);
    assert_eq!((server.seen.resumed, server.seen.replayed, server.seen.forged), (1, 0, 0));
}

#[test]
fn what_extensions_agreed_is_forgotten_in_sleep() {
    let extended = || {
        let auth =
            WithExtensions::new(psk()).protocols(&[b"h2", b"co"]).max_fragment_length(MaxFragmentLength::Bytes512);
        Device::begin_as(options(Some(&[])), auth, Both::default(), ()).unwrap()
    };
    let mut server = Server::new(Config { protocols: vec![b"co".to_vec()], ..Config::default() }, Echo);
    let mut device = extended();
    shake(&mut device, &mut server);
    assert_eq!(device.client.max_plaintext(1_000), 512);
    let mut flash = sleep(&mut device);
    let mut device = extended();
    device.client.import(&mut flash, 8).unwrap().stamp_unprotected().unwrap().commit();
    assert_eq!(device.client.max_plaintext(1_000), 512);
    assert_eq!(device.client.credential().protocol(), Some(&b"co"[..]));
    assert_eq!(echo(&mut device, &mut server, b"slept"), [b"slept"]);
    // The record that the import wrote says the same.
    let mut device = extended();
    device.client.import(&mut flash, 8).unwrap().stamp_unprotected().unwrap().commit();
    assert_eq!((device.client.max_plaintext(1_000), device.client.hears()), (512, false));
    device.restart(NOW);
    assert_eq!(device.client.credential().protocol(), None);
}

#[test]
fn a_record_of_another_device_or_setting_is_taken() {
    let mut server = Server::new(Config { cid: Some(vec![9]), ..Config::default() }, Echo);
    let mut device = Device::with(options(Some(&[5])), Both::default());
    shake(&mut device, &mut server);
    let flash = sleep(&mut device);
    let refused = |options: Options| {
        let mut record = Record::from_bytes(flash.as_bytes());
        let mut device = Device::with(options, Both::default());
        let error = device.client.import(&mut record, 1).err();
        assert!(!device.client.is_connected());
        // What is left is a client that can start.
        device.restart(NOW);
        shake(&mut device, &mut Server::new(Config { identity: options.identity.to_vec(), ..Config::default() }, Echo));
        error
    };
    assert_eq!(refused(options(Some(&[6]))), Some(ImportError::ConnectionId));
    assert_eq!(refused(options(None)), Some(ImportError::ConnectionId));
    let mut named = options(Some(&[5]));
    named.config.server_name = Some("elsewhere.example");
    assert_eq!(refused(named), Some(ImportError::Foreign));
    assert_eq!(refused(Options { identity: b"Other_identity", ..options(Some(&[5])) }), Some(ImportError::Foreign));
}

#[test]
fn a_power_cut_at_any_point_repeats_a_number_or_delivers_twice() {
    let runs: u64 = std::env::var("STINT_SLEEP_RUNS").map_or(1_500, |runs| runs.parse().expect("a number"));
    let mut total = model::Tally::default();
    for seed in 0..runs {
        let mut world = World::new(seed, seed % 2 == 0);
        let lives = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.run(12)));
        if let Err(panic) = lives {
            println!("seed {seed}: {:?}", world.tally);
            std::panic::resume_unwind(panic);
        }
        total.add(&world.tally);
    }
    println!("seeds 0..{runs}: {total:?}");
    // Each way that it can go is gone often.
    for (what, count) in total.counts() {
        assert!(count > runs / 20, "{what}: {count} in {runs} runs");
    }
}

#[test]
fn a_changed_record_is_taken() {
    let mut random = Random::new(7);
    let mut server = Server::new(Config { cid: Some(vec![9]), ..Config::default() }, Echo);
    let mut device = Device::with(options(Some(&[5])), Both::default());
    shake(&mut device, &mut server);
    let flash = sleep(&mut device);
    let mut kinds = BTreeSet::new();
    let mut device = Device::with(options(Some(&[5])), Both::default());
    for round in 0..4 * Record::LEN {
        let mut bytes = *flash.as_bytes();
        match round % 4 {
            0 => bytes[round / 4] = bytes[round / 4].wrapping_add(1 + random.below(255) as u8),
            1 => bytes[round / 4..].fill(0xff),
            2 => bytes[..round / 4 + 1].fill(0),
            _ => (0..3).for_each(|_| bytes[random.below(Record::LEN as u64) as usize] ^= 1 << random.below(8)),
        }
        if bytes != *flash.as_bytes() {
            let error = device.client.import(&mut Record::from_bytes(&bytes), 9).expect_err("a changed record");
            kinds.insert(format!("{error:?}").split('(').next().unwrap().to_owned());
        }
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["Damaged", "Version"]);
    let mut flash = flash;
    let mut device = wake(options(Some(&[5])), Both::default(), &mut flash);
    assert_eq!(echo(&mut device, &mut server, b"still"), [b"still"]);
}
