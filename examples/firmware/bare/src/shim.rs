//! The transport of the measured images: a datagram each way, moved over the UART by the program, outside what is measured.

use crate::uart;
use core::convert::Infallible;
use stint_net::Transport;

/// One datagram in and one out.
pub struct Shim {
    inbound: [u8; 1280],
    received: usize,
    outbound: [u8; 1280],
    sent: usize,
}

impl Shim {
    /// Nothing yet.
    pub const NEW: Self = Self { inbound: [0; 1280], received: 0, outbound: [0; 1280], sent: 0 };

    /// Sends what was put out. Call it between two polls.
    pub fn flush(&mut self) {
        if let Some(datagram @ [_, ..]) = self.outbound.get(..core::mem::take(&mut self.sent)) {
            uart::datagram(datagram);
        }
    }

    /// Waits for a datagram.
    pub fn wait(&mut self) {
        self.received = uart::receive(&mut self.inbound);
    }
}

fn copy(to: &mut [u8], from: &[u8]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

impl Transport for Shim {
    type Error = Infallible;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, Infallible> {
        match core::mem::take(&mut self.received) {
            0 => Err(nb::Error::WouldBlock),
            len => {
                copy(into, self.inbound.get(..len).unwrap_or(&[]));
                Ok(len.min(into.len()))
            }
        }
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), Infallible> {
        if self.sent > 0 {
            return Err(nb::Error::WouldBlock);
        }
        copy(&mut self.outbound, datagram);
        self.sent = datagram.len().min(self.outbound.len());
        Ok(())
    }
}
