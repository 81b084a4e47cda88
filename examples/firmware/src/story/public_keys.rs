//! The story with a raw public key, with certificates, or with a pre-shared key and ephemeral ones, as the provisioning blob says: handshake, GET, PUT, close. A
//! private key is at the far end of an
//! I2C bus, in an element that is busy for a while with each signature; meanwhile the loop turns, and it is counted how often.

use super::session::{Session, Stop};
use super::{DATAGRAM, Lent, Provider as With, SLOTS, STORE, over, prepare};
use crate::board::{Board, Nic};
use crate::body::Pattern;
use crate::clock::Clock;
use crate::console::Console;
use crate::element::{Element, Simulated};
use crate::host::unix_time;
use crate::meter::Meter;
use crate::network::{Buffers, Sockets};
use crate::say;
use core::sync::atomic::{AtomicU32, Ordering};
use stint_coap::{Body, Code, Request, Slot};
use stint_dtls::auth::Auth;
use stint_dtls::crypto::compact::{Native, P256Exchange, P256Signer, P256Verifier};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Empty, P256Task, PreSharedKey};
use stint_dtls::pki::{Anchor, Clock as Dates, PeerIdentity, Rules, ServerName, UnixTime};
use stint_dtls::{CertificateError, EcdhePsk, MemoryFor, RawKey, X509};
use stint_provisioning::{Blob, Certificates, Credential};

type Both = (Aes128Ccm8, Aes128Ccm);
type Provider = With<Both, P256Exchange<Native>>;
type Key = Element<Simulated<'static>>;
type Certified = X509<'static, Key, P256Verifier<Native>>;
type Raw = RawKey<'static, Key, P256Verifier<Native>>;
type Shared = EcdhePsk<'static, PreSharedKey<'static>>;

/// How often the element was busy.
static BUSY: AtomicU32 = AtomicU32::new(0);

/// The longest datagram of a server's that shows certificates.
const INBOX: usize = 1_281;
/// Certificates in a list of the blob's.
const LISTED: usize = 3;

/// The memory that is lent to Stint and smoltcp. All zero, so that a `static` of it needs no flash. A raw key remembers the same of a handshake as certificates.
pub struct Memory {
    network: Buffers,
    dtls: MemoryFor<Certified, Provider>,
    shared: MemoryFor<Shared, Provider>,
    reassembly: [u8; 1_024],
    slots: [Slot; SLOTS],
    store: [u8; STORE],
    inbox: [u8; INBOX],
    outbox: [u8; DATAGRAM],
    tasks: [P256Task; LISTED],
    peer: [u8; 256],
}

/// The blob's lists, as a credential borrows them. Not all zero, and therefore apart.
pub struct Lists {
    /// Our certificates, or the server's raw key.
    shown: [&'static [u8]; LISTED],
    anchors: Option<[Anchor<'static>; LISTED]>,
}

impl Memory {
    /// Memory that nobody uses yet.
    pub const EMPTY: Self = Memory {
        network: Buffers::EMPTY,
        dtls: MemoryFor::<Certified, Provider>::EMPTY,
        shared: MemoryFor::<Shared, Provider>::EMPTY,
        reassembly: [0; 1_024],
        slots: [const { Slot::EMPTY }; SLOTS],
        store: [0; STORE],
        inbox: [0; INBOX],
        outbox: [0; DATAGRAM],
        tasks: [P256Task::EMPTY; LISTED],
        peer: [0; 256],
    };
}

impl Lists {
    /// No lists yet.
    pub const EMPTY: Self = Lists { shown: [&[]; LISTED], anchors: None };
}

/// The element that holds the private key.
fn element(key: &'static [u8; 32]) -> Result<Key, Stop> {
    let key = P256Signer::new(key, Native, Sha256).map_err(|_| Stop::Key)?;
    Ok(Element::new(Simulated::new(key), &BUSY))
}

fn raw(
    blob: &Blob<'static>,
    [task, ..]: &'static mut [P256Task; LISTED],
    peer: PeerIdentity<'static>,
    lists: &'static mut Lists,
) -> Result<Raw, Stop> {
    let Credential::RawKey { key, public, server } = blob.credential else { return Err(Stop::Credential) };
    let [trusted, ..] = &mut lists.shown;
    *trusted = server;
    let trusted = core::slice::from_ref(trusted);
    Ok(RawKey::new(trusted, P256Verifier(Native), task, peer).with_key(public, element(key)?))
}

fn shared(blob: &Blob<'static>) -> Result<Shared, Stop> {
    let Credential::PreShared { identity, key } = blob.credential else { return Err(Stop::Credential) };
    EcdhePsk::new(identity, PreSharedKey::new(key).map_err(|_| Stop::Key)?).map_err(|_| Stop::Key)
}

fn certified(
    blob: &Blob<'static>,
    tasks: &'static mut [P256Task],
    peer: PeerIdentity<'static>,
    lists: &'static mut Lists,
) -> Result<Certified, Stop> {
    let Credential::X509 { key, chain, anchors, name } = blob.credential else { return Err(Stop::Credential) };
    let Lists { shown, anchors: trusted } = lists;
    let chain = listed(chain, shown)?;
    let first = Anchor::new(&[], &[]);
    let trusted = trusted.insert([first; LISTED]);
    for (place, certificate) in trusted.iter_mut().zip(anchors) {
        *place = Anchor::from_certificate(certificate).map_err(Stop::Certificate)?;
    }
    let trusted = trusted.get(..anchors.count()).ok_or(TOO_MANY)?;
    let rules = Rules::new(trusted, ServerName::Dns(name), Dates::Require(Some(UnixTime(unix_time()))));
    Ok(X509::new(rules, P256Verifier(Native), tasks, peer).with_certificate(chain, element(key)?))
}

const TOO_MANY: Stop = Stop::Certificate(CertificateError::TooManyCertificates);

/// The certificates of a list, as many as there is room for: more is an error.
fn listed(
    list: Certificates<'static>,
    places: &'static mut [&'static [u8]; LISTED],
) -> Result<&'static [&'static [u8]], Stop> {
    let count = list.count();
    places.iter_mut().zip(list).for_each(|(place, certificate)| *place = certificate);
    places.get(..count).ok_or(TOO_MANY)
}

/// Does it all. True: all went well.
pub fn run<B: Board>(
    board: &mut B,
    syst: cortex_m::peripheral::SYST,
    memory: &'static mut Memory,
    lists: &'static mut Lists,
    sockets: &'static mut Sockets,
) -> bool {
    let mut console = Console::open();
    let mut meter = Meter::new(Clock::start(syst, B::HERTZ, B::PER_INSTRUCTION));
    say!(console, "{}: Stint {}, no heap", B::NAME, env!("CARGO_PKG_VERSION"));
    let Memory { network, dtls, shared: shared_dtls, reassembly, slots, store, inbox, outbox, tasks, peer } = memory;
    let peer = PeerIdentity::new(peer);
    let told = match Blob::parse(board.provisioning()).map(|blob| blob.credential) {
        Err(error) => Err(Stop::Provisioning(error)),
        Ok(Credential::RawKey { .. }) => {
            say!(console, "my credential is a raw public key");
            let lent = Lent { network, dtls, reassembly, slots, store, inbox, outbox };
            tell(board, &mut console, &mut meter, lent, sockets, |blob| raw(blob, tasks, peer, lists))
        }
        Ok(Credential::PreShared { .. }) => {
            say!(console, "my credential is a pre-shared key, with ephemeral keys");
            let lent = Lent { network, dtls: shared_dtls, reassembly, slots, store, inbox, outbox };
            tell(board, &mut console, &mut meter, lent, sockets, shared)
        }
        Ok(_) => {
            say!(console, "my credential is a certificate");
            let lent = Lent { network, dtls, reassembly, slots, store, inbox, outbox };
            tell(board, &mut console, &mut meter, lent, sockets, |blob| certified(blob, tasks, peer, lists))
        }
    };
    over(&mut console, told)
}

fn tell<B: Board, A: Auth<Provider>>(
    board: &mut B,
    console: &mut Console,
    meter: &mut Meter,
    lent: Lent<A, Provider>,
    sockets: &'static mut Sockets,
    credential: impl FnOnce(&Blob<'static>) -> Result<A, Stop>,
) -> Result<(), Stop> {
    let suits = ((Aes128Ccm8, Aes128Ccm), P256Exchange(Native));
    let role = (Pattern { len: 0 }, ());
    prepare(board, console, meter, lent, sockets, suits, None, role, credential, |session, _, _| {
        converse(session, B::NAME)
    })
}

fn converse<N: Nic, A: Auth<Provider>>(session: &mut Session<'_, N, A, Provider>, name: &str) -> Result<(), Stop> {
    const EXAMPLE: &str = "example_data";
    session.step("handshake", |session| session.connect())?;
    session.flights();
    say!(session.console, "@element busy={} turns={}", BUSY.load(Ordering::Relaxed), session.turns);
    let peer = session.pump.dtls.peer();
    let who = match peer.and_then(|peer| peer.common_name()) {
        Some(name) => name,
        None if peer.is_some() => "known by its key",
        None => "known by the key that we share",
    };
    say!(session.console, "the server is {who}");
    session.step("get", |session| session.exchange(&Request::get(EXAMPLE), Code::CONTENT, |_, _| true))?;
    let hello = name.as_bytes();
    let put = Request { body: Body::Small(hello), ..Request::new(Code::PUT, EXAMPLE) };
    session.step("put", |session| session.exchange(&put, Code::CHANGED, |_, _| true))?;
    let same = |offset: u32, payload: &[u8]| offset == 0 && payload == hello;
    session.step("get_again", |session| session.exchange(&Request::get(EXAMPLE), Code::CONTENT, same))?;
    session.step("close", |session| session.close())?;
    session.counters();
    Ok(())
}
