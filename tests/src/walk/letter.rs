//! The alphabet: each message, valid and mangled.

use super::model::Message;

/// How a message is mangled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bend {
    /// Not at all.
    Valid,
    /// One byte more than its fields say.
    Longer,
    /// One byte less; a message without a body says that it has one.
    Shorter,
    /// A field that is wrong: a length, a version, a byte of verify_data.
    Damaged,
    /// The message_seq before.
    Before,
    /// The message_seq behind.
    Behind,
    /// The other epoch: in the clear for what must be protected, protected for what must not be.
    Epoch,
}

/// A message and how it is mangled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Letter {
    /// The message.
    pub message: Message,
    /// How it is mangled.
    pub bend: Bend,
}

impl core::fmt::Display for Letter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.bend {
            Bend::Valid => write!(f, "{:?}", self.message),
            bend => write!(f, "{:?}/{bend:?}", self.message),
        }
    }
}

const HANDSHAKE: [Message; 12] = [
    Message::HelloRequest,
    Message::ClientHello,
    Message::HelloVerifyRequest,
    Message::ServerHello,
    Message::NewSessionTicket,
    Message::Certificate,
    Message::ServerKeyExchange,
    Message::CertificateRequest,
    Message::ServerHelloDone,
    Message::CertificateVerify,
    Message::ClientKeyExchange,
    Message::Finished,
];
const OTHER: [Message; 4] =
    [Message::ChangeCipherSpec, Message::FatalAlert, Message::CloseNotify, Message::ApplicationData];

/// All letters. A HelloVerifyRequest's message_seq says nothing, since its sender keeps no state (RFC 6347 4.2.1): it is not mangled. Nor has a body that is
/// empty a field that could be wrong.
#[must_use]
pub fn alphabet() -> Vec<Letter> {
    use Bend as B;
    let mut all = Vec::new();
    for message in HANDSHAKE {
        let bends: &[Bend] = match message {
            Message::HelloVerifyRequest => &[B::Valid, B::Longer, B::Shorter, B::Damaged, B::Epoch],
            Message::HelloRequest | Message::ServerHelloDone => {
                &[B::Valid, B::Longer, B::Shorter, B::Before, B::Behind, B::Epoch]
            }
            _ => &[B::Valid, B::Longer, B::Shorter, B::Damaged, B::Before, B::Behind, B::Epoch],
        };
        all.extend(bends.iter().map(|bend| Letter { message, bend: *bend }));
    }
    for message in OTHER {
        all.extend([B::Valid, B::Longer, B::Shorter, B::Epoch].map(|bend| Letter { message, bend }));
    }
    all
}
