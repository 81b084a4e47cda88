//! The way of a notification (RFC 7641 4.2): the handler writes it when it is sent, so that it is of the newest state.

use super::{CONFIRMED, Incoming, Reply, Server};
use crate::layer::Layer;
use crate::message::Type;
use crate::option::OptionNumber;

impl<C, X> Server<'_, C, X> {
    /// Writes the next notification that is due.
    #[inline(never)]
    pub(super) fn notify(&mut self, layer: &mut Layer, now: u32, out: &mut [u8]) -> Option<usize> {
        let index = self.observers.next(layer, now)?;
        let row = self.observers.get(index)?.resource;
        let resource = self.table.get(usize::from(row))?;
        let kind = self.observers.begin(index, layer, now, resource.is(CONFIRMED))?;
        let observer = *self.observers.get(index)?;
        let sequence = self.observers.sequence(&observer);
        let message = observer.request();
        let mut reply = Reply::new(out, 0, observer.exponent.min(self.exponent));
        if !reply.begin(kind, observer.id, &message) {
            return None;
        }
        let incoming = Incoming {
            message,
            offset: 0,
            more: false,
            continuation: false,
            notification: true,
            group: false,
            depth: 0,
        };
        (resource.handler)(&mut self.context, &incoming, &mut reply);
        if reply.current_code().is_success() {
            reply.uint(OptionNumber::OBSERVE, sequence);
        }
        let len = reply.finish(None, false);
        // An error ends the observation (RFC 7641 4.2), and is not sent again.
        if !reply.current_code().is_success() {
            reply.set_kind(Type::NonConfirmable);
            self.observers.remove(index);
        }
        Some(len)
    }
}
