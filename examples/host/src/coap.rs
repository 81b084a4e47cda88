//! What the commands ask of an endpoint, whatever its profile is.

use stint_coap::{Endpoint, Handle, Profile, Request, RequestError};

/// An endpoint of any profile.
pub(crate) trait Coap {
    fn request(&mut self, request: &Request<'_>) -> Result<Handle, RequestError>;
    /// Goes on with a download at this offset.
    fn resume(&mut self, request: &Request<'_>, offset: u32, etag: &[u8]) -> Result<Handle, RequestError>;
    fn request_group(&mut self, request: &Request<'_>) -> Result<Handle, RequestError>;
    fn ping(&mut self) -> Result<Handle, RequestError>;
    fn cancel(&mut self, handle: Handle);
}

impl<X: Profile> Coap for Endpoint<'_, X> {
    fn request(&mut self, request: &Request<'_>) -> Result<Handle, RequestError> {
        Endpoint::request(self, request)
    }
    fn resume(&mut self, request: &Request<'_>, offset: u32, etag: &[u8]) -> Result<Handle, RequestError> {
        Endpoint::resume(self, request, offset, etag)
    }
    fn request_group(&mut self, request: &Request<'_>) -> Result<Handle, RequestError> {
        Endpoint::request_group(self, request)
    }
    fn ping(&mut self) -> Result<Handle, RequestError> {
        Endpoint::ping(self)
    }
    fn cancel(&mut self, handle: Handle) {
        Endpoint::cancel(self, handle);
    }
}
