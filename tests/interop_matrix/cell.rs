//! A cell of the matrix, and a server's row of cells.

use stint_lab::parties::Who;
use stint_lab::peers::{Peer, Suite};

/// What is tried besides a plain handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    /// Nothing.
    Plain,
    /// The server has a Connection ID, and so have we (RFC 9146).
    ConnectionId,
    /// The server's datagrams are small: its Certificate comes in fragments.
    Fragments,
    /// max_fragment_length of 512 bytes (RFC 6066).
    MaxFragment,
    /// record_size_limit of 256 bytes (RFC 8449).
    RecordLimit,
    /// A second handshake, resumed by session ID.
    SessionId,
    /// A second handshake, resumed by ticket.
    Ticket,
    /// The same, with Connection IDs on both sides, agreed anew.
    TicketConnectionId,
    /// The application protocol `co` (RFC 7301).
    Alpn,
    /// Keying material for others, the same on both sides (RFC 5705).
    Exporter,
    /// The server stands below a root on P-384, and the issuing authority on P-256 is our anchor.
    UnderP384,
    /// The same root is our anchor: its signature is verified.
    P384,
    /// A root with RSA is our anchor.
    Rsa,
}

impl Feature {
    /// All, in the order of the table's columns.
    pub(crate) const ALL: [Self; 13] = [
        Self::Plain,
        Self::ConnectionId,
        Self::Fragments,
        Self::MaxFragment,
        Self::RecordLimit,
        Self::SessionId,
        Self::Ticket,
        Self::TicketConnectionId,
        Self::Alpn,
        Self::Exporter,
        Self::UnderP384,
        Self::P384,
        Self::Rsa,
    ];

    /// As the table and the tests' names have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::ConnectionId => "CID",
            Self::Fragments => "small MTU",
            Self::MaxFragment => "MFL",
            Self::RecordLimit => "record_size_limit",
            Self::SessionId => "session ID",
            Self::Ticket => "ticket",
            Self::TicketConnectionId => "ticket + CID",
            Self::Alpn => "ALPN",
            Self::Exporter => "exporter",
            Self::UnderP384 => "below P-384",
            Self::P384 => "P-384",
            Self::Rsa => "RSA",
        }
    }
}

/// How data goes both ways with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Talk {
    /// It answers a CoAP GET of `time`.
    Coap,
    /// It prints what comes, and sends what is typed.
    Typed,
    /// It sends back what comes.
    Echo,
    /// It answers a request of HTTP.
    Http,
}

/// A server of the matrix.
pub(crate) struct Server {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// Where it is from, and a way to ask its version.
    pub(crate) origin: &'static str,
    /// Its version, as far as it goes.
    pub(crate) version: fn() -> Result<String, String>,
    /// How data goes.
    pub(crate) talk: Talk,
    /// Starts it.
    pub(crate) start: fn(Who, Suite, Feature) -> Result<Peer, String>,
    /// What is tried: each credential with each suite with each feature of a line.
    pub(crate) rows: &'static [(&'static [Who], &'static [Suite], &'static [Feature])],
}

/// A handshake to try.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) server: &'static Server,
    pub(crate) who: Who,
    pub(crate) suite: Suite,
    pub(crate) feature: Feature,
}

impl Server {
    /// Its cells.
    pub(crate) fn cells(&'static self) -> impl Iterator<Item = Cell> {
        self.rows.iter().flat_map(move |(whos, suites, features)| {
            let pairs = whos.iter().flat_map(|who| suites.iter().map(move |suite| (*who, *suite)));
            pairs.flat_map(move |(who, suite)| {
                features.iter().map(move |feature| Cell { server: self, who, suite, feature: *feature })
            })
        })
    }
}

/// A credential as the table has it.
pub(crate) fn credential(who: Who) -> &'static str {
    match who {
        Who::Psk => "PSK",
        Who::EcdhePsk => "ECDHE_PSK",
        Who::RawKey => "raw key, server's",
        Who::RawKeyMutual => "raw keys, mutual",
        Who::X509 => "X.509, server's",
        Who::X509Mutual => "X.509, mutual",
    }
}

impl Cell {
    /// The test's name.
    pub(crate) fn name(&self) -> String {
        let Self { server, who, suite, feature } = self;
        format!("{}::{}::{:04X}::{}", server.name, credential(*who), suite.code(), feature.name())
    }
}

/// The name of a suite without TLS_.
pub(crate) fn suite_name(suite: Suite) -> &'static str {
    match suite {
        Suite::Gcm => "PSK_WITH_AES_128_GCM_SHA256",
        Suite::Ccm => "PSK_WITH_AES_128_CCM",
        Suite::Ccm8 => "PSK_WITH_AES_128_CCM_8",
        Suite::ChaCha => "PSK_WITH_CHACHA20_POLY1305_SHA256",
        Suite::EcdhePskGcm => "ECDHE_PSK_WITH_AES_128_GCM_SHA256",
        Suite::EcdhePskChaCha => "ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
        Suite::EcdsaCcm => "ECDHE_ECDSA_WITH_AES_128_CCM",
        Suite::EcdsaCcm8 => "ECDHE_ECDSA_WITH_AES_128_CCM_8",
        Suite::EcdsaGcm => "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        Suite::EcdsaChaCha => "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    }
}
