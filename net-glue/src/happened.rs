//! What a poll can come upon.

use stint_coap::Outcome;
use stint_dtls::Event;

/// What one poll came upon. It may borrow the inbox.
#[derive(Debug)]
#[non_exhaustive]
pub enum Happened<'d> {
    /// A datagram was taken in and asks nothing of the application: poll again.
    Progress,
    /// The server has proved who it is, by its certificate or its key: the client's `peer` tells who. The handshake goes on; start another one, or none, to
    /// refuse it.
    PeerVerified,
    /// The handshake is complete: requests go out from now on.
    Connected,
    /// A response, a notification, a request of the peer's, a time-out: see there.
    Coap(Outcome<'d>),
    /// As many records failed authentication as the key allows (RFC 9147 4.5.3): make a new handshake, as a [`Keeper`](crate::Keeper) does.
    ForgeryLimit,
    /// The peer closed the association.
    Closed,
}

/// What happened, of an event that carries no data.
pub(crate) fn spontaneous<'d>(event: Event<'_>) -> Option<Happened<'d>> {
    match event {
        Event::PeerVerified => Some(Happened::PeerVerified),
        Event::Connected => Some(Happened::Connected),
        Event::ForgeryLimit => Some(Happened::ForgeryLimit),
        Event::Closed => Some(Happened::Closed),
        _ => None,
    }
}
