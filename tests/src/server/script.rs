//! How a loopback server misbehaves.

use super::flight::Item;

/// A step of the handshake at which a script acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The HelloVerifyRequest.
    Verify,
    /// ServerHello to ServerHelloDone.
    Hello,
    /// ChangeCipherSpec and Finished; in an abbreviated handshake the ServerHello before them too.
    Finish,
}

/// One misbehaviour.
#[derive(Clone, Debug)]
pub enum Script {
    /// The ServerHello names this suite.
    Suite(u16),
    /// The ServerHello names this version.
    Version([u8; 2]),
    /// The ServerHello names this compression method.
    Compression(u8),
    /// The ServerHello has a session ID of so many bytes.
    SessionId(usize),
    /// The ServerHello has this further extension.
    Extension(u16, Vec<u8>),
    /// The ServerHello has this extension with this body, and not another of its type.
    Instead(u16, Vec<u8>),
    /// The ServerHello lacks this extension, though the server goes on as if it were there.
    Without(u16),
    /// Bytes after the ServerHello's last field.
    Trailing(usize),
    /// The Finished has a wrong verify_data.
    WrongFinished,
    /// A ChangeCipherSpec before ServerHelloDone.
    EarlyChangeCipherSpec,
    /// The Finished comes in epoch 0.
    ClearFinished,
    /// The Finished comes in epoch 1 without a ChangeCipherSpec before it.
    NoChangeCipherSpec,
    /// A HelloRequest in the clear in front of the flight.
    HelloRequest(Stage),
    /// An alert in front of the flight: level, description, in the clear.
    Alert(Stage, u8, u8),
    /// Application data in the clear in front of the flight.
    ClearData(Stage),
    /// Falls silent for good instead of sending the flight.
    Vanish(Stage),
    /// The message of this type is left out.
    Omit(u8),
    /// The message of this type is sent twice, with two message_seq.
    Twice(u8),
    /// This message comes before ServerHelloDone.
    Insert(u8, Vec<u8>),
    /// The message of this type has this body.
    Body(u8, Vec<u8>),
    /// The messages of these two types change places.
    Swap(u8, u8),
    /// The header of this message's type says this length, and its fragment is the first part of that.
    Length(u8, usize),
    /// Each ClientHello is answered by a HelloVerifyRequest with another cookie.
    EndlessVerify,
    /// The ServerKeyExchange names this kind of curve (RFC 8422 5.4: 3 is a named one).
    CurveType(u8),
    /// The ServerKeyExchange names this group.
    Group(u16),
    /// The ServerKeyExchange has this point, rightly signed.
    Point(Vec<u8>),
    /// The ServerKeyExchange names this signature algorithm.
    Scheme(u16),
    /// One bit of the ServerKeyExchange's signature is wrong.
    WrongSignature,
    /// The ServerKeyExchange has this signature.
    Signature(Vec<u8>),
    /// The ServerKeyExchange is signed over other randoms: one of another handshake, played again.
    OldKeyExchange,
    /// Bytes after the ServerKeyExchange's last field.
    TrailingKeyExchange(usize),
    /// The Certificate message is made as for this certificate type, whatever was agreed.
    Show(u8),
    /// A session is resumed whatever the ClientHello says of suite, name and extended master secret.
    ResumeAnyway,
    /// This NewSessionTicket comes though the ServerHello did not announce one.
    UnaskedTicket(Vec<u8>),
    /// After the handshake, records carry no Connection ID, whatever was agreed.
    NoConnectionId,
    /// Anything else: edits the flight before it is sent, each time.
    Edit(Stage, fn(&mut Vec<Item>)),
}
