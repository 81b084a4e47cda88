//! The Ethernet controller of the Stellaris LM3S6965 (its data sheet, chapter 16).
//!
//! Receiving: the FIFO holds whole packets. The first word's low half is the packet's length (these 2 bytes, the frame,
//! 4 bytes of check sequence), its high half the first two bytes of the frame; all words must be read, wanted or not.
//! Sending: the first word's low half is the frame's length without its 14-byte header.

use super::{FRAME, Frame, Frames, Received, capabilities};
use crate::registers::Registers;
use smoltcp::phy::{Device, DeviceCapabilities, TxToken};
use smoltcp::time::Instant;

const RIS_IACK: usize = 0x00;
const IM: usize = 0x04;
const RCTL: usize = 0x08;
const TCTL: usize = 0x0c;
const DATA: usize = 0x10;
const IA0: usize = 0x14;
const IA1: usize = 0x18;
const NP: usize = 0x34;
const TR: usize = 0x38;

/// The controller, over frame buffers that it is lent.
pub struct Stellaris<'f> {
    registers: Registers,
    frames: &'f mut Frames,
}

impl<'f> Stellaris<'f> {
    /// A controller that is not set up yet.
    pub fn new(registers: Registers, frames: &'f mut Frames) -> Self {
        Stellaris { registers, frames }
    }

    /// Sets the controller up with an address, empties its FIFO and lets it raise its interrupt for received packets.
    pub fn start(&mut self, mac: [u8; 6]) {
        let [a, b, c, d, e, f] = mac;
        self.registers.write(IM, 0);
        self.registers.write(RCTL, 0x10);
        self.registers.write(IA0, u32::from_le_bytes([a, b, c, d]));
        self.registers.write(IA1, u32::from_le_bytes([e, f, 0, 0]));
        self.registers.write(RIS_IACK, 0x7f);
        // Full duplex, check sequence and padding by the controller, transmitter on.
        self.registers.write(TCTL, 0x0f);
        // Multicast and our own address, receiver on.
        self.registers.write(RCTL, 0x03);
        self.registers.write(IM, 1);
    }

    /// Whether a packet waits.
    pub fn waiting(&self) -> bool {
        self.registers.read(NP) != 0
    }

    /// Lets go of the interrupt line. It stays up until then, whatever was read.
    pub fn acknowledge(&mut self) {
        self.registers.write(RIS_IACK, 1);
    }

    /// Reads one packet and returns the length of its frame; `None` for one that is no frame.
    fn read(&mut self) -> Option<usize> {
        let [len_low, len_high, first, second] = self.registers.read(DATA).to_le_bytes();
        let total = usize::from(u16::from_le_bytes([len_low, len_high]));
        self.frames.received[0] = first;
        self.frames.received[1] = second;
        for word in 1..total.div_ceil(4) {
            let bytes = self.registers.read(DATA).to_le_bytes();
            let at = word * 4 - 2;
            if let Some(place) = self.frames.received.get_mut(at..at + 4) {
                place.copy_from_slice(&bytes);
            }
        }
        total.checked_sub(6).filter(|len| (14..=FRAME).contains(len))
    }
}

impl Device for Stellaris<'_> {
    type RxToken<'a>
        = Received<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Sending<'a>
    where
        Self: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, Sending<'_>)> {
        while self.waiting() {
            if let Some(len) = self.read() {
                let frame = Received(&self.frames.received[..len]);
                return Some((frame, Sending(&self.registers, &mut self.frames.sending)));
            }
        }
        None
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        Some(Sending(&self.registers, &mut self.frames.sending))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        capabilities()
    }
}

/// Room for one frame to be sent.
pub struct Sending<'a>(&'a Registers, &'a mut Frame);

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let Sending(registers, buffer) = self;
        // smoltcp keeps to the MTU of `capabilities`; the compiler does not know that.
        let len = len.min(buffer.len());
        let result = f(&mut buffer[..len]);
        let [low, high] = (len.saturating_sub(14) as u16).to_le_bytes();
        registers.write(DATA, u32::from_le_bytes([low, high, buffer[0], buffer[1]]));
        // The buffer is long enough for whole words behind the first two bytes.
        for word in buffer[2..].chunks_exact(4).take(len.saturating_sub(2).div_ceil(4)) {
            registers.write(DATA, u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        }
        registers.write(TR, 1);
        result
    }
}
