//! The credentials of DTLS, each a type: whatever the user chose, the same conversation over it.

use crate::args::Ecdhe;
use crate::credentials::{Certificates, Credential, Name, PreShared, RawKeys, spki};
use crate::exit::Failure;
use crate::jobs::Job;
use crate::keylog;
use crate::link::Wire;
use crate::resumption::SessionFile;
use crate::session::{self, Talk};
use crate::sleep;
use crate::suites::Offered;
use stint_coap::{Cocoa, Profile};
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::{P256Exchange, P256Signer, P256Task, P256Verifier, P384Verifier, RsaVerifier, Sha256};
use stint_dtls::crypto::{Crypto, CryptoError, Empty, PreSharedKey, Signature, Signer, Verifier};
use stint_dtls::pki::{Anchor, PeerIdentity, Rules};
use stint_dtls::{
    Client, Config, EcdhePsk, ExtendedMasterSecret, Memory, Psk, RawKey, Resumable, Session, WithExtensions, X509,
};
use stint_net::{Outbox, Pump};

/// The longest ticket that is kept, in bytes: one of a session with a client's certificate has that in it.
pub(crate) const TICKET: usize = 8_192;
/// The largest datagram sent: IPv6's least MTU (RFC 8200 5) without IP and UDP headers.
pub(crate) const OUTBOX: usize = 1_232;
/// How many certificates a chain may have below its anchor.
const CHAIN: usize = 8;
/// Bytes for the server's key, subject and names.
const IDENTITY: usize = 8_192;
/// The longest handshake message that is put together from fragments, and an eighth more to note which are there.
const REASSEMBLY: usize = 32_768;

/// All kinds of signatures that a chain may have.
type Verifiers = (P256Verifier, (P384Verifier, RsaVerifier));
const VERIFIERS: Verifiers = (P256Verifier, (P384Verifier, RsaVerifier));

type Provider = Crypto<Sha256, Offered, getrandom::SysRng, P256Exchange>;

/// What can be asked of a credential in its wrappings.
pub(crate) trait Wrapped {
    /// The protocol that the server chose.
    fn protocol(&self) -> Option<&[u8]>;
    /// The session, where one is kept.
    fn session(&self) -> Option<&Session<TICKET>> {
        None
    }
}

impl<A> Wrapped for WithExtensions<'_, A> {
    fn protocol(&self) -> Option<&[u8]> {
        WithExtensions::protocol(self)
    }
}

impl<A: Wrapped> Wrapped for Resumable<'_, A, TICKET> {
    fn protocol(&self) -> Option<&[u8]> {
        self.inner().protocol()
    }
    fn session(&self) -> Option<&Session<TICKET>> {
        Some(Resumable::session(self))
    }
}

/// Our key, where there is one; without one there is nothing to show, and it is never asked.
struct OwnKey<'a>(Option<P256Signer<'a>>);

impl Signer for OwnKey<'_> {
    fn sign(&mut self, digest: &[u8; 32], out: &mut Signature) -> nb::Result<(), CryptoError> {
        self.0.as_mut().ok_or(CryptoError)?.sign(digest, out)
    }
}

impl<'a> OwnKey<'a> {
    fn new(key: Option<&'a [u8; 32]>) -> Result<Self, Failure> {
        key.map(P256Signer::new).transpose().map(OwnKey).map_err(usage)
    }
}

fn usage(error: impl std::fmt::Display) -> Failure {
    Failure::usage(error.to_string())
}

/// Has the conversation with this credential.
pub(crate) fn run(talk: &Talk<'_>, credential: &Credential, wire: Wire, job: &mut dyn Job) -> Result<(), Failure> {
    match credential {
        Credential::PreShared(known, ecdhe) => pre_shared(talk, known, *ecdhe, wire, job),
        Credential::Certificates(known) => certificates(talk, known, wire, job),
        Credential::RawKeys(known) => raw_keys(talk, known, wire, job),
    }
}

fn pre_shared(talk: &Talk<'_>, known: &PreShared, ecdhe: Ecdhe, wire: Wire, job: &mut dyn Job) -> Result<(), Failure> {
    let key = || PreSharedKey::new(&known.key).map_err(usage);
    let plain = || Psk::new(&known.identity, key()?).map_err(usage);
    let ephemeral = || EcdhePsk::new(&known.identity, key()?).map_err(usage);
    match ecdhe {
        Ecdhe::No => extended(talk, plain()?, wire, job),
        Ecdhe::Prefer => extended(talk, (ephemeral()?, plain()?), wire, job),
        Ecdhe::Only => extended(talk, ephemeral()?, wire, job),
    }
}

fn certificates(talk: &Talk<'_>, known: &Certificates, wire: Wire, job: &mut dyn Job) -> Result<(), Failure> {
    let anchors = known.anchors.iter().map(|der| Anchor::from_certificate(der)).collect::<Result<Vec<_>, _>>();
    let anchors = anchors.map_err(usage)?;
    let mut rules = Rules::new(&anchors, known.name.as_rule(), known.clock);
    rules.pins = &known.pins;
    let mut tasks = [const { <Verifiers as Verifier>::Task::EMPTY }; CHAIN + 1];
    let mut store = vec![0; IDENTITY];
    let chain: Vec<&[u8]> = known.own.iter().flat_map(|own| own.chain.iter().map(Vec::as_slice)).collect();
    let key = OwnKey::new(known.own.as_ref().map(|own| &own.key))?;
    let auth = X509::new(rules, VERIFIERS, &mut tasks, PeerIdentity::new(&mut store)).with_certificate(&chain, key);
    extended(talk, auth, wire, job)
}

fn raw_keys(talk: &Talk<'_>, known: &RawKeys, wire: Wire, job: &mut dyn Job) -> Result<(), Failure> {
    let trusted: Vec<&[u8]> = known.trusted.iter().map(Vec::as_slice).collect();
    let (mut task, mut store) = (P256Task::EMPTY, [0; 91]);
    let own = known.own.as_ref().map(spki).transpose()?;
    let key = OwnKey::new(known.own.as_ref())?;
    let auth = RawKey::new(&trusted, P256Verifier, &mut task, PeerIdentity::new(&mut store))
        .with_key(own.as_ref().map_or(&[], |own| own.as_slice()), key);
    extended(talk, auth, wire, job)
}

/// With what else is offered; and with the session, where one is to be kept.
fn extended<A: Auth<Provider>>(talk: &Talk<'_>, auth: A, wire: Wire, job: &mut dyn Job) -> Result<(), Failure> {
    let protocols: Vec<&[u8]> = talk.args.offer.alpn.iter().map(String::as_bytes).collect();
    if protocols.iter().any(|protocol| protocol.is_empty() || protocol.len() > 255) {
        return Err(Failure::usage("--alpn takes protocols of 1 to 255 bytes (RFC 7301 3.1)"));
    }
    let auth = WithExtensions::new(auth).protocols(&protocols);
    let Some(path) = &talk.args.offer.session else { return converse(talk, auth, None, wire, job) };
    let mut session = Box::new(Session::<TICKET>::EMPTY);
    let file = SessionFile::load(path.clone(), &mut session, talk.args.verbose > 0)?;
    converse(talk, Resumable::new(auth, &mut session), Some(&file), wire, job)
}

fn converse<A: Auth<Provider> + Wrapped>(
    talk: &Talk<'_>,
    auth: A,
    file: Option<&SessionFile>,
    mut wire: Wire,
    job: &mut dyn Job,
) -> Result<(), Failure> {
    let args = talk.args;
    let log = keylog::Writer::open(args.keylog.as_deref())?;
    let hook = |random: &[u8; 32], master: &[u8; 48]| log.write(random, master);
    let cid = connection_id(args.cid.as_deref())?;
    let given = args.public_key.name.as_deref().map(|name| Name::new(Some(name), talk.target)).transpose()?;
    let name = match talk.credential {
        // Of a blob, it may be another than the host's.
        Some(Credential::Certificates(known)) => Some(&known.name),
        _ => given.as_ref(),
    };
    let mut config = Config::new();
    config.server_name = match name {
        Some(Name::Dns(name)) => Some(name),
        _ => talk.target.name(),
    };
    config.connection_id = cid.as_deref();
    config.transmissions = args.retransmissions;
    if args.allow_no_ems {
        config.extended_master_secret = ExtendedMasterSecret::Allow;
    }
    config.key_log = args.keylog.is_some().then_some(&hook as &dyn Fn(&[u8; 32], &[u8; 48]));
    let provider: Provider = Crypto { hash: Sha256, aeads: Offered::NEW, random: getrandom::SysRng, kx: P256Exchange };
    let (mut memory, mut reassembly) = (Memory::EMPTY, vec![0; REASSEMBLY]);
    let mut client = Client::new(config, auth, provider, &mut memory, &mut reassembly);
    let awake = args.offer.sleep.as_deref().is_some_and(|path| match sleep::wake(path, &mut client) {
        Ok(()) => true,
        Err(why) => {
            talk.tell(&format!("a handshake: {}: {why}", path.display()));
            false
        }
    });
    if !awake {
        if args.offer.sleep.is_some() && args.local_port == 0 {
            // At the port that slept the server may still have the association that is given up, and hear no ClientHello.
            wire.net = talk.connect(None)?;
        }
        client.start(talk.start.elapsed()).map_err(|error| Failure::Handshake(error.to_string()))?;
    }
    match talk.args.transmission.cocoa {
        true => pump(Cocoa::new(()), talk, &mut client, file, wire, job),
        false => pump((), talk, &mut client, file, wire, job),
    }
}

fn pump<X: Profile, A: Auth<Provider> + Wrapped>(
    profile: X,
    talk: &Talk<'_>,
    client: &mut Client<'_, A, Provider>,
    file: Option<&SessionFile>,
    wire: Wire,
    job: &mut dyn Job,
) -> Result<(), Failure> {
    let mut slots = talk.settings.slots();
    let mut store = talk.settings.store();
    let mut coap = talk.settings.endpoint(profile, &mut slots, &mut store)?;
    let (source, mut out) = (talk.settings.bodies.clone(), [0; OUTBOX]);
    let outbox = Outbox::new(&mut out);
    let mut pump = Pump { net: wire, dtls: client, coap: &mut coap, source, outbox };
    session::drive(talk, &mut pump, file, job)
}

/// "none" offers no Connection ID; nothing offers an empty one of ours.
fn connection_id(argument: Option<&str>) -> Result<Option<Vec<u8>>, Failure> {
    match argument {
        None => Ok(Some(Vec::new())),
        Some("none") => Ok(None),
        Some(digits) => match hex::decode(digits) {
            Ok(cid) if cid.len() <= stint_dtls::MAX_CONNECTION_ID => Ok(Some(cid)),
            Ok(_) => Err(Failure::usage("--cid takes at most 32 bytes")),
            Err(error) => Err(Failure::usage(format!("--cid: {error}"))),
        },
    }
}
