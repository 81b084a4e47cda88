//! Words from the debugger's host, through semihosting: the command line.

use core::time::Duration;
use cortex_m_semihosting::syscall;

/// What a test says on the semihosting command line: `name=number` words. What is not said is at its default.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `seed=`: where the random numbers start, so that a run repeats itself. Without: from the host.
    pub seed: Option<u64>,
    /// `transmissions=`: how often a handshake flight is sent at most.
    pub transmissions: Option<u8>,
    /// `retransmit=`: CoAP's MAX_RETRANSMIT (RFC 7252 4.8).
    pub retransmit: Option<u8>,
    /// `initial_ms=`: after which time a handshake flight is sent again, in milliseconds.
    pub initial: Option<Duration>,
    /// `ack_ms=`: CoAP's ACK_TIMEOUT (RFC 7252 4.8), in milliseconds.
    pub ack: Option<Duration>,
    /// `body=`: bytes of the large body that goes up and comes down again.
    pub body: u32,
}

impl Options {
    /// Reads the command line.
    pub fn read() -> Self {
        let mut options =
            Options { seed: None, transmissions: None, retransmit: None, initial: None, ack: None, body: 2_500 };
        let mut line = [0; 128];
        for word in command_line(&mut line).split(' ') {
            let Some((name, number)) = word.split_once('=') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match name {
                "seed" => options.seed = Some(number),
                "transmissions" => options.transmissions = u8::try_from(number).ok(),
                "retransmit" => options.retransmit = u8::try_from(number).ok(),
                "initial_ms" => options.initial = Some(Duration::from_millis(number)),
                "ack_ms" => options.ack = Some(Duration::from_millis(number)),
                "body" => options.body = u32::try_from(number).unwrap_or(options.body),
                _ => {}
            }
        }
        options
    }
}

/// The command line; empty where there is none, or where it is longer than `line`.
fn command_line(line: &mut [u8]) -> &str {
    let mut block = [line.as_mut_ptr() as usize, line.len()];
    // SAFETY: SYS_GET_CMDLINE takes the address of two words, buffer and length, and writes the second of them; both outlive the call.
    let failed =
        unsafe { cortex_m_semihosting::syscall1(cortex_m_semihosting::nr::GET_CMDLINE, block.as_mut_ptr() as usize) };
    let read = if failed == 0 { line.get(..block[1]) } else { None };
    read.and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or("")
}

/// Fills `out` with bytes of a file on the host.
pub fn read_file(name: &core::ffi::CStr, out: &mut [u8]) -> bool {
    let length = name.count_bytes();
    // SAFETY: SYS_OPEN is given a name that ends in 0 and its length without it, SYS_READ a buffer and its length; both outlive the calls.
    unsafe {
        let file = syscall!(OPEN, name.as_ptr(), cortex_m_semihosting::nr::open::R_BINARY, length);
        if file as isize == -1 {
            return false;
        }
        let left = syscall!(READ, file, out.as_mut_ptr(), out.len());
        syscall!(CLOSE, file);
        left == 0
    }
}
