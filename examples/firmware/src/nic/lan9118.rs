//! The LAN9118 Ethernet controller (its data sheet, chapters 3.12 and 5), as the MPS2 boards carry it.
//!
//! Receiving: the status FIFO names a packet's length (frame and 4 bytes of check sequence), the data FIFO holds its
//! words; all must be read. Sending: two command words, then the words of the frame; a status word must be taken back
//! for each packet, or the status FIFO fills.

use super::{FRAME, Frame, Frames, Received, capabilities};
use crate::registers::Registers;
use smoltcp::phy::{Device, DeviceCapabilities, TxToken};
use smoltcp::time::Instant;

const RX_DATA: usize = 0x00;
const TX_DATA: usize = 0x20;
const RX_STATUS: usize = 0x40;
const TX_STATUS: usize = 0x48;
const IRQ_CFG: usize = 0x54;
const INT_STS: usize = 0x58;
const INT_EN: usize = 0x5c;
const BYTE_TEST: usize = 0x64;
const FIFO_INT: usize = 0x68;
const TX_CFG: usize = 0x70;
const RX_FIFO_INF: usize = 0x7c;
const TX_FIFO_INF: usize = 0x80;
const MAC_CSR_CMD: usize = 0xa4;
const MAC_CSR_DATA: usize = 0xa8;

const MAC_CR: u32 = 1;
const MAC_ADDRH: u32 = 2;
const MAC_ADDRL: u32 = 3;

/// Receive status FIFO level interrupt.
const RSFL: u32 = 1 << 3;

/// The controller, over frame buffers that it is lent.
pub struct Lan9118<'f> {
    registers: Registers,
    frames: &'f mut Frames,
}

impl<'f> Lan9118<'f> {
    /// A controller that is not set up yet.
    pub fn new(registers: Registers, frames: &'f mut Frames) -> Self {
        Lan9118 { registers, frames }
    }

    /// Sets the controller up with an address and lets it raise its interrupt for received packets.
    /// False: there is no LAN9118 here, or it is wired the other way round.
    #[must_use]
    pub fn start(&mut self, mac: [u8; 6]) -> bool {
        if self.registers.read(BYTE_TEST) != 0x8765_4321 {
            return false;
        }
        let [a, b, c, d, e, f] = mac;
        self.mac_write(MAC_ADDRL, u32::from_le_bytes([a, b, c, d]));
        self.mac_write(MAC_ADDRH, u32::from_le_bytes([e, f, 0, 0]));
        // All multicast, transmitter and receiver on.
        self.mac_write(MAC_CR, 0x0008_0000 | 0x0c);
        self.registers.write(TX_CFG, 0x02);
        self.registers.write(FIFO_INT, 0);
        self.registers.write(INT_STS, u32::MAX);
        self.registers.write(INT_EN, RSFL);
        // Line driven, active high, enabled.
        self.registers.write(IRQ_CFG, 0x111);
        true
    }

    /// Whether a packet waits.
    pub fn waiting(&self) -> bool {
        self.registers.read(RX_FIFO_INF) & 0x00ff_0000 != 0
    }

    /// Lets go of the interrupt line.
    pub fn acknowledge(&mut self) {
        self.registers.write(INT_STS, RSFL);
    }

    fn mac_write(&mut self, register: u32, value: u32) {
        self.registers.write(MAC_CSR_DATA, value);
        self.registers.write(MAC_CSR_CMD, 0x8000_0000 | register);
        while self.registers.read(MAC_CSR_CMD) & 0x8000_0000 != 0 {}
    }

    /// Reads one packet and returns the length of its frame; `None` for one that is no good frame.
    fn read(&mut self) -> Option<usize> {
        let status = self.registers.read(RX_STATUS);
        let total = (status >> 16 & 0x3fff) as usize;
        for word in 0..total.div_ceil(4) {
            let bytes = self.registers.read(RX_DATA).to_le_bytes();
            if let Some(place) = self.frames.received.get_mut(word * 4..word * 4 + 4) {
                place.copy_from_slice(&bytes);
            }
        }
        const ERROR_SUMMARY: u32 = 1 << 15;
        total.checked_sub(4).filter(|len| (14..=FRAME).contains(len) && status & ERROR_SUMMARY == 0)
    }
}

impl Device for Lan9118<'_> {
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
        // First and last segment in one, then the packet's length.
        registers.write(TX_DATA, 0x3000 | len as u32);
        registers.write(TX_DATA, len as u32);
        for word in buffer.chunks_exact(4).take(len.div_ceil(4)) {
            registers.write(TX_DATA, u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        }
        while registers.read(TX_FIFO_INF) & 0x00ff_0000 != 0 {
            registers.read(TX_STATUS);
        }
        result
    }
}
