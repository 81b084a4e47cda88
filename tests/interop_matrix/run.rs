//! A handshake with a server, data both ways, a close.

use crate::cell::{Cell, Feature, Talk};
use core::time::Duration;
use stint_dtls::Suite as Code;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::Aeads;
use stint_dtls::crypto::soft::P256Exchange;
use stint_lab::device::{Device, Happened, Provider};
use stint_lab::link::End;
use stint_lab::peers::Peer;
use stint_lab::udp::Station;

const PATIENCE: Duration = Duration::from_secs(20);
/// NewSessionTicket (RFC 5077 3.3).
const NEW_SESSION_TICKET: u8 = 4;
const HANDSHAKE: u8 = 22;
/// The longest datagram with [`Feature::Fragments`], in bytes.
pub(crate) const SMALL_MTU: u16 = 300;

/// The provider of a client that offers `C`.
pub(crate) type Soft<C> = Provider<C, P256Exchange>;
type Client<C, A> = Device<C, A, P256Exchange>;
/// What went wrong.
pub(crate) type Done = Result<(), String>;

/// A client whose wire is listened to.
struct Heard<C, A>
where
    C: Aeads<Key: 'static>,
    A: Auth<Soft<C>, Step: 'static> + 'static,
{
    device: Client<C, A>,
    /// Tickets that came.
    tickets: usize,
    /// Fragments of handshake messages that came in the clear.
    fragments: usize,
    /// The longest datagram either way, in bytes.
    longest: usize,
}

impl<C, A> End for Heard<C, A>
where
    C: Aeads<Key: 'static>,
    A: Auth<Soft<C>, Step: 'static> + 'static,
{
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        // records of epoch 0: the handshake in the clear, in which a ticket comes too
        let mut rest = datagram;
        while let [kind, _, _, epoch, epoch_low, _, _, _, _, _, _, high, low, record @ ..] = rest {
            let (body, after) = record.split_at(usize::from(u16::from_be_bytes([*high, *low])).min(record.len()));
            if let ([message, _, high, low, _, _, _, _, _, part_high, part_low, ..], HANDSHAKE, 0, 0) =
                (body, *kind, *epoch, *epoch_low)
            {
                self.tickets += usize::from(*message == NEW_SESSION_TICKET);
                self.fragments += usize::from((high, low) != (part_high, part_low));
            }
            rest = after;
        }
        self.longest = self.longest.max(datagram.len());
        self.device.receive(now, datagram);
    }

    fn wake(&mut self, now: Duration) {
        self.device.wake(now);
    }

    fn deadline(&self) -> Option<Duration> {
        self.device.deadline()
    }

    fn transmit(&mut self, now: Duration) -> Option<Vec<u8>> {
        let datagram = self.device.transmit(now)?;
        self.longest = self.longest.max(datagram.len());
        Some(datagram)
    }
}

impl<C, A> Heard<C, A>
where
    C: Aeads<Key: 'static>,
    A: Auth<Soft<C>, Step: 'static> + 'static,
{
    fn new(device: Client<C, A>) -> Self {
        Self { device, tickets: 0, fragments: 0, longest: 0 }
    }
}

/// One handshake, data, close; `look` is called while the association stands.
pub(crate) fn once<C, A>(
    cell: &Cell,
    peer: &mut Peer,
    device: Client<C, A>,
    look: impl Fn(&Client<C, A>, &Peer) -> Done,
) -> Done
where
    C: Aeads<Key: 'static>,
    A: Auth<Soft<C>, Step: 'static> + 'static,
{
    let mut station = connected(cell, peer, Heard::new(device))?;
    look(&station.end.device, peer)?;
    talk(cell, peer, &mut station)?;
    close(&mut station)
}

/// A full handshake and an abbreviated one, each with data and close.
pub(crate) fn twice<C, A>(cell: &Cell, peer: &mut Peer, device: Client<C, A>) -> Done
where
    C: Aeads<Key: 'static>,
    A: Auth<Soft<C>, Step: 'static> + 'static,
{
    let mut station = connected(cell, peer, Heard::new(device))?;
    expect("resumed at first", station.end.device.client.is_resumed(), false)?;
    expect("a ticket", station.end.tickets > 0, cell.feature != Feature::SessionId)?;
    talk(cell, peer, &mut station)?;
    close(&mut station)?;
    let mut heard = station.end;
    heard.device.restart(Duration::ZERO);
    let mut station = connected(cell, peer, heard)?;
    expect("resumed", station.end.device.client.is_resumed(), true)?;
    talk(cell, peer, &mut station)?;
    close(&mut station)
}

fn connected<C, A>(cell: &Cell, peer: &Peer, heard: Heard<C, A>) -> Result<Station<Heard<C, A>>, String>
where
    C: Aeads<Key: 'static>,
    A: Auth<Soft<C>, Step: 'static> + 'static,
{
    let mut station = Station::new(heard, peer.address()).map_err(|e| e.to_string())?;
    let done = |h: &mut Heard<C, A>| h.device.client.is_connected() || h.device.error().is_some();
    station.run(PATIENCE, done).map_err(|e| e.to_string())?;
    let Device { client, happened, .. } = &station.end.device;
    if !client.is_connected() {
        return Err(format!("no handshake: {happened:?}, {:?}", client.stats()));
    }
    expect("the suite", client.suite(), Some(Code(cell.suite.code())))?;
    expect("the extended master secret", client.extended_master_secret(), true)?;
    let verified = happened.contains(&Happened::PeerVerified);
    if matches!(cell.feature, Feature::ConnectionId | Feature::TicketConnectionId) {
        expect("no Connection ID of the server's", client.peer_connection_id().is_empty(), false)?;
    }
    if cell.feature == Feature::Fragments {
        let Heard { fragments, longest, .. } = station.end;
        expect("small fragments", (fragments > 0, longest <= usize::from(SMALL_MTU)), (true, true))
            .map_err(|e| format!("{e}: {fragments} fragments, {longest} bytes"))?;
    }
    expect("a verified server", verified, cell.suite.is_ecdsa() && !client.is_resumed())?;
    Ok(station)
}

/// Data both ways.
fn talk<C, A>(cell: &Cell, peer: &mut Peer, station: &mut Station<Heard<C, A>>) -> Done
where
    C: Aeads<Key: 'static>,
    A: Auth<Soft<C>, Step: 'static> + 'static,
{
    let (request, answer): (&[u8], &[u8]) = match cell.server.talk {
        Talk::Coap => (&[0x41, 0x01, 0x12, 0x34, 0x7a, 0xb4, b't', b'i', b'm', b'e'], &[0x61, 0x45, 0x12, 0x34, 0x7a]),
        Talk::Echo => (b"there and back\n", b"there and back\n"),
        Talk::Http => (b"GET / HTTP/1.0\r\n\r\n", b"200 OK"),
        Talk::Typed => (b"to the server\n", b"to the client\n"),
    };
    let before = station.end.device.data().len();
    let printed = peer.output().len();
    station.end.device.outbox.push_back(request.to_vec());
    if cell.server.talk == Talk::Typed {
        let told = |_: &mut Heard<C, A>| peer.output().get(printed..).is_some_and(|o| o.contains("to the server"));
        let printed = station.run(PATIENCE, told).map_err(|e| e.to_string())?;
        expect("our data printed", printed, true)?;
        peer.say("to the client\n")?;
    }
    let came =
        |h: &mut Heard<C, A>| h.device.data()[before..].iter().any(|m| m.windows(answer.len()).any(|w| w == answer));
    if station.run(PATIENCE, came).map_err(|e| e.to_string())? {
        return Ok(());
    }
    let Device { client, happened, .. } = &station.end.device;
    Err(format!("no answer: {happened:?}, {:?}", client.stats()))
}

/// Closes; nothing may have gone wrong meanwhile.
fn close<C, A>(station: &mut Station<Heard<C, A>>) -> Done
where
    C: Aeads<Key: 'static>,
    A: Auth<Soft<C>, Step: 'static> + 'static,
{
    station.end.device.client.close();
    station.run(Duration::from_millis(20), |_| false).map_err(|e| e.to_string())?;
    expect("records under another Connection ID", station.end.device.client.stats().foreign, 0)?;
    expect("the error at the end", station.end.device.error(), None)
}

/// That something is as it should be.
pub(crate) fn expect<T: PartialEq + core::fmt::Debug>(what: &str, is: T, should: T) -> Done {
    if is == should { Ok(()) } else { Err(format!("{what}: {is:?}, not {should:?}")) }
}
