//! UART 0 of the MPS2 boards (Arm CMSDK), polled.

use crate::meter::Meter;

const BASE: usize = 0x4000_4000;
const DATA: usize = 0x00;
const STATE: usize = 0x04;
const CTRL: usize = 0x08;
const BAUDDIV: usize = 0x10;
const TX_FULL: u32 = 1;
const RX_FULL: u32 = 2;

fn read(offset: usize) -> u32 {
    // SAFETY: the UART's registers, where the application notes AN385 and AN386 have them; these images run on nothing else.
    unsafe { ((BASE + offset) as *const u32).read_volatile() }
}

fn write(offset: usize, value: u32) {
    // SAFETY: as in `read`.
    unsafe { ((BASE + offset) as *mut u32).write_volatile(value) }
}

/// Switches the UART on.
pub fn start() {
    write(BAUDDIV, 16);
    write(CTRL, 3);
}

fn put(byte: u8) {
    while read(STATE) & TX_FULL != 0 {}
    write(DATA, u32::from(byte));
}

fn get() -> u8 {
    while read(STATE) & RX_FULL == 0 {}
    read(DATA) as u8
}

/// Sends a frame.
fn send(tag: u8, parts: &[&[u8]]) {
    put(tag);
    let len: usize = parts.iter().map(|part| part.len()).sum();
    (len as u16).to_be_bytes().into_iter().for_each(put);
    parts.iter().copied().flatten().copied().for_each(put);
}

/// Sends a datagram.
pub fn datagram(bytes: &[u8]) {
    send(b'D', &[bytes]);
}

/// Whether a frame has begun to come in.
pub fn waiting() -> bool {
    read(STATE) & RX_FULL != 0
}

/// Waits for the next datagram and returns its length; what does not fit into `into` is dropped.
pub fn receive(into: &mut [u8]) -> usize {
    loop {
        let tag = get();
        let len = usize::from(u16::from_be_bytes([get(), get()]));
        let mut to = into.iter_mut();
        for _ in 0..len {
            let byte = get();
            if let Some(to) = to.next() {
                *to = byte;
            }
        }
        if tag == b'D' {
            return len.min(into.len());
        }
    }
}

/// A size that an image reports; the host knows them by these numbers, so that no name takes flash.
#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Size {
    /// The client's lent memory.
    Memory = 0,
    /// The client, and the handles of the pump and its boxes where there are any.
    Client = 1,
    /// The buffers for datagrams.
    Buffers = 2,
    /// The CoAP endpoint.
    Endpoint = 3,
    /// One slot of it.
    Slot = 4,
    /// All slots, and the store that they divide.
    SlotsAndStore = 5,
    /// What is lent to the credential: places for signatures, and for the server's identity.
    Credential = 6,
}

/// A step that an image measures; numbered as [`Size`] is.
#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Step {
    /// Nothing: what the meter itself takes.
    Idle = 0,
    /// The handshake.
    Handshake = 1,
    /// Sealing a record of 12 bytes.
    Seal = 2,
    /// Opening a record of 12 bytes.
    Open = 3,
    /// A GET.
    Get = 4,
    /// A PUT.
    Put = 5,
    /// A body of 200 bytes up, in blocks of 64.
    Upload = 6,
    /// The same down.
    Download = 7,
    /// A registration and two notifications.
    Observe = 8,
    /// A signature is verified. This and what follows: the poll of the handshake in which it happens.
    Verify = 9,
    /// Our ephemeral key is made.
    Generate = 10,
    /// The shared secret is computed.
    Agree = 11,
    /// The master secret is derived.
    Derive = 12,
    /// The handshake is signed.
    Sign = 13,
}

/// Tells the host a size in bytes.
pub fn size(size: Size, bytes: usize) {
    send(b'S', &[&[size as u8][..], &(bytes as u32).to_be_bytes()]);
}

/// Tells the host what a step took.
pub fn step(step: Step, meter: &Meter) {
    let [instructions, stack] = [meter.instructions, meter.stack].map(|figure| (figure as u32).to_be_bytes());
    send(b'M', &[&[step as u8][..], &instructions, &stack]);
}

/// Tells the host that the first exchange is over: its datagrams are counted.
pub fn exchanged() {
    send(b'X', &[]);
}
