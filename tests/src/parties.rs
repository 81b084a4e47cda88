//! Who stands at the two ends: each credential that a client can have, and the server that fits it.

use crate::device::{Device, Options, Provider};
use crate::link::{Link, Pair};
use crate::server::{Authority, Clients, Config, Credential, Echo, Key, Kx, Server, suites};
use crate::watched::Watched;
use std::sync::OnceLock;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::{
    Aes128Ccm, Aes128Ccm8, Aes128Gcm, ChaCha20Poly1305, P256Exchange, P256Signer, P256Task, P256Verifier,
};
use stint_dtls::crypto::{Empty, PreSharedKey};
use stint_dtls::pki::{Anchor, Clock, PeerIdentity, Rules, ServerName, UnixTime};
use stint_dtls::{EcdhePsk, Psk, RawKey, X509};

/// Every AEAD there is.
pub type AllAeads = (Aes128Ccm8, (Aes128Ccm, (Aes128Gcm, ChaCha20Poly1305)));
/// Their value.
pub const AEADS: AllAeads = (Aes128Ccm8, (Aes128Ccm, (Aes128Gcm, ChaCha20Poly1305)));
/// The key exchange: P-256 in software, watched.
pub type WatchedExchange = Watched<P256Exchange>;
/// The provider of every client here.
pub type AllProvider = Provider<AllAeads, WatchedExchange>;
/// A client with a credential.
pub type Client<A> = Device<AllAeads, A, WatchedExchange>;
/// A signer: P-256 in software, watched.
pub type WatchedSigner = Watched<P256Signer<'static>>;
/// A verifier: P-256 in software, watched.
pub type WatchedVerifier = Watched<P256Verifier>;
/// A pre-shared key, watched.
pub type WatchedKey = Watched<PreSharedKey<'static>>;

/// The name of the server.
pub const NAME: &str = "server.example";
/// A time at which the certificates are valid.
pub const NOW: UnixTime = UnixTime(1_800_000_000);

/// Keys and certificates of both ends; the same in each run.
pub struct Parties {
    /// The root.
    pub root: Authority,
    /// What issues the certificates of servers and clients, below the root.
    pub issuing: Authority,
    /// The server's key.
    pub server_key: Key,
    /// The client's key.
    pub client_key: Key,
    /// The server's chain, without the root.
    pub server: Vec<Vec<u8>>,
    /// The client's chain, without the root.
    pub client: Vec<Vec<u8>>,
}

impl Parties {
    /// Those of this process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Parties> = OnceLock::new();
        SHARED.get_or_init(|| {
            let root = Authority::root("Stint lab root", 1);
            let issuing = root.under("Stint lab issuing", 2);
            let (server_key, client_key) = (Key::seeded(3), Key::seeded(4));
            let server = vec![issuing.issue(NAME, &server_key, |_| ()), issuing.certificate.clone()];
            let client = vec![issuing.issue("client.example", &client_key, |_| ()), issuing.certificate.clone()];
            Self { root, issuing, server_key, client_key, server, client }
        })
    }

    /// The server's credential.
    #[must_use]
    pub fn chain(&self) -> Credential {
        Credential::Chain(self.server.clone(), self.server_key.clone())
    }

    /// A chain for the server whose issuing authority alone is changed.
    #[must_use]
    pub fn below(&self, change: impl FnOnce(&mut rcgen::CertificateParams)) -> Credential {
        let issuing = self.root.under_that("Stint lab issuing", 2, change);
        let leaf = issuing.issue(NAME, &self.server_key, |_| ());
        Credential::Chain(vec![leaf, issuing.certificate], self.server_key.clone())
    }
}

/// A credential, and whether the client shows who it is too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A pre-shared key.
    Psk,
    /// A pre-shared key with ECDHE.
    EcdhePsk,
    /// The server's raw public key.
    RawKey,
    /// Raw public keys on both sides.
    RawKeyMutual,
    /// The server's certificate.
    X509,
    /// Certificates on both sides.
    X509Mutual,
}

impl Who {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Psk, Self::EcdhePsk, Self::RawKey, Self::RawKeyMutual, Self::X509, Self::X509Mutual];
    /// Those whose server signs.
    pub const SIGNED: [Self; 4] = [Self::RawKey, Self::RawKeyMutual, Self::X509, Self::X509Mutual];

    /// Its key exchange.
    #[must_use]
    pub fn kx(self) -> Kx {
        match self {
            Self::Psk => Kx::Psk,
            Self::EcdhePsk => Kx::EcdhePsk,
            _ => Kx::EcdheEcdsa,
        }
    }

    /// Whether the client shows who it is.
    #[must_use]
    pub fn mutual(self) -> bool {
        matches!(self, Self::RawKeyMutual | Self::X509Mutual)
    }

    /// What the client shows, as the server sees it.
    #[must_use]
    pub fn shown(self) -> Vec<Vec<u8>> {
        match self {
            Self::RawKeyMutual => vec![Parties::shared().client_key.spki()],
            Self::X509Mutual => Parties::shared().client.clone(),
            _ => Vec::new(),
        }
    }

    /// How many public-key operations its client does: two for ECDHE, one a signature.
    #[must_use]
    pub fn operations(self) -> u64 {
        match self {
            Self::Psk => 0,
            Self::EcdhePsk => 2,
            Self::RawKey => 3,
            Self::RawKeyMutual => 4,
            // leaf, intermediate, and the key exchange
            Self::X509 => 5,
            Self::X509Mutual => 6,
        }
    }

    /// The server for it, with all its suites.
    #[must_use]
    pub fn server(self) -> Config {
        let parties = Parties::shared();
        let credential = match self {
            Self::Psk | Self::EcdhePsk => Credential::Absent,
            Self::RawKey | Self::RawKeyMutual => Credential::RawKey(parties.server_key.clone()),
            Self::X509 | Self::X509Mutual => parties.chain(),
        };
        let known = vec![parties.client_key.point()];
        // both sides show the same: a credential is one type or the other
        let kinds = vec![credential.kind()];
        let clients = Clients { known: Some(known), kinds, ..Clients::required() };
        let clients = if self.mutual() { clients } else { Clients::default() };
        Config { suites: suites(self.kx()), credential, clients, ..Config::default() }
    }

    /// Has `scene` played with a client of this credential, whose cryptography is busy `delay` times before each operation.
    pub fn play<S: Scene>(self, delay: u32, scene: &mut S) -> S::End {
        match self {
            Self::Psk => scene.play(psk(delay)),
            Self::EcdhePsk => scene.play(ecdhe_psk(delay)),
            Self::RawKey => scene.play(raw_key(delay)),
            Self::RawKeyMutual => scene.play(raw_key_mutual(delay)),
            Self::X509 => scene.play(x509(delay, Parties::shared().rules())),
            Self::X509Mutual => scene.play(x509_mutual(delay)),
        }
    }
}

/// What is played with a client of any credential.
pub trait Scene {
    /// What comes of it.
    type End;
    /// Plays it.
    fn play<A: Auth<AllProvider, Step: 'static> + 'static>(&mut self, auth: A) -> Self::End;
}

/// Plays what follows with a client of the credential: `play!(who, auth, name: Type = value => { … })`. What a closure would be, if closures could be
/// generic; the values are named, with their types.
#[macro_export]
macro_rules! play {
    ($who:expr, $auth:ident $(, $name:ident: $type:ty = $value:expr)* => $body:block) => {{
        struct Played { $($name: $type),* }
        impl $crate::parties::Scene for Played {
            type End = ();
            fn play<A>(&mut self, $auth: A)
            where
                A: stint_dtls::auth::Auth<$crate::parties::AllProvider, Step: 'static> + 'static,
            {
                let Self { $($name),* } = self;
                $(let $name = $name.clone();)*
                $body
            }
        }
        $who.play(0, &mut Played { $($name: $value),* })
    }};
}

/// Lends for life: some hundred bytes a test.
pub fn lend<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

/// A copy that lives for ever.
#[must_use]
pub fn lend_bytes(bytes: &[u8]) -> &'static [u8] {
    Box::leak(bytes.to_vec().into_boxed_slice())
}

/// The verifier's places for a chain, and for the key exchange.
#[must_use]
pub fn tasks(count: usize) -> &'static mut [P256Task] {
    Box::leak((0..count).map(|_| P256Task::EMPTY).collect())
}

/// A place for the server's identity.
#[must_use]
pub fn peer() -> PeerIdentity<'static> {
    PeerIdentity::new(lend([0; 512]).as_mut_slice())
}

/// The pre-shared key of [`Options`].
#[must_use]
pub fn key(delay: u32) -> WatchedKey {
    Watched::slow(PreSharedKey::new(Options::default().key).unwrap(), delay)
}

/// A signer.
///
/// # Panics
/// Never: the key is one.
#[must_use]
pub fn signer(key: &Key, delay: u32) -> WatchedSigner {
    Watched::slow(P256Signer::new(lend(key.scalar())).unwrap(), delay)
}

/// A pre-shared key.
#[must_use]
pub fn psk(delay: u32) -> Psk<'static, WatchedKey> {
    Psk::new(Options::default().identity, key(delay)).unwrap()
}

/// A pre-shared key with ECDHE.
#[must_use]
pub fn ecdhe_psk(delay: u32) -> EcdhePsk<'static, WatchedKey> {
    EcdhePsk::new(Options::default().identity, key(delay)).unwrap()
}

/// A client that knows the server's raw key.
#[must_use]
pub fn raw_key(delay: u32) -> RawKey<'static, (), WatchedVerifier> {
    let trusted: &'static [&'static [u8]] = lend([lend_bytes(&Parties::shared().server_key.spki())]);
    RawKey::new(trusted, Watched::slow(P256Verifier, delay), lend(P256Task::EMPTY), peer())
}

/// The same with a key of its own.
#[must_use]
pub fn raw_key_mutual(delay: u32) -> RawKey<'static, WatchedSigner, WatchedVerifier> {
    let own = &Parties::shared().client_key;
    raw_key(delay).with_key(lend_bytes(&own.spki()), signer(own, delay))
}

impl Parties {
    /// The client's rules: this root, this name, now.
    ///
    /// # Panics
    /// Never: the root is a certificate.
    #[must_use]
    pub fn rules(&'static self) -> Rules<'static> {
        let anchors: &'static [Anchor<'static>] = lend([Anchor::from_certificate(&self.root.certificate).unwrap()]);
        Rules::new(anchors, ServerName::Dns(NAME), Clock::Require(Some(NOW)))
    }
}

/// A client that validates the server's chain.
#[must_use]
pub fn x509(delay: u32, rules: Rules<'static>) -> X509<'static, (), WatchedVerifier> {
    X509::new(rules, Watched::slow(P256Verifier, delay), tasks(4), peer())
}

/// The same with a chain of its own.
#[must_use]
pub fn x509_mutual(delay: u32) -> X509<'static, WatchedSigner, WatchedVerifier> {
    let parties = Parties::shared();
    let chain: Vec<&'static [u8]> = parties.client.iter().map(Vec::as_slice).collect();
    x509(delay, parties.rules()).with_certificate(Box::leak(chain.into()), signer(&parties.client_key, delay))
}

/// Options whose reassembly slice takes any certificate message of the lab's.
#[must_use]
pub fn roomy() -> Options {
    Options { reassembly: 4096, ..Options::default() }
}

/// A client with this credential and a server on a link.
///
/// # Panics
/// When the client cannot start.
pub fn on<A: Auth<AllProvider, Step: 'static> + 'static>(
    link: Link<'_>,
    options: Options,
    auth: A,
    config: Config,
) -> Pair<'_, Client<A>, Server> {
    slow_on(link, options, auth, config, 0)
}

/// The same with a key exchange that is busy `delay` times before each operation.
///
/// # Panics
/// When the client cannot start.
pub fn slow_on<A: Auth<AllProvider, Step: 'static> + 'static>(
    link: Link<'_>,
    options: Options,
    auth: A,
    config: Config,
    delay: u32,
) -> Pair<'_, Client<A>, Server> {
    let client = Device::begin_as(options, auth, AEADS, Watched::slow(P256Exchange, delay)).unwrap();
    Pair::new(client, Server::new(config, Echo), link)
}
