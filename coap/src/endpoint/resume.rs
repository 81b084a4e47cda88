//! A download that goes on where it was cut off (RFC 7959 2.4: a block may be asked for by its number).
//!
//! Promises: bodies are not mixed: the ETag that came with the first part must come with the rest.

use super::Endpoint;
use crate::code::Code;
use crate::error::RequestError;
use crate::exchange::tag_number;
use crate::profile::Profile;
use crate::request::{Body, Handle, Request};

impl<X: Profile> Endpoint<'_, X> {
    /// Makes a GET or FETCH whose response begins at `offset` (in bytes) of the body, as after a download that failed there: where the last block that
    /// came ended. Where no block of our size begins at `offset`, smaller ones are asked for; where none of 16 bytes does, it begins at the one before:
    /// [`Response::offset`](crate::Response::offset) says where.
    ///
    /// `etag`: the ETag that the first part of the body came with, 1 to 8 bytes. If the body has another one meanwhile, it comes anew from offset 0. With
    /// none on either side a change goes unseen: then compare the whole by other means.
    ///
    /// # Errors
    /// As [`request`](Self::request), and [`RequestError::Method`] for another method, [`RequestError::Body`] for one that observes or has a body from a
    /// source, [`RequestError::Profile`] where the profile has no block-wise transfer.
    pub fn resume(&mut self, request: &Request<'_>, offset: u32, etag: &[u8]) -> Result<Handle, RequestError> {
        if request.observe || matches!(request.body, Body::Source(_)) {
            return Err(RequestError::Body);
        }
        if !X::BLOCK {
            return Err(RequestError::Profile);
        }
        if !matches!(request.code, Code::GET | Code::FETCH) {
            return Err(RequestError::Method);
        }
        let handle = self.request(request)?;
        if let Some(slot) = self.slot(handle) {
            slot.transfer.resume(offset, if etag.is_empty() { 0 } else { tag_number(etag) });
        }
        if X::Q_BLOCK {
            self.disengage(handle, true);
        }
        Ok(handle)
    }
}
