//! The two datagrams that a pump holds over from one poll to the next.

use crate::transport::Transport;

/// The datagram that came in last, and which of its records are still unread. What a poll returns may borrow it.
#[derive(Debug)]
pub struct Inbox<'b> {
    buf: &'b mut [u8],
    start: usize,
    end: usize,
}

impl<'b> Inbox<'b> {
    /// An empty inbox over `buf`, which must be *larger*, by a byte, than the largest datagram to be taken in; what does not fit is dropped.
    /// 1,281 bytes are enough for CoAP with blocks of 1,024 bytes (RFC 7252 4.6); a device that asks for smaller blocks lends less.
    pub fn new(buf: &'b mut [u8]) -> Self {
        Inbox { buf, start: 0, end: 0 }
    }

    /// True while records of the last datagram are unread.
    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// The whole buffer, to receive the next datagram into. To be asked for only when empty.
    #[cfg(feature = "nal-async")]
    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.buf
    }

    #[cfg(feature = "nal-async")]
    pub(crate) fn filled(&mut self, len: usize) {
        (self.start, self.end) = (0, len);
    }

    /// The unread bytes, after taking one datagram from `net` if there are none; and where to note how many stay unread.
    pub(crate) fn unread<T: Transport>(&mut self, net: &mut T) -> nb::Result<(&mut [u8], Unread<'_>), T::Error> {
        if self.is_empty() {
            let len = net.receive(self.buf)?;
            (self.start, self.end) = (0, len);
        }
        // A transport that answers more than the buffer holds is broken; then nothing was received.
        let unread = self.buf.get_mut(self.start..self.end).unwrap_or_default();
        Ok((unread, Unread { start: &mut self.start, end: self.end }))
    }
}

/// Where the pump notes how far it read, while the bytes themselves are lent out.
pub(crate) struct Unread<'i> {
    start: &'i mut usize,
    end: usize,
}

impl Unread<'_> {
    pub(crate) fn left(&mut self, bytes: usize) {
        *self.start = self.end.saturating_sub(bytes);
    }
}

/// The datagram that goes out next. It waits here, sealed, while the transport has no room: nothing is sealed twice.
#[derive(Debug)]
pub struct Outbox<'b> {
    buf: &'b mut [u8],
    len: usize,
}

impl<'b> Outbox<'b> {
    /// An empty outbox over `buf`, whose length bounds the datagrams that are sent: the MTU without IP and UDP headers, or less.
    pub fn new(buf: &'b mut [u8]) -> Self {
        Outbox { buf, len: 0 }
    }

    /// True when no datagram waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The whole buffer, to write the next datagram into. To be asked for only when empty.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.buf
    }

    pub(crate) fn filled(&mut self, len: usize) {
        self.len = len;
    }

    /// The datagram that waits.
    #[cfg(feature = "nal-async")]
    pub(crate) fn waiting(&self) -> &[u8] {
        self.buf.get(..self.len).unwrap_or_default()
    }

    /// Sends what waits. On `WouldBlock` it goes on waiting; on an error it is given up, as if lost on the way.
    pub(crate) fn flush<T: Transport>(&mut self, net: &mut T) -> nb::Result<(), T::Error> {
        let waiting = self.buf.get(..self.len).unwrap_or_default();
        if !waiting.is_empty() {
            match net.send(waiting) {
                Err(nb::Error::WouldBlock) => return Err(nb::Error::WouldBlock),
                sent => {
                    self.len = 0;
                    sent?;
                }
            }
        }
        self.len = 0;
        Ok(())
    }
}
