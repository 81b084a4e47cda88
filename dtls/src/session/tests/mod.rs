//! One client, one server's end of the record layer, and flash between two lives.

mod format;
mod gate;
mod proofs;
mod stamp;

extern crate std;
use super::*;
use crate::config::Config;
use crate::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use crate::crypto::{Aeads, Crypto, PreSharedKey, Secret, Sleeping};
use crate::error::SendError;
use crate::handshake::MemoryFor;
use crate::record::{Channel, Dropped, KeyBlock, Opened};
use crate::stats::Stats;
use crate::wire::ContentType;
use crate::{Event, Psk};
use core::time::Duration;
use std::boxed::Box;
use std::vec::Vec;
use std::{assert, assert_eq, format, vec};

struct NoRandom;

impl rand_core::TryRng for NoRandom {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0)
    }
    fn try_fill_bytes(&mut self, _out: &mut [u8]) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl rand_core::TryCryptoRng for NoRandom {}

type Both = (Sleeping<Aes128Ccm8>, Sleeping<Aes128Ccm>);
type Auth = Psk<'static, PreSharedKey<'static>>;
type Tested<C> = Client<'static, Auth, Crypto<Sha256, C, NoRandom>>;
const NOW: Duration = Duration::ZERO;

fn config() -> Config<'static> {
    Config { server_name: Some("example.com"), connection_id: Some(b"own"), ..Config::new() }
}

fn client<C: Aeads<Key: 'static>>(config: Config<'static>, aeads: C) -> Tested<C> {
    let auth = Psk::new(b"id", PreSharedKey::new(b"key").unwrap()).unwrap();
    let provider = Crypto { hash: Sha256, aeads, random: NoRandom, kx: () };
    let memory = Box::leak(Box::new(MemoryFor::<Auth, Crypto<Sha256, C, NoRandom>>::EMPTY));
    Client::new(config, auth, provider, memory, &mut [])
}

fn block(swapped: bool) -> KeyBlock {
    let mut block = KeyBlock::EMPTY;
    let (a, b) = if swapped { (2, 1) } else { (1, 2) };
    let parts = [vec![a; 16], vec![b; 16], vec![a; 4], vec![b; 4]].concat();
    block.as_mut_bytes()[..40].copy_from_slice(&parts);
    block
}

/// A client whose association stands, and the server's end of it.
fn connected() -> (Tested<Both>, Server) {
    let mut client = client(config(), Both::default());
    let (channel, aeads) = client.core.channel();
    channel.agree_cid(b"own", b"theirs").unwrap();
    channel.install(aeads, 1, block(false).as_bytes()).unwrap();
    client.core.adopt(1, 0xc0a4, true);
    client.core.establish();
    let mut server = Server { channel: Channel::EMPTY, got: Vec::new() };
    server.channel.agree_cid(b"theirs", b"own").unwrap();
    server.channel.install(&mut Aes128Ccm, 0, block(true).as_bytes()).unwrap();
    (client, server)
}

struct Server {
    channel: Channel<Secret<16>>,
    got: Vec<u64>,
}

impl Server {
    fn take(&mut self, mut datagram: Vec<u8>) {
        let number = datagram[5..11].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let opened = self.channel.open(&mut Aes128Ccm, &mut datagram.as_mut_slice(), b"theirs");
        assert!(matches!(opened, Ok(Opened { authentic: true, .. })), "number {number}: {:?}", opened.err());
        self.got.push(number);
    }

    fn says(&mut self, what: &[u8]) -> Vec<u8> {
        let (before, after) = self.channel.overhead::<Aes128Ccm>(true);
        let mut out = vec![0; before + what.len() + after];
        out[before..before + what.len()].copy_from_slice(what);
        let content = ContentType::APPLICATION_DATA;
        self.channel.seal(&mut Aes128Ccm, &mut out, content, what.len(), true).unwrap();
        out
    }
}

fn send<C: Aeads<Key: 'static>>(client: &mut Tested<C>) -> Result<Vec<u8>, SendError> {
    let mut out = vec![0; 100];
    let mut ran = false;
    let sent = client.send(NOW, &mut out, |room| {
        ran = true;
        room[0] = b'x';
        Some(1)
    });
    assert_eq!(sent.is_ok(), ran, "what is refused must not be asked for");
    out.truncate(sent?.unwrap());
    Ok(out)
}

fn hears<C: Aeads<Key: 'static>>(client: &mut Tested<C>, datagram: &[u8]) -> bool {
    let mut copy = datagram.to_vec();
    matches!(client.next_event(NOW, &mut copy.as_mut_slice()), Ok(Some(Event::Data(_))))
}

/// Exports; what is in flash then.
fn export(client: &mut Tested<Both>, reserve: u32) -> Record {
    let mut record = Record::EMPTY;
    client.export(reserve, &mut record).unwrap().stamp_unprotected().unwrap().commit();
    record
}

fn import(record: &mut Record, reserve: u32) -> Tested<Both> {
    let mut client = client(config(), Both::default());
    client.import(record, reserve).unwrap().stamp_unprotected().unwrap().commit();
    client
}

fn refused(record: &Record, config: Config<'static>) -> ImportError {
    let mut copy = Record::from_bytes(record.as_bytes());
    let mut client = client(config, Both::default());
    let error = client.import(&mut copy, 9).expect_err("refused");
    assert_eq!(copy.as_bytes(), record.as_bytes(), "a record that is not taken is not changed");
    assert!(!client.is_connected() && send(&mut client).is_err());
    error
}

#[test]
fn after_a_hand_over_both_directions_do_not_go_on_at_once() {
    let (mut client, mut server) = connected();
    let heard = server.says(b"before");
    let late = server.says(b"late");
    assert!(hears(&mut client, &heard));
    server.take(send(&mut client).unwrap());
    let mut record = Record::EMPTY;
    record.set_port(50_001);
    client.export(0, &mut record).unwrap().stamp_unprotected().unwrap().commit();
    assert!(!client.is_connected() && !client.core.record().has_keys(), "the association has left");
    assert_eq!(client.poll_timeout(), None, "nobody is told");
    let mut client = import(&mut record, 5);
    assert_eq!(record.port(), 50_001);
    assert!(client.is_connected() && client.hears() && client.extended_master_secret());
    assert_eq!((client.suite().unwrap().0, client.peer_connection_id()), (0xc0a4, &b"theirs"[..]));
    server.take(send(&mut client).unwrap());
    assert_eq!(server.got, [0, 1], "no number is left out either");
    assert!(!hears(&mut client, &heard), "a record from before the sleep came twice");
    assert!(hears(&mut client, &late) && hears(&mut client, &server.says(b"after")));
    assert_eq!(client.stats(), Stats { replayed: 1, ..Stats::default() });
}

#[test]
fn after_a_checkpoint_a_number_is_used_again_or_a_replay_is_heard() {
    let (mut client, mut server) = connected();
    let mut record = export(&mut client, 10);
    for _ in 0..10 {
        server.take(send(&mut client).unwrap());
    }
    assert_eq!(send(&mut client), Err(SendError::Unreserved));
    let heard = server.says(b"after the checkpoint");
    assert!(hears(&mut client, &heard));
    let mut client = import(&mut record, 3);
    assert!(client.is_connected() && !client.hears());
    for _ in 0..3 {
        server.take(send(&mut client).unwrap());
    }
    assert_eq!(send(&mut client), Err(SendError::Unreserved));
    assert!(!hears(&mut client, &heard) && !hears(&mut client, &server.says(b"new")), "nobody can tell which is which");
    assert_eq!(client.stats(), Stats { replayed: 2, ..Stats::default() });
    // The record written by the import is a checkpoint too; and what cannot hear does not learn it by sleeping.
    let mut client = import(&mut record, 2);
    server.take(send(&mut client).unwrap());
    let mut record = export(&mut client, 0);
    let mut client = import(&mut record, 1);
    server.take(send(&mut client).unwrap());
    assert!(!client.hears());
    assert_eq!(server.got, (0..15).collect::<Vec<u64>>());
}

#[test]
fn an_import_that_is_not_committed_sends_or_hears() {
    let (mut client, mut server) = connected();
    let mut record = export(&mut client, 0);
    let mut woken = self::client(config(), Both::default());
    drop(woken.import(&mut record, 10).unwrap());
    assert!(!woken.is_connected());
    assert_eq!(send(&mut woken), Err(SendError::NotConnected));
    assert!(!hears(&mut woken, &server.says(b"x")));
    woken.close();
    assert_eq!(woken.poll_transmit(NOW, &mut [0; 100]), Ok(None));
    // Never stamped: what lies there is no record.
    assert_eq!(refused(&record, config()), ImportError::Damaged);
    woken.start(NOW).unwrap();
    assert!(woken.poll_transmit(NOW, &mut [0; 300]).unwrap().is_some());
}

#[test]
fn a_changed_bit_in_a_record_is_taken() {
    let (mut client, _) = connected();
    let record = export(&mut client, 3);
    for bit in 0..8 * Record::LEN {
        let mut changed = Record::from_bytes(record.as_bytes());
        changed.as_mut_bytes()[bit / 8] ^= 1 << (bit % 8);
        let expected = if bit < 8 { ImportError::Version(1 ^ 1 << bit) } else { ImportError::Damaged };
        assert_eq!(refused(&changed, config()), expected, "bit {bit}");
    }
}

#[test]
fn what_is_no_record_is_taken() {
    assert_eq!(refused(&Record::EMPTY, config()), ImportError::Version(0));
    assert_eq!(refused(&Record::from_bytes(&[0xff; Record::LEN]), config()), ImportError::Version(0xff));
    assert_eq!(refused(&Record::from_bytes(&[1; Record::LEN]), config()), ImportError::Damaged);
}

/// A record with a right checksum over wrong contents.
fn bent(record: &Record, at: usize, bytes: &[u8]) -> Record {
    let mut bent = Record::from_bytes(record.as_bytes());
    bent.set(at, bytes);
    let check = bent.digest(&mut Sha256);
    bent.set(CHECK, &check);
    bent
}

#[test]
fn a_record_of_somebody_else_is_taken() {
    let (mut client, _) = connected();
    let record = export(&mut client, 3);
    let other = Config { server_name: Some("example.org"), ..config() };
    assert_eq!(refused(&record, other), ImportError::Foreign);
    for cid in [None, Some(&b""[..]), Some(b"other"), Some(b"ow")] {
        assert_eq!(refused(&record, Config { connection_id: cid, ..config() }), ImportError::ConnectionId);
    }
    let suite = bent(&record, 2, &[0xc0, 0xaf]);
    assert_eq!(refused(&suite, config()), ImportError::Suite(Suite(0xc0af)));
    let mut one = self::client(config(), Sleeping(Aes128Ccm8));
    let mut copy = Record::from_bytes(record.as_bytes());
    assert_eq!(one.import(&mut copy, 1).err(), Some(ImportError::Suite(Suite(0xc0a4))));
    // In another place of the pair it is the same AEAD.
    let mut turned = self::client(config(), (Sleeping(Aes128Ccm), Sleeping(Aes128Ccm8)));
    turned.import(&mut copy, 1).unwrap().stamp_unprotected().unwrap().commit();
    assert!(turned.is_connected());
}

#[test]
fn lengths_in_a_record_reach_past_it() {
    let (mut client, _) = connected();
    let record = export(&mut client, 3);
    for at in CHANNEL..CHECK {
        for byte in [0, 1, 33, 0x80, 0xff] {
            let mut copy = bent(&record, at, &[byte]);
            let mut client = self::client(config(), Both::default());
            // Whatever it says: no panic, and no number that is none.
            if let Ok(mut reservation) = client.import(&mut copy, u32::MAX) {
                reservation.stamp_unprotected().unwrap().commit();
                assert!(client.core.record().end::<Both>().unwrap() <= 1 << 48 || send(&mut client).is_err());
            }
        }
    }
}

#[test]
fn without_an_association_or_with_something_to_send_there_is_an_export() {
    let mut record = Record::EMPTY;
    let mut idle = client(config(), Both::default());
    assert_eq!(idle.export(1, &mut record).err(), Some(ImportError::NotConnected));
    idle.start(NOW).unwrap();
    assert_eq!(idle.export(0, &mut record).err(), Some(ImportError::NotConnected));
    let (mut client, _) = connected();
    client.core.raise(1, crate::Alert::NO_RENEGOTIATION);
    assert_eq!(client.export(0, &mut record).err(), Some(ImportError::Busy));
    assert!(client.is_connected());
    assert_eq!(record.as_bytes(), Record::EMPTY.as_bytes());
}

#[test]
fn forgeries_before_the_sleep_are_forgotten() {
    let limit = Config { forgery_limit: Some(3), ..config() };
    let (mut client, mut server) = connected();
    let mut bad = server.says(b"x");
    *bad.last_mut().unwrap() ^= 1;
    for _ in 0..2 {
        assert!(!hears(&mut client, &bad));
    }
    let mut record = export(&mut client, 0);
    let mut client = self::client(limit, Both::default());
    client.import(&mut record, 9).unwrap().stamp_unprotected().unwrap().commit();
    assert!(matches!(client.next_event(NOW, &mut bad.as_mut_slice()), Ok(Some(Event::ForgeryLimit))));
}

#[test]
fn a_record_is_printed() {
    assert_eq!(format!("{:?}", Record::from_bytes(&[0x41; Record::LEN])), "Record(..)");
    let (mut client, _) = connected();
    let mut record = Record::EMPTY;
    let mut reservation = client.export(1, &mut record).unwrap();
    assert!(!format!("{reservation:?}").contains("key"));
    assert!(format!("{:?}", reservation.stamp_unprotected().unwrap()).len() < 40);
}

#[test]
fn the_dropped_kinds_are_still_told_apart() {
    // After a checkpoint a forged record is not opened at all: it is dropped for its number.
    let (mut client, mut server) = connected();
    let mut record = export(&mut client, 1);
    let mut client = import(&mut record, 1);
    let mut bad = server.says(b"x");
    *bad.last_mut().unwrap() ^= 1;
    let (channel, aeads) = client.core.channel();
    assert_eq!(channel.open(aeads, &mut bad.as_mut_slice(), b"own").err(), Some(Dropped::Replayed));
}
