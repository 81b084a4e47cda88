//! UART 0 of the MPS2 boards (Arm CMSDK), polled.

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
pub fn send(tag: u8, bytes: &[u8]) {
    put(tag);
    (bytes.len() as u16).to_be_bytes().into_iter().for_each(put);
    bytes.iter().copied().for_each(put);
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

/// Tells the host a figure: its name, a space, and the number.
pub fn report(name: &str, value: usize) {
    let mut digits = [0; 10];
    let mut rest = value;
    let mut at = digits.len();
    loop {
        at = at.saturating_sub(1);
        let digit = (rest % 10) as u8;
        rest /= 10;
        if let Some(to) = digits.get_mut(at) {
            *to = b'0' + digit;
        }
        if rest == 0 {
            break;
        }
    }
    let digits = digits.get(at..).unwrap_or(&[]);
    put(b'R');
    ((name.len() + 1 + digits.len()) as u16).to_be_bytes().into_iter().for_each(put);
    name.bytes().chain([b' ']).chain(digits.iter().copied()).for_each(put);
}
