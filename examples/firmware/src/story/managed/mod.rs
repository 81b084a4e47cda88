//! The story of a device that is managed: it registers itself with the directory that its blob names (RFC 9176), and from then on that server asks. It
//! serves its resources on the association that it opened, until it is told to start anew; then it takes its registration back and closes.
//!
//! What it did is told in lines that start with `@`: `@registered`, `@refreshed`, `@reset <how often>`, `@clock <seconds>`,
//! `@package <bytes> <SHA-256>`, `@measured <battery> <temperature>`, `@observers <how many>`, `@reboot`, `@removed`.

mod device;

use super::session::{Session, Stop};
use super::{Both, DATAGRAM, Lent, Provider, over, pre_shared, prepare};
use crate::board::{Board, Nic};
use crate::clock::Clock;
use crate::console::Console;
use crate::host::unix_time;
use crate::meter::Meter;
use crate::network::{Buffers, Sockets};
use crate::registration::{LINKS, News, Registration};
use crate::say;
use core::fmt;
use core::time::Duration;
use device::{Device, Event, TABLE};
use stint_coap::{Answered, Observer, Server, Slot, Source, TextBuffer};
use stint_dtls::MemoryFor;
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8};
use stint_net::Happened;

type Auth = super::Auth;
type Role = Server<'static, Device>;
type Conversation<'s, N> = Session<'s, N, Auth, Provider<Both>, Document, Role>;

/// Requests of the device's own at a time: one of its registration's.
const SLOTS: usize = 2;
/// Bytes of their options for all.
const STORE: usize = 256;
/// Answers that are kept: the server may have several requests open, and repeat each.
const ANSWERS: usize = 6;
/// Bytes of the largest datagram that comes, and one: a server may send blocks of 1,024 bytes until it is told that this device takes smaller ones.
const INBOX: usize = 1_281;
/// Bytes of an answer: a block of 256 bytes and what CoAP puts around it.
const ANSWER: usize = DATAGRAM - 64;
/// Who observes.
const OBSERVERS: usize = 3;
/// Bytes of the links of all resources.
const DOCUMENT: usize = 512;
/// Between two measurements.
const APART: Duration = Duration::from_millis(500);
/// Of the registration.
const LIFETIME: Duration = Duration::from_secs(600);
const QUERY: &str = "ep=stint-020053544e54&lt=600&et=thermometer";

/// The memory that is lent to Stint and smoltcp. All zero, so that a `static` of it needs no flash.
pub struct Memory {
    network: Buffers,
    dtls: MemoryFor<Auth, Provider<Both>>,
    reassembly: [u8; 256],
    slots: [Slot; SLOTS],
    store: [u8; STORE],
    inbox: [u8; INBOX],
    outbox: [u8; DATAGRAM],
    answers: [Answered; ANSWERS],
    answer_store: [u8; ANSWERS * ANSWER],
    observers: [Observer; OBSERVERS],
    document: [u8; DOCUMENT],
}

impl Memory {
    /// Memory that nobody uses yet.
    pub const EMPTY: Self = Memory {
        network: Buffers::EMPTY,
        dtls: MemoryFor::<Auth, Provider<Both>>::EMPTY,
        reassembly: [0; 256],
        slots: [const { Slot::EMPTY }; SLOTS],
        store: [0; STORE],
        inbox: [0; INBOX],
        outbox: [0; DATAGRAM],
        answers: [Answered::EMPTY; ANSWERS],
        answer_store: [0; ANSWERS * ANSWER],
        observers: [Observer::EMPTY; OBSERVERS],
        document: [0; DOCUMENT],
    };
}

/// The links of the table, as the body of the registration.
pub(super) struct Document(&'static str);

impl Source for Document {
    fn size(&mut self, _: u8) -> Option<u32> {
        self.0.len().try_into().ok()
    }

    fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let rest = self.0.as_bytes().get(offset as usize..).filter(|_| key == LINKS)?;
        out.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        Some((rest.len().min(out.len()), rest.len() > out.len()))
    }
}

/// Is managed. True: until it was told to start anew.
pub fn run<B: Board>(
    board: &mut B,
    syst: cortex_m::peripheral::SYST,
    memory: &'static mut Memory,
    sockets: &'static mut Sockets,
) -> bool {
    let mut console = Console::open();
    let mut meter = Meter::new(Clock::start(syst, B::HERTZ, B::PER_INSTRUCTION));
    let device = Device::new(meter.now(), unix_time());
    let server = Server::new(device, TABLE, &mut memory.answers, &mut memory.answer_store, &mut memory.observers);
    // A server that has lost interest may say so only to what it must acknowledge, as aiocoap does.
    let server = server.confirm_every(1);
    let mut text = TextBuffer::new(&mut memory.document);
    if server.links(&mut text).is_err() {
        return over(&mut console, Err(Stop::Body));
    }
    let document = Document(text.into_text());
    let lent = Lent {
        network: &mut memory.network,
        dtls: &mut memory.dtls,
        reassembly: &mut memory.reassembly,
        slots: &mut memory.slots,
        store: &mut memory.store,
        inbox: &mut memory.inbox,
        outbox: &mut memory.outbox,
    };
    let (suits, role) = (((Aes128Ccm8, Aes128Ccm), ()), (document, server));
    let managed =
        prepare(board, &mut console, &mut meter, lent, sockets, suits, None, role, pre_shared, |session, _, _| {
            session.step("handshake", |session| session.connect())?;
            session.step("managed", serve)?;
            session.step("close", |session| session.close())?;
            session.counters();
            Ok(())
        });
    over(&mut console, managed)
}

/// Serves until the device is told to start anew.
fn serve<N: Nic>(session: &mut Conversation<'_, N>) -> Result<(), Stop> {
    let mut registration = Registration::new(QUERY, LIFETIME);
    let (mut due, mut observers) = (Duration::ZERO, 0);
    loop {
        let now = session.meter.now();
        session.pump.coap.profile_mut().context.now = now;
        if now >= due {
            due = now.saturating_add(APART);
            measure(session);
        }
        registration.poll(now, session.pump.coap).map_err(Stop::Request)?;
        let news = match session.pump.poll(now, &mut session.inbox) {
            Ok(Happened::Coap(outcome)) => registration.take(now, &outcome),
            Ok(Happened::Closed) => return Err(Stop::Closed),
            Ok(_) => None,
            Err(nb::Error::WouldBlock) => {
                let wake = [session.pump.poll_timeout(), registration.poll_timeout()];
                let wake = wake.into_iter().flatten().fold(due, Duration::min);
                session.meter.sleep(session.pump.net.net.device, Some(wake));
                None
            }
            Err(nb::Error::Other(error)) => return Err(Stop::Pump(error)),
        };
        match news {
            None => {}
            Some(Ok(News::Removed)) => {
                say!(session.console, "@removed");
                return Ok(());
            }
            Some(Ok(News::Discovered)) => say!(session.console, "@discovered"),
            Some(Ok(News::Registered)) => say!(session.console, "@registered"),
            Some(Ok(News::Refreshed)) => say!(session.console, "@refreshed"),
            Some(Ok(News::Forgotten)) => say!(session.console, "@forgotten"),
            Some(Err(refusal)) => return Err(Stop::Directory(refusal)),
        }
        while let Some(event) = session.pump.coap.profile_mut().context.event() {
            tell(session, &mut registration, event);
        }
        let count = session.pump.coap.profile().observers();
        if count != observers {
            observers = count;
            say!(session.console, "@observers {count}");
        }
    }
}

fn measure<N: Nic>(session: &mut Conversation<'_, N>) {
    let server = session.pump.coap.profile_mut();
    server.context.measure();
    let Device { battery, quarters, .. } = server.context;
    server.changed("3/0/9");
    server.changed("3303/0/5700");
    say!(session.console, "@measured {battery} {}.{:02}", quarters / 4, quarters % 4 * 25);
}

fn tell<N: Nic>(session: &mut Conversation<'_, N>, registration: &mut Registration<'_>, event: Event) {
    match event {
        Event::Reset(times) => say!(session.console, "@reset {times}"),
        Event::Clock(seconds) => say!(session.console, "@clock {seconds}"),
        Event::Package(len, digest) => say!(session.console, "@package {len} {}", Hex(&digest)),
        Event::Refresh => registration.refresh(),
        Event::Reboot => {
            say!(session.console, "@reboot");
            registration.remove();
        }
    }
}

/// Bytes in hexadecimal digits.
struct Hex<'h>(&'h [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
