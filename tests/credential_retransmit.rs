//! A flight with certificates that is sent again: the same to the byte, however it is cut; and cryptography that takes its time.

use std::collections::BTreeMap;
use stint_dtls::Event;
use stint_dtls::auth::Auth;
use stint_lab::device::{Happened, Options};
use stint_lab::link::{Direction, End, Impairment, Link};
use stint_lab::parties::{AllProvider, Parties, Scene, Who, on, roomy, slow_on};
use stint_lab::play;
use stint_lab::scene::connect;
use stint_lab::server::code::{CERTIFICATE, CERTIFICATE_VERIFY, CLIENT_HELLO, CLIENT_KEY_EXCHANGE, FINISHED};
use stint_lab::server::{Config, Cut, Fragment, HANDSHAKE, Kx, Record, Shape};
use stint_lab::watched::{busy, operations};

/// A byte of a message, and how often it was sent.
type Byte = (Option<u8>, u32);

/// The bytes of each of the client's messages in the clear, by type and message_seq; they must not differ when they are sent again.
#[derive(Default)]
struct Sent(BTreeMap<(u8, u16), Vec<Byte>>);

impl Sent {
    fn of<'p>(datagrams: impl Iterator<Item = &'p Vec<u8>>) -> Self {
        let mut sent = Self::default();
        for record in datagrams.flat_map(|d| Record::split(d, 0)) {
            if record.epoch == 0 && record.kind == HANDSHAKE {
                Fragment::split(&record.fragment).iter().for_each(|f| sent.add(f));
            }
        }
        sent
    }

    fn add(&mut self, fragment: &Fragment) {
        let bytes = self.0.entry((fragment.kind, fragment.seq)).or_insert_with(|| vec![(None, 0); fragment.len]);
        assert_eq!(bytes.len(), fragment.len, "the length of message {} changed", fragment.kind);
        for (place, byte) in bytes[fragment.offset..].iter_mut().zip(&fragment.body) {
            assert!(place.0.is_none_or(|b| b == *byte), "message {} changed", fragment.kind);
            *place = (Some(*byte), place.1 + 1);
        }
    }

    /// How often the message was sent, where it was at all.
    fn times(&self, kind: u8) -> Vec<u32> {
        let of = |m: &Vec<Byte>| m.iter().map(|b| b.1).min().unwrap_or(0);
        self.0.iter().filter(|m| m.0.0 == kind).map(|m| of(m.1)).collect()
    }
}

fn up(log: &[stint_lab::link::Passage]) -> impl Iterator<Item = &Vec<u8>> {
    log.iter().filter(|p| p.direction == Direction::Up).map(|p| &p.bytes)
}

#[test]
fn a_repeated_certificate_verify_differs_from_the_first() {
    for who in Who::ALL {
        for lost in 1..6u32 {
            for mtu in [256, 300, 700, 1152] {
                play!(who, auth, who: Who = who, lost: u32 = lost, mtu: u16 = mtu => {
                    let mut options = roomy();
                    options.config.mtu = mtu;
                    let before = operations();
                    let mut pair = on(Link::new(Impairment::NONE, 1), options, auth, who.server());
                    // the server is deaf to our flight so many times: it gets everything but the last record, our Finished
                    let mut flights = 0;
                    pair.link.tap = Some(Box::new(move |direction, _, bytes| {
                        let ends = Record::split(bytes, 0).iter().any(|r| r.epoch == 1);
                        flights += u32::from(direction == Direction::Up && ends);
                        !(direction == Direction::Up && ends && flights <= lost)
                    }));
                    connect(&mut pair);
                    assert_eq!(operations() - before, who.operations(), "what is sent again is not made again");
                    let sent = Sent::of(up(&pair.link.log));
                    assert_eq!(sent.times(CLIENT_KEY_EXCHANGE), [lost + 1], "{who:?} {mtu}");
                    assert_eq!(sent.times(CLIENT_HELLO), [1, 1]);
                    let mutual = if who.mutual() { vec![lost + 1] } else { Vec::new() };
                    assert_eq!(sent.times(CERTIFICATE), mutual, "{who:?} {mtu}");
                    assert_eq!(sent.times(CERTIFICATE_VERIFY), mutual, "{who:?} {mtu}");
                    assert!(sent.times(FINISHED).is_empty(), "never in the clear");
                    assert!(up(&pair.link.log).all(|d| d.len() <= usize::from(mtu)));
                });
            }
        }
    }
}

#[test]
fn a_certificate_in_any_cut_is_not_understood() {
    for who in Who::SIGNED {
        for len in (1..40).chain((40..600).step_by(37)) {
            for cut in [Cut::At(len), Cut::Overlap { len: len + 3, back: 3.min(len) }] {
                for messages_in_a_record in [false, true] {
                    let shape = Shape { cut, messages_in_a_record, ..Config::default().shape };
                    let config = Config { shape, ..who.server() };
                    play!(who, auth, config: Config = config => {
                        connect(&mut on(Link::new(Impairment::NONE, 1), roomy(), auth, config));
                    });
                }
            }
        }
    }
}

#[test]
fn a_chain_needs_more_than_its_message_in_the_reassembly_slice() {
    // whole messages are read where they lie
    for who in Who::SIGNED {
        play!(who, auth, who: Who = who => {
            let shape = Shape { mtu: 3000, ..Config::default().shape };
            let impairment = Impairment { mtu: 3000, ..Impairment::NONE };
            let options = Options { reassembly: 0, ..Options::default() };
            connect(&mut on(Link::new(impairment, 1), options, auth, Config { shape, ..who.server() }));
        });
        // fragments need the message, and a bit for each byte of it
        let config = who.server();
        // the longer of Certificate and ServerKeyExchange: parameters, scheme, and a signature of up to 72 bytes
        let need = config.credential.message(config.credential.kind()).len().max(69 + 4 + 72);
        for (reassembly, fits) in [(need + need / 8 + 1, true), (need, false), (need / 2, false)] {
            play!(who, auth, who: Who = who, reassembly: usize = reassembly, fits: bool = fits => {
                let shape = Shape { cut: Cut::At(80), ..Config::default().shape };
                let options = Options { reassembly, ..Options::default() };
                let config = Config { shape, ..who.server() };
                let mut pair = on(Link::new(Impairment::NONE, 1), options, auth, config);
                if fits {
                    connect(&mut pair);
                } else {
                    let error = stint_lab::scene::fails(&mut pair);
                    assert!(matches!(error, stint_dtls::Error::ReassemblyTooSmall { .. }), "{error:?}");
                    assert_eq!(pair.server.seen.alerts, [(0, 2, 80)]);
                }
            });
        }
    }
}

/// A handshake whose cryptography is busy for a while before each operation.
struct Slow {
    who: Who,
    delay: u32,
    impairment: Impairment,
    seed: u64,
}

impl Scene for Slow {
    type End = ();
    fn play<A: Auth<AllProvider, Step: 'static> + 'static>(&mut self, auth: A) {
        let (before, waited) = (operations(), busy());
        let mut options = Options { seed: self.seed, ..roomy() };
        options.config.transmissions = 60;
        let config = Config { seed: self.seed, transmissions: 60, ..self.who.server() };
        let link = Link::new(self.impairment, self.seed);
        let mut pair = slow_on(link, options, auth, config, self.delay);
        connect(&mut pair);
        assert_eq!(operations() - before, self.who.operations(), "{:?} seed {}", self.who, self.seed);
        // a pre-shared key is derived from besides
        let all = self.who.operations() + u64::from(self.who.kx() != Kx::EcdheEcdsa);
        assert_eq!(busy() - waited, all * u64::from(self.delay), "{:?} seed {}", self.who, self.seed);
    }
}

#[test]
fn an_element_that_is_busy_ends_a_handshake_or_is_asked_twice() {
    for who in Who::ALL {
        for delay in [1, 2, 7] {
            who.play(delay, &mut Slow { who, delay, impairment: Impairment::NONE, seed: 1 });
        }
        for seed in 0..20 {
            let impairment = Impairment { loss: 200, duplicate: 150, reorder: 200, ..Impairment::NONE };
            who.play(3, &mut Slow { who, delay: 3, impairment, seed });
        }
    }
}

#[test]
fn our_key_exchange_goes_out_before_the_server_is_verified() {
    for who in Who::SIGNED {
        play!(who, auth, who: Who = who => {
            let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, who.server());
            connect(&mut pair);
            let verified = pair.client.verified.as_ref().unwrap();
            let all: Vec<&Vec<u8>> = up(&pair.link.log).collect();
            let early = Sent::of(all[..verified.sent].iter().copied());
            assert_eq!((early.times(CLIENT_HELLO).len(), early.0.len()), (2, 2), "nothing but the ClientHellos");
            let late = Sent::of(all[verified.sent..].iter().copied());
            assert_eq!(late.times(CLIENT_KEY_EXCHANGE), [1]);
            let place = |h: &Happened| pair.client.happened.iter().position(|o| o == h).unwrap();
            assert!(place(&Happened::PeerVerified) < place(&Happened::Connected));
        });
    }
}

#[test]
fn a_server_that_is_verified_and_not_wanted_hears_of_us() {
    // what an application does that reads the identity and says no: by hand, one operation a call
    for who in Who::SIGNED {
        play!(who, auth, who: Who = who => {
            let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, who.server());
            let (now, client, server) = (pair.now, &mut pair.client.client, &mut pair.server);
            let (mut sent, mut buffer) = (Vec::new(), [0; 1200]);
            let verified = (0..20).any(|_| {
                while let Some(len) = client.poll_transmit(now, &mut buffer).unwrap() {
                    sent.push(buffer[..len].to_vec());
                    server.receive(now, &buffer[..len]);
                }
                while let Some(mut datagram) = server.transmit(now) {
                    let mut rest = datagram.as_mut_slice();
                    assert_eq!(client.next_event(now, &mut rest).unwrap(), None);
                }
                client.poll_work(now).unwrap() == Some(Event::PeerVerified)
            });
            assert!(verified);
            assert_eq!(client.peer().unwrap().spki(), Parties::shared().server_key.spki());
            client.close();
            assert_eq!(client.poll_transmit(now, &mut buffer).unwrap(), None);
            assert!(!client.is_handshaking());
            let sent = Sent::of(sent.iter());
            assert_eq!((sent.times(CLIENT_HELLO).len(), sent.0.len()), (2, 2), "{who:?}: nothing but the ClientHellos");
        });
    }
}
