//! Where a client's handshake stands, and a table of messages with one transition too many.

use crate::auth::Auth;
use crate::client::Client;
use crate::crypto::Provider;

#[cfg(debug_assertions)]
pub use crate::handshake::Lax;
pub use crate::handshake::Position;

/// Where the client's handshake stands.
pub fn position<A: Auth<P>, P: Provider>(client: &mut Client<'_, A, P>) -> Position {
    client.core.position()
}

/// Has every client of this process allow an illegal transition, until it is told [`Lax::Nothing`]: a check of the table that finds nothing then checks nothing.
#[cfg(debug_assertions)]
pub fn loosen(lax: Lax) {
    crate::handshake::loosen(lax);
}
