//! The story of a device that sleeps, and whose power fails when it likes: it takes up the association that its flash holds, asks a resource some times, and
//! goes to sleep; each run of the program is one life of it.
//!
//! 1. What the flash holds is imported, stored anew, committed. What was handed over goes on at once. What a crash left can send and cannot hear: it sends a
//!    few messages that need no answer, and shakes hands. What is stale or damaged is given up for a handshake.
//! 2. After a handshake the association is stored at once: the flash must not hold one that the server has forgotten.
//! 3. Before the numbers reserved run out, and every few exchanges, there is a checkpoint.
//! 4. At the end the association is handed over to the flash, and the program ends.

use super::session::Stop;
use super::{Auth, Provider, PskSession, over, pre_shared, prepare};
use crate::board::{Board, Nic};
use crate::body::Pattern;
use crate::clock::Clock;
use crate::console::Console;
use crate::flash::{Counter, Journal};
use crate::meter::Meter;
use crate::network::Sockets;
use crate::say;
use stint_coap::{Code, Request};
use stint_dtls::crypto::Sleeping;
use stint_dtls::crypto::soft::Aes128Ccm8;
use stint_dtls::{ImportError, Record, Reservation};
use stint_net::Transport;

/// The AEAD: its keys can leave the RAM.
type Sleeps = Sleeping<Aes128Ccm8>;
/// The memory that is lent to Stint and smoltcp.
pub type Memory = super::Memory<Sleeps>;

/// Record numbers reserved at a time.
const RESERVE: u32 = 16;
/// How many must be left for an exchange, its retransmissions included.
const ENOUGH: u64 = 8;
/// Exchanges of a life.
const EXCHANGES: u32 = 8;
/// Exchanges between two checkpoints.
const APART: u32 = 3;

/// Flash, and the counter that tells old copies of it.
struct Store {
    journal: Journal,
    counter: Option<Counter>,
    record: Record,
}

/// Lives once. True: it ended asleep.
pub fn run<B: Board>(
    board: &mut B,
    syst: cortex_m::peripheral::SYST,
    memory: &'static mut Memory,
    sockets: &'static mut Sockets,
) -> bool {
    let mut console = Console::open();
    let mut meter = Meter::new(Clock::start(syst, B::HERTZ, B::PER_INSTRUCTION));
    say!(console, "@boot");
    let Some(journal) = Journal::open() else { return over(&mut console, Err(Stop::Flash)) };
    let mut store = Store { journal, counter: Counter::open(), record: Record::EMPTY };
    let found = store.journal.read(&mut store.record);
    let port = Some(store.record.port()).filter(|port| found && *port != 0);
    let (lent, suits) = (memory.parts(), (Sleeping(Aes128Ccm8), ()));
    let role = (Pattern { len: 0 }, ());
    let lived =
        prepare(board, &mut console, &mut meter, lent, sockets, suits, port, role, pre_shared, |session, _, _| {
            live(session, &mut store, found)
        });
    over(&mut console, lived)
}

fn live<N: Nic>(session: &mut PskSession<'_, N, Sleeps>, store: &mut Store, found: bool) -> Result<(), Stop> {
    if found {
        wake(session, store)?;
    }
    if session.pump.dtls.is_connected() && !session.pump.dtls.hears() {
        one_way(session)?;
    }
    if !session.pump.dtls.hears() {
        shake(session, store)?;
    }
    for exchange in 1..=EXCHANGES {
        if session.pump.dtls.reserved().is_none_or(|left| left < ENOUGH) || exchange % APART == 0 {
            export(session, store, RESERVE)?;
            say!(session.console, "@checkpoint");
        }
        match session.exchange(&Request::get("count"), Code::CONTENT, |_, _| true) {
            Ok(()) => say!(session.console, "@exchange"),
            // The server does not know the association any more.
            Err(Stop::Failed(_)) => {
                say!(session.console, "@lost");
                shake(session, store)?;
            }
            Err(stop) => return Err(stop),
        }
    }
    export(session, store, 0)?;
    say!(session.console, "@asleep");
    Ok(())
}

/// Takes up what the flash holds.
fn wake<N: Nic>(session: &mut PskSession<'_, N, Sleeps>, store: &mut Store) -> Result<(), Stop> {
    let Store { journal, counter, record } = store;
    let kept = match session.pump.dtls.import(record, RESERVE) {
        Ok(reservation) => keep(reservation, journal, counter, session.console),
        Err(error) => Err(Stop::Export(error)),
    };
    match kept {
        Ok(()) if session.pump.dtls.hears() => say!(session.console, "@woke"),
        Ok(()) => say!(session.console, "@woke deaf"),
        Err(Stop::Export(ImportError::Stale)) => say!(session.console, "@stale"),
        Err(Stop::Export(error)) => say!(session.console, "@refused: {error}"),
        Err(stop) => return Err(stop),
    }
    Ok(())
}

fn shake<N: Nic>(session: &mut PskSession<'_, N, Sleeps>, store: &mut Store) -> Result<(), Stop> {
    session.pump.net.net.renew();
    session.connect()?;
    say!(session.console, "@handshake");
    export(session, store, RESERVE)
}

fn export<N: Nic>(session: &mut PskSession<'_, N, Sleeps>, store: &mut Store, reserve: u32) -> Result<(), Stop> {
    let Store { journal, counter, record } = store;
    record.set_port(session.pump.net.net.local_port());
    let reservation = session.pump.dtls.export(reserve, record).map_err(Stop::Export)?;
    keep(reservation, journal, counter, session.console)
}

/// Stamps a record, stores it, and commits it then.
fn keep(
    mut reservation: Reservation<'_, '_, Auth, Provider<Sleeps>>,
    journal: &mut Journal,
    counter: &mut Option<Counter>,
    console: &mut Console,
) -> Result<(), Stop> {
    let stamped = match counter {
        Some(counter) => nb::block!(reservation.stamp(counter)).map_err(Stop::Export)?,
        None => reservation.stamp_unprotected().map_err(Stop::Export)?,
    };
    say!(console, "@store");
    if !journal.store(stamped.bytes()) {
        return Err(Stop::Flash);
    }
    say!(console, "@stored");
    stamped.commit();
    Ok(())
}

/// Sends what needs no answer: non-confirmable GETs (RFC 7252 4.3).
fn one_way<N: Nic>(session: &mut PskSession<'_, N, Sleeps>) -> Result<(), Stop> {
    for id in 0..3 {
        let now = session.meter.now();
        let pump = &mut session.pump;
        let mut out = [0; 96];
        let sent = pump.dtls.send(now, &mut out, |room| {
            *room.first_chunk_mut()? = [0x50, 0x01, 0xff, id];
            Some(4)
        });
        if let Ok(Some(len)) = sent
            && let Some(datagram) = out.get(..len)
        {
            pump.net.tick(now);
            // One that the network does not take is lost, as any may be.
            let _ = pump.net.send(datagram);
            say!(session.console, "@one_way");
        }
    }
    Ok(())
}
