//! What is read from flash: a damaged record or blob is refused and changes nothing; what is taken is written again as it was.

use crate::device::{Device, Options, Provider, PskAuth};
use crate::link::End;
use crate::random::Random;
use crate::server::{Config, Echo, Server, sha256};
use core::time::Duration;
use std::sync::OnceLock;
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey, Sleeping};
use stint_dtls::{Client, Config as ClientConfig, MemoryFor, Psk, Record, SendError, Session};
use stint_provisioning::Blob;

const NOW: Duration = Duration::ZERO;
type Both = (Sleeping<Aes128Ccm8>, Sleeping<Aes128Ccm>);
const BOTH: Both = (Sleeping(Aes128Ccm8), Sleeping(Aes128Ccm));

/// An association at rest, made once.
fn asleep() -> &'static [u8; Record::LEN] {
    static ASLEEP: OnceLock<[u8; Record::LEN]> = OnceLock::new();
    ASLEEP.get_or_init(|| {
        let mut device = Device::with(Options::default(), BOTH);
        let mut server = Server::new(Config::default(), Echo);
        for _ in 0..9 {
            while let Some(datagram) = device.transmit(NOW) {
                server.receive(NOW, &datagram);
            }
            while let Some(datagram) = server.transmit(NOW) {
                device.receive(NOW, &datagram);
            }
        }
        let mut record = Record::EMPTY;
        device.client.export(0, &mut record).unwrap().stamp_unprotected().unwrap().commit();
        *record.as_bytes()
    })
}

/// Bytes: choices (1: the checksum is made to fit), and what an association at rest is XORed with, or, with the choice 2, a session to be loaded.
pub(super) fn session(data: &[u8]) {
    let Some((choices, rest)) = data.split_first() else { return };
    if choices & 2 != 0 { resumable(choices & 1 != 0, rest) } else { import(choices & 1 != 0, rest) }
}

fn import(mends: bool, change: &[u8]) {
    let mut bytes = *asleep();
    bytes.iter_mut().zip(change).for_each(|(byte, change)| *byte ^= change);
    if mends {
        let check = sha256(&bytes[..Record::LEN - 32]);
        bytes[Record::LEN - 32..].copy_from_slice(&check);
    }
    let auth = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").unwrap()).unwrap();
    let provider = Crypto { hash: Sha256, aeads: BOTH, random: Random::new(1), kx: () };
    let mut memory = MemoryFor::<PskAuth, Provider<Both>>::EMPTY;
    let mut client = Client::new(ClientConfig::new(), auth, provider, &mut memory, &mut []);
    let mut record = Record::from_bytes(&bytes);
    let refused = match client.import(&mut record, 8) {
        Err(_) => true,
        Ok(mut reservation) => match reservation.stamp_unprotected() {
            Ok(stamped) => {
                stamped.commit();
                false
            }
            // stamped with a counter
            Err(_) => return,
        },
    };
    if refused {
        assert_eq!(record.as_bytes(), &bytes, "a refused record was changed");
        assert!(!client.is_connected() && client.poll_timeout().is_none());
        return;
    }
    assert!(mends || bytes == *asleep(), "a damaged record was taken");
    assert!(client.is_connected());
    sends(&mut client);
}

/// No more is sent than was reserved, and what is exported then can be imported.
fn sends(client: &mut Client<'_, PskAuth, Provider<Both>>) {
    let mut out = [0; 128];
    let reserved = client.reserved().unwrap_or(0);
    assert!(reserved <= 8);
    for sent in 0..=reserved {
        match client.send(NOW, &mut out, |_| Some(0)) {
            Ok(_) => assert!(sent < reserved),
            Err(error) => assert!(matches!(error, SendError::Unreserved | SendError::Spent) || sent == reserved),
        }
    }
    let mut again = Record::EMPTY;
    if let Ok(mut reservation) = client.export(0, &mut again) {
        reservation.stamp_unprotected().unwrap().commit();
        let kept = *again.as_bytes();
        let taken = client.import(&mut again, 0).is_ok();
        assert!(taken || kept[..4] == [0; 4], "what was exported is refused");
    }
}

fn resumable(mends: bool, bytes: &[u8]) {
    type Short = Session<32>;
    let mut bytes = bytes.to_vec();
    if mends {
        bytes.resize(Short::SAVED, 0);
        bytes[0] = 1;
        let check = sha256(&bytes[..Short::SAVED - 32]);
        bytes[Short::SAVED - 32..].copy_from_slice(&check);
    }
    let mut session = Short::EMPTY;
    match session.load(&mut Sha256, &bytes) {
        Err(_) => assert!(session.is_empty() && session.peer_key_hash().is_none()),
        Ok(()) => {
            let mut out = vec![0; Short::SAVED];
            session.save(&mut Sha256, &mut out).unwrap();
            let mut again = Short::EMPTY;
            again.load(&mut Sha256, &out).unwrap();
            let mut third = vec![0; Short::SAVED];
            again.save(&mut Sha256, &mut third).unwrap();
            assert_eq!(out, third);
            // the flags have one bit that counts
            let unchanged = bytes[1] <= 1;
            assert_eq!(out == bytes, unchanged);
        }
    }
}

fn crc(parts: [&[u8]; 2]) -> u32 {
    !parts.concat().iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

/// Bytes: what flash holds; beginning with 0, the fields alone, which get a header that fits.
pub(super) fn provisioning(data: &[u8]) {
    let flash = match data.split_first() {
        Some((0, fields)) => {
            let total = ((fields.len() + 12) as u16).to_be_bytes();
            let head = [b'S', b'T', b'N', b'T', 1, 0, total[0], total[1]];
            [&head[..], &crc([&head, fields]).to_be_bytes(), fields].concat()
        }
        _ => data.to_vec(),
    };
    let Ok(blob) = Blob::parse(&flash) else { return };
    let mut out = vec![0; stint_provisioning::MAX_LEN];
    let len = stint_provisioning::write(&blob, &mut out).unwrap();
    assert_eq!(out[..len], flash[..len]);
    assert_eq!(Blob::parse(&out), Ok(blob));
    assert!(Blob::parse(&flash[..data.len() % len]).is_err(), "a blob that is cut short");
}
