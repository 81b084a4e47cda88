//! A device with flash, a power supply that fails, a server, and somebody who plays old datagrams and old flash to it.

use crate::{Both, NOW, options, record, shake};
use std::collections::HashSet;
use stint_dtls::crypto::CryptoError;
use stint_dtls::{ImportError, Monotonic, Record, Reservation, SendError};
use stint_lab::device::{Device, Provider, PskAuth};
use stint_lab::link::End;
use stint_lab::random::Random;
use stint_lab::server::{Config, Echo, Server, sha256};

/// The power failed.
struct Cut;
type Alive<T = ()> = Result<T, Cut>;

/// How often what happened.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    cuts: u64,
    torn: u64,
    clean: u64,
    unclean: u64,
    stale: u64,
    remade: u64,
    unreserved: u64,
    replayed: u64,
    echoes: u64,
    one_way: u64,
}

impl Tally {
    /// All of them, by name.
    pub(crate) fn counts(&self) -> [(&'static str, u64); 10] {
        [
            ("cuts", self.cuts),
            ("torn", self.torn),
            ("clean", self.clean),
            ("unclean", self.unclean),
            ("stale", self.stale),
            ("remade", self.remade),
            ("unreserved", self.unreserved),
            ("replayed", self.replayed),
            ("echoes", self.echoes),
            ("one_way", self.one_way),
        ]
    }

    /// Counts another run.
    pub(crate) fn add(&mut self, other: &Self) {
        self.cuts += other.cuts;
        self.torn += other.torn;
        self.clean += other.clean;
        self.unclean += other.unclean;
        self.stale += other.stale;
        self.remade += other.remade;
        self.unreserved += other.unreserved;
        self.replayed += other.replayed;
        self.echoes += other.echoes;
        self.one_way += other.one_way;
    }
}

/// Two slots, written in turn: a number, a record, a checksum.
#[derive(Clone, Default)]
struct Flash([Vec<u8>; 2]);

impl Flash {
    fn read(slot: &[u8]) -> Option<(u32, [u8; Record::LEN])> {
        let (body, check) = slot.split_last_chunk::<32>()?;
        let (number, bytes) = body.split_first_chunk::<4>()?;
        (sha256(body) == *check).then_some((u32::from_be_bytes(*number), bytes.try_into().ok()?))
    }

    fn newest(&self) -> Option<(u32, [u8; Record::LEN])> {
        self.0.iter().filter_map(|slot| Self::read(slot)).max_by_key(|(number, _)| *number)
    }

    /// Writes; `torn`: only so many bytes of it.
    fn store(&mut self, bytes: &[u8; Record::LEN], torn: Option<usize>) {
        let number = self.newest().map_or(0, |(number, _)| number + 1);
        let mut slot = [&number.to_be_bytes()[..], bytes].concat();
        slot.extend(sha256(&slot));
        if let Some(len) = torn {
            slot[len..].fill(0xff);
        }
        self.0[number as usize % 2] = slot;
    }
}

struct Counter<'c>(&'c mut u64);

impl Monotonic for Counter<'_> {
    fn read(&mut self) -> nb::Result<u64, CryptoError> {
        Ok(*self.0)
    }
    fn raise(&mut self, to: u64) -> nb::Result<(), CryptoError> {
        assert!(to >= *self.0);
        *self.0 = to;
        Ok(())
    }
}

pub(crate) struct World {
    random: Random,
    server: Server,
    flash: Flash,
    /// With a counter, old flash is put back now and then.
    counter: Option<u64>,
    old: Vec<Flash>,
    /// Which association the server has.
    association: u16,
    /// Numbers used, by association.
    used: HashSet<(u16, [u8; 6])>,
    delivered: HashSet<Vec<u8>>,
    /// What the server sent, to be played again.
    heard: Vec<Vec<u8>>,
    messages: u32,
    pub(crate) tally: Tally,
}

impl World {
    pub(crate) fn new(seed: u64, counter: bool) -> Self {
        Self {
            random: Random::new(seed),
            server: Server::new(Config { cid: Some(vec![9]), seed, ..Config::default() }, Echo),
            flash: Flash::default(),
            counter: counter.then_some(0),
            old: Vec::new(),
            association: 0,
            used: HashSet::new(),
            delivered: HashSet::new(),
            heard: Vec::new(),
            messages: 0,
            tally: Tally::default(),
        }
    }

    pub(crate) fn run(&mut self, lives: u32) {
        for _ in 0..lives {
            let seed = self.random.number();
            let mut device = Device::with(crate::Options { seed, ..options(Some(&[])) }, Both::default());
            if self.life(&mut device).is_err() {
                self.tally.cuts += 1;
            }
        }
        assert_eq!(self.server.seen.replayed, 0, "the server saw a number twice");
    }

    /// The power may fail here.
    fn alive(&mut self) -> Alive {
        if self.random.below(14) == 0 { Err(Cut) } else { Ok(()) }
    }

    fn life(&mut self, device: &mut Device<Both>) -> Alive {
        let mut association = 0;
        if let Some((_, bytes)) = self.find() {
            let mut record = Record::from_bytes(&bytes);
            association = record.port();
            self.wake(device, &mut record)?;
        }
        // What the server has forgotten, or what was refused, is made anew; and what cannot hear, now and then.
        let deaf = device.client.is_connected() && !device.client.hears() && self.random.below(3) == 0;
        if !device.client.is_connected() || association != self.association || deaf {
            self.remake(device);
            association = self.association;
            self.checkpoint(device, association)?;
        }
        loop {
            self.alive()?;
            match self.random.below(8) {
                0..4 => self.send(device, association)?,
                4 | 5 => self.replay(device),
                6 => self.checkpoint(device, association)?,
                _ => {
                    let mut record = Record::EMPTY;
                    record.set_port(association);
                    let reservation = device.client.export(0, &mut record).unwrap();
                    return self.store(reservation, true);
                }
            }
        }
    }

    /// What is in flash at boot; with a counter, somebody may have put older contents there.
    fn find(&mut self) -> Option<(u32, [u8; Record::LEN])> {
        if self.counter.is_some() && !self.old.is_empty() && self.random.below(5) == 0 {
            self.flash = self.old[self.random.below(self.old.len() as u64) as usize].clone();
        }
        self.flash.newest()
    }

    fn wake(&mut self, device: &mut Device<Both>, record: &mut Record) -> Alive {
        let reserve = self.random.below(6) as u32;
        let reservation = device.client.import(record, reserve).expect("what the journal gives is a record");
        let clean = reservation.hears();
        self.store(reservation, false)?;
        if device.client.is_connected() {
            assert_eq!(device.client.hears(), clean);
            *(if clean { &mut self.tally.clean } else { &mut self.tally.unclean }) += 1;
        }
        Ok(())
    }

    fn checkpoint(&mut self, device: &mut Device<Both>, association: u16) -> Alive {
        let mut record = Record::EMPTY;
        record.set_port(association);
        let reserve = 1 + self.random.below(6) as u32;
        let reservation = device.client.export(reserve, &mut record).unwrap();
        self.store(reservation, true)
    }

    /// Stamps, stores, commits; a stale record is given up, which only one that was found at boot can be.
    fn store(&mut self, mut reservation: Reservation<'_, '_, PskAuth, Provider<Both>>, own: bool) -> Alive {
        self.alive()?;
        let stamped = match &mut self.counter {
            None => reservation.stamp_unprotected().unwrap(),
            Some(counter) => match reservation.stamp(&mut Counter(counter)) {
                Ok(stamped) => stamped,
                Err(nb::Error::Other(ImportError::Stale)) if !own => {
                    self.tally.stale += 1;
                    return Ok(());
                }
                Err(error) => panic!("{error:?}"),
            },
        };
        self.alive()?;
        self.old.push(self.flash.clone());
        if self.random.below(10) == 0 {
            self.tally.torn += 1;
            self.flash.store(stamped.bytes(), Some(self.random.below(Record::LEN as u64) as usize));
            return Err(Cut);
        }
        self.flash.store(stamped.bytes(), None);
        // In flash, and the device does not know it yet; or it never comes to know it and lives on.
        self.alive()?;
        if self.random.below(10) > 0 {
            stamped.commit();
        }
        Ok(())
    }

    fn remake(&mut self, device: &mut Device<Both>) {
        self.server.reboot();
        device.restart(NOW);
        shake(device, &mut self.server);
        self.association += 1;
        self.tally.remade += 1;
        assert!(device.client.hears());
    }

    fn send(&mut self, device: &mut Device<Both>, association: u16) -> Alive {
        self.messages += 1;
        let message = self.messages.to_be_bytes();
        let datagram = match record(device, &message) {
            Ok(datagram) => datagram,
            Err(SendError::Unreserved | SendError::NotConnected) => {
                self.tally.unreserved += 1;
                return self.checkpoint_if_connected(device, association);
            }
            Err(error) => panic!("{error}"),
        };
        let number = datagram[5..11].try_into().unwrap();
        assert!(
            self.used.insert((association, number)),
            "number {number:?} of association {association} was used twice"
        );
        self.alive()?;
        self.server.receive(NOW, &datagram);
        assert_eq!(self.server.seen.data.last().map(Vec::as_slice), Some(&message[..]), "{:?}", self.server.seen);
        while let Some(answer) = self.server.transmit(NOW) {
            self.heard.push(answer.clone());
            // Some answers are late, and come between what is played again.
            if self.random.below(4) > 0 {
                let news = self.hear(device, &answer);
                assert_eq!(news, usize::from(device.client.hears()));
                *(if news > 0 { &mut self.tally.echoes } else { &mut self.tally.one_way }) += 1;
            }
        }
        Ok(())
    }

    fn checkpoint_if_connected(&mut self, device: &mut Device<Both>, association: u16) -> Alive {
        if device.client.is_connected() { self.checkpoint(device, association) } else { Err(Cut) }
    }

    fn replay(&mut self, device: &mut Device<Both>) {
        if !self.heard.is_empty() {
            let datagram = self.heard[self.random.below(self.heard.len() as u64) as usize].clone();
            self.tally.replayed += u64::from(self.hear(device, &datagram) == 0);
        }
    }

    /// Hands a datagram to the device; nothing is delivered twice, in whatever life.
    fn hear(&mut self, device: &mut Device<Both>, datagram: &[u8]) -> usize {
        device.happened.clear();
        device.receive(NOW, datagram);
        let data = device.data();
        for message in &data {
            assert!(self.delivered.insert(message.clone()), "{message:?} was delivered twice");
        }
        data.len()
    }
}
