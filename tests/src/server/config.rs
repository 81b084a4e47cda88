//! What a loopback server is told: its keys, and how it cuts and packs its flights.

use super::credential::{Clients, Credential};
use super::resume::Tickets;
use super::script::Script;
use super::suite::{PSK_CCM, PSK_CCM_8};
use core::time::Duration;

/// How a handshake message is cut into fragments (RFC 6347 4.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// One fragment a message.
    Whole,
    /// Fragments of at most so many bytes.
    At(usize),
    /// Fragments of `len` bytes that each repeat the last `back` bytes of the one before.
    Overlap {
        /// Bytes a fragment.
        len: usize,
        /// Bytes repeated; less than `len`.
        back: usize,
    },
    /// Another random cut for each transmission, from the seed.
    Random,
}

/// In which order the datagrams of a flight leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they were made.
    Forward,
    /// The last first.
    Backward,
    /// Another random order for each transmission, from the seed.
    Shuffled,
}

/// How flights are put into datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Cut of each message.
    pub cut: Cut,
    /// Several fragments of one epoch in one record.
    pub messages_in_a_record: bool,
    /// Several records in one datagram.
    pub records_in_a_datagram: bool,
    /// The most bytes in a datagram.
    pub mtu: usize,
    /// Order of the datagrams.
    pub order: Order,
}

/// What the ServerHello says of renegotiation (RFC 5746).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renegotiation {
    /// The empty renegotiation_info.
    Right,
    /// Nothing.
    Absent,
    /// A renegotiation_info that is not empty.
    Wrong,
}

/// What is done with an identity that nobody knows (RFC 4279 2 allows all three).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// A fatal alert in the clear, unknown_psk_identity (115).
    Alert,
    /// Goes on with a key that cannot match.
    Pretend,
    /// Says nothing more.
    Silence,
}

/// All that a loopback server is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The one identity known.
    pub identity: Vec<u8>,
    /// Its key.
    pub key: Vec<u8>,
    /// What happens to another identity.
    pub unknown: Unknown,
    /// Identity hint; `None` sends no ServerKeyExchange with a plain key, and an empty hint with ECDHE_PSK.
    pub hint: Option<Vec<u8>>,
    /// What it shows of itself with ECDHE_ECDSA.
    pub credential: Credential,
    /// What it asks of clients with ECDHE_ECDSA.
    pub clients: Clients,
    /// Suites, preferred first.
    pub suites: Vec<u16>,
    /// Length of the cookie; `None` sends no HelloVerifyRequest.
    pub cookie: Option<usize>,
    /// Whether extended_master_secret is answered (RFC 7627).
    pub ems: bool,
    /// Whether ec_point_formats is answered, where it is offered (RFC 8422 5.2).
    pub point_formats: bool,
    /// Whether server_name is acknowledged, where it is offered (RFC 6066 3).
    pub server_name: bool,
    /// Application protocols, preferred first; empty: the extension is ignored (RFC 7301).
    pub protocols: Vec<Vec<u8>>,
    /// Whether max_fragment_length is answered (RFC 6066 4).
    pub max_fragment: bool,
    /// The most bytes of plaintext that a protected record of the client's may have; `None` ignores record_size_limit (RFC 8449).
    pub record_size_limit: Option<u16>,
    /// Whether sessions get IDs and are kept.
    pub session_ids: bool,
    /// How tickets are made, if they are.
    pub tickets: Option<Tickets>,
    /// What is said of renegotiation.
    pub renegotiation: Renegotiation,
    /// The Connection ID that the client's records shall carry; `None` ignores the extension (RFC 9146).
    pub cid: Option<Vec<u8>>,
    /// Zero bytes of padding in each tls12_cid record sent (RFC 9146 4).
    pub padding: usize,
    /// XORed into epoch and sequence number to make the explicit nonce: a client must take the nonce from the record.
    pub nonce_mask: u64,
    /// How flights are packed.
    pub shape: Shape,
    /// First retransmission timeout; doubles to 60 s (RFC 6347 4.2.4.1).
    pub timeout: Duration,
    /// The most transmissions of a flight.
    pub transmissions: u32,
    /// Misbehaviours.
    pub script: Vec<Script>,
    /// Of all that is random.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            identity: b"Client_identity".to_vec(),
            key: b"secretPSK".to_vec(),
            unknown: Unknown::Alert,
            hint: None,
            credential: Credential::Absent,
            clients: Clients::default(),
            suites: vec![PSK_CCM_8, PSK_CCM],
            cookie: Some(32),
            ems: true,
            point_formats: true,
            server_name: true,
            protocols: Vec::new(),
            max_fragment: true,
            record_size_limit: None,
            session_ids: false,
            tickets: None,
            renegotiation: Renegotiation::Right,
            cid: None,
            padding: 0,
            nonce_mask: 0,
            shape: Shape {
                cut: Cut::Whole,
                messages_in_a_record: false,
                records_in_a_datagram: true,
                mtu: 1400,
                order: Order::Forward,
            },
            timeout: Duration::from_secs(1),
            transmissions: 20,
            script: Vec::new(),
            seed: 1,
        }
    }
}
