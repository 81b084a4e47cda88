//! Ethernet controllers behind smoltcp's `Device`: one chip a file, programmed I/O, no DMA.
//!
//! A driver lends one frame buffer a direction and reads a frame out of the chip when smoltcp asks for one.

pub mod lan9118;
pub mod stellaris;

use smoltcp::phy::{ChecksumCapabilities, DeviceCapabilities, Medium};

/// Bytes of an Ethernet frame without its check sequence: 14 of header, 1,500 of payload.
pub const FRAME: usize = 1514;

/// Bytes of a frame buffer: whole 32-bit words, whether they start at a frame's first byte (LAN9118) or at its third (Stellaris),
/// and the check sequence.
pub const BUFFER: usize = 2 + (FRAME + 4).next_multiple_of(4);

/// A frame buffer.
pub type Frame = [u8; BUFFER];

/// The buffers of one controller, one a direction.
pub struct Frames {
    received: Frame,
    sending: Frame,
}

impl Frames {
    /// All zero, so that a `static` needs no flash.
    pub const EMPTY: Frames = Frames { received: [0; BUFFER], sending: [0; BUFFER] };
}

fn capabilities() -> DeviceCapabilities {
    let mut capabilities = DeviceCapabilities::default();
    capabilities.medium = Medium::Ethernet;
    capabilities.max_transmission_unit = FRAME;
    capabilities.max_burst_size = Some(1);
    capabilities.checksum = ChecksumCapabilities::default();
    capabilities
}

/// A received frame, read out of the chip already.
pub struct Received<'f>(&'f [u8]);

impl smoltcp::phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}
