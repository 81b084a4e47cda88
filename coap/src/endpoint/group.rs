//! Requests to a group of peers at once, on plain CoAP (RFC 7252 8), and those of others to a group that this device is in.

use super::Endpoint;
use crate::error::RequestError;
use crate::observe::Role;
use crate::profile::Profile;
use crate::request::{Body, Handle, Outcome, Request};
use core::time::Duration;

impl<X: Profile> Endpoint<'_, X> {
    /// Makes a request to a group: to be sent to a multicast address, and answered by any number of peers, each in one outcome of this handle. Who
    /// answered is known to the transport alone. A body that [goes on](crate::Response::more) is to be asked of that peer alone. The outcome
    /// [`Ended`](Outcome::Ended) comes when [`Config::response_timeout`](crate::Config::response_timeout) is over; [`forget`](Self::forget) ends it before.
    ///
    /// # Errors
    /// As [`request`](Self::request); [`RequestError::Group`] for a Confirmable one (RFC 7252 8.1), or one that observes or has a body from a source;
    /// [`RequestError::Profile`] where the profile has no groups.
    pub fn request_group(&mut self, request: &Request<'_>) -> Result<Handle, RequestError> {
        if request.confirmable || request.observe || matches!(request.body, Body::Source(_)) {
            return Err(RequestError::Group);
        }
        if !X::WHOLE {
            return Err(RequestError::Profile);
        }
        let handle = self.request(request)?;
        if let Some(slot) = self.slot(handle) {
            slot.role = Role::Group;
        }
        if X::Q_BLOCK {
            // Not by Q-Block, which is for one peer (RFC 9177 4.8).
            self.disengage(handle, false);
        }
        Ok(handle)
    }

    /// Takes a message that came to a group address, such as a discovery (RFC 7252 8.1). What is Confirmable is dropped; what is served is answered after a
    /// random part of [`Config::default_leisure`](crate::Config::default_leisure), and errors are kept back (RFC 7252 8.2).
    pub fn handle_group<'d>(&mut self, now: Duration, message: &'d [u8]) -> Option<Outcome<'d>> {
        self.handle_sent_to(now, message, true)
    }
}
