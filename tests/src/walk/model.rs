//! The legal orders of a server's messages, as the RFCs have them: one row a transition.

use crate::parties::Who;
use crate::server::Kx;

/// What a server can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Message {
    /// HelloRequest.
    HelloRequest,
    /// A ClientHello, which no server sends.
    ClientHello,
    /// HelloVerifyRequest.
    HelloVerifyRequest,
    /// ServerHello.
    ServerHello,
    /// NewSessionTicket.
    NewSessionTicket,
    /// Certificate.
    Certificate,
    /// ServerKeyExchange.
    ServerKeyExchange,
    /// CertificateRequest.
    CertificateRequest,
    /// ServerHelloDone.
    ServerHelloDone,
    /// CertificateVerify, which no server of this version sends.
    CertificateVerify,
    /// ClientKeyExchange, which no server sends.
    ClientKeyExchange,
    /// Finished.
    Finished,
    /// ChangeCipherSpec.
    ChangeCipherSpec,
    /// A fatal alert: handshake_failure.
    FatalAlert,
    /// A warning: close_notify.
    CloseNotify,
    /// Application data.
    ApplicationData,
}

/// Where a handshake is, named by what may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// ClientHello was sent.
    Hello,
    /// ClientHello was sent with a cookie.
    Cookie,
    /// Certificate comes next.
    Certificate,
    /// ServerKeyExchange comes next.
    KeyExchange,
    /// ServerKeyExchange with a hint, or ServerHelloDone.
    HintOrDone,
    /// CertificateRequest or ServerHelloDone.
    RequestOrDone,
    /// ServerHelloDone comes next.
    Done,
    /// NewSessionTicket comes next.
    Ticket,
    /// Finished comes next.
    Finished,
    /// The association stands.
    Established,
}

/// What a row is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A pre-shared key.
    Psk,
    /// A pre-shared key with ECDHE.
    EcdhePsk,
    /// A certificate or a raw public key.
    Signed,
    /// A full handshake.
    Full,
    /// An abbreviated handshake.
    Abbreviated,
    /// The ServerHello promised a ticket.
    Promised,
    /// It did not.
    Unpromised,
}

/// A transition.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// From where.
    pub from: Place,
    /// On which message.
    pub on: Message,
    /// To where.
    pub to: Place,
    /// All of these must hold.
    pub when: &'static [When],
    /// Who says so.
    pub says: &'static str,
}

const fn row(from: Place, on: Message, to: Place, when: &'static [When], says: &'static str) -> Row {
    Row { from, on, to, when, says }
}

use Message as M;
use Place as P;
use When as W;

/// The table. ChangeCipherSpec has no row: it is no handshake message (RFC 5246 7.1), and a record's epoch says whether it counts (RFC 6347 4.1), so that one
/// that was lost or came late changes nothing. HelloRequest has none either: it is ignored in a handshake (RFC 5246 7.4.1.1) and refused after one
/// (RFC 7925 17).
pub const TABLE: [Row; 21] = [
    row(P::Hello, M::HelloVerifyRequest, P::Cookie, &[], "RFC 6347 4.2.1"),
    row(P::Hello, M::ServerHello, P::HintOrDone, &[W::Psk, W::Full], "RFC 4279 2"),
    row(P::Cookie, M::ServerHello, P::HintOrDone, &[W::Psk, W::Full], "RFC 4279 2"),
    row(P::Hello, M::ServerHello, P::KeyExchange, &[W::EcdhePsk, W::Full], "RFC 5489 2"),
    row(P::Cookie, M::ServerHello, P::KeyExchange, &[W::EcdhePsk, W::Full], "RFC 5489 2"),
    row(P::Hello, M::ServerHello, P::Certificate, &[W::Signed, W::Full], "RFC 5246 7.4.2, RFC 7250 3"),
    row(P::Cookie, M::ServerHello, P::Certificate, &[W::Signed, W::Full], "RFC 5246 7.4.2, RFC 7250 3"),
    row(P::Hello, M::ServerHello, P::Ticket, &[W::Abbreviated, W::Promised], "RFC 5077 3.1, figure 2"),
    row(P::Cookie, M::ServerHello, P::Ticket, &[W::Abbreviated, W::Promised], "RFC 5077 3.1, figure 2"),
    row(P::Hello, M::ServerHello, P::Finished, &[W::Abbreviated, W::Unpromised], "RFC 5246 7.3, figure 2"),
    row(P::Cookie, M::ServerHello, P::Finished, &[W::Abbreviated, W::Unpromised], "RFC 5246 7.3, figure 2"),
    row(P::Certificate, M::Certificate, P::KeyExchange, &[W::Signed], "RFC 5246 7.4.3"),
    row(P::KeyExchange, M::ServerKeyExchange, P::RequestOrDone, &[W::Signed], "RFC 5246 7.4.4"),
    row(P::KeyExchange, M::ServerKeyExchange, P::Done, &[W::EcdhePsk], "RFC 5489 2"),
    row(P::HintOrDone, M::ServerKeyExchange, P::Done, &[W::Psk], "RFC 4279 2"),
    row(P::RequestOrDone, M::CertificateRequest, P::Done, &[W::Signed], "RFC 5246 7.4.4"),
    row(P::HintOrDone, M::ServerHelloDone, P::Finished, &[W::Unpromised], "RFC 5246 7.3"),
    row(P::RequestOrDone, M::ServerHelloDone, P::Finished, &[W::Unpromised], "RFC 5246 7.3"),
    row(P::Done, M::ServerHelloDone, P::Finished, &[W::Unpromised], "RFC 5246 7.3"),
    row(P::Ticket, M::NewSessionTicket, P::Finished, &[W::Promised], "RFC 5077 3.3"),
    row(P::Finished, M::Finished, P::Established, &[], "RFC 5246 7.4.9"),
];

/// What ends the server's flight where a ticket was promised.
pub const PROMISED: [Row; 3] = [
    row(P::HintOrDone, M::ServerHelloDone, P::Ticket, &[W::Full, W::Promised], "RFC 5077 3.3"),
    row(P::RequestOrDone, M::ServerHelloDone, P::Ticket, &[W::Full, W::Promised], "RFC 5077 3.3"),
    row(P::Done, M::ServerHelloDone, P::Ticket, &[W::Full, W::Promised], "RFC 5077 3.3"),
];

/// How the session takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A full handshake of a client that keeps no session.
    Full,
    /// A full handshake whose server promises a ticket.
    FirstTicket,
    /// A session resumed by its ID.
    ById,
    /// A session resumed by its ticket.
    ByTicket,
    /// The same, where the server sends a new ticket.
    Renewed,
}

/// Who meets whom.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The credential.
    pub who: Who,
    /// The session's part.
    pub way: Way,
}

impl Case {
    /// All credentials with full handshakes, and all ways with a pre-shared key; a public key with one that is abbreviated.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let full = Who::ALL.map(|who| Self { who, way: Way::Full });
        let ways = [Way::FirstTicket, Way::ById, Way::ByTicket, Way::Renewed].map(|way| Self { who: Who::Psk, way });
        let signed = [Way::FirstTicket, Way::Renewed].map(|way| Self { who: Who::RawKey, way });
        full.into_iter().chain(ways).chain(signed).collect()
    }

    fn holds(self, when: When) -> bool {
        let abbreviated = !matches!(self.way, Way::Full | Way::FirstTicket);
        let promised = matches!(self.way, Way::FirstTicket | Way::Renewed);
        match when {
            When::Psk => self.who.kx() == Kx::Psk,
            When::EcdhePsk => self.who.kx() == Kx::EcdhePsk,
            When::Signed => self.who.kx() == Kx::EcdheEcdsa,
            When::Full => !abbreviated,
            When::Abbreviated => abbreviated,
            When::Promised => promised,
            When::Unpromised => !promised,
        }
    }
}

/// The rows that hold for a case.
#[derive(Clone, Debug)]
pub struct Model(Vec<Row>);

impl Model {
    /// Those of the table.
    #[must_use]
    pub fn of(case: Case) -> Self {
        let rows = TABLE.iter().chain(&PROMISED).filter(|row| row.when.iter().all(|when| case.holds(*when)));
        Self(rows.copied().collect())
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, from: Place, on: Message, to: Place) -> Self {
        self.0.push(row(from, on, to, &[], "nobody"));
        self
    }

    /// Where a message leads; `None`: nowhere.
    #[must_use]
    pub fn step(&self, from: Place, on: Message) -> Option<Place> {
        self.0.iter().find(|row| row.from == from && row.on == on).map(|row| row.to)
    }

    /// The legal messages of a place.
    #[must_use]
    pub fn from(&self, from: Place) -> Vec<Message> {
        self.0.iter().filter(|row| row.from == from).map(|row| row.on).collect()
    }

    /// How many orders lead to the association.
    #[must_use]
    pub fn orders(&self, from: Place) -> u64 {
        if from == Place::Established {
            return 1;
        }
        self.0.iter().filter(|row| row.from == from).map(|row| self.orders(row.to)).sum()
    }
}
