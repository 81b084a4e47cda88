//! Words and files from the debugger's host, through semihosting.

use core::time::Duration;
use cortex_m_semihosting::syscall;

/// Bytes of the longest command line.
const LINE: usize = 256;

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
        let mut line = [0; LINE];
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

/// The host's time: seconds since 1970-01-01T00:00:00Z. A product asks a clock that it trusts.
pub fn unix_time() -> u64 {
    // SAFETY: SYS_TIME takes nothing, and answers a number.
    let seconds = unsafe { cortex_m_semihosting::syscall1(cortex_m_semihosting::nr::TIME, 0) };
    seconds as u64
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

/// A file on the host, opened to be read and written.
pub struct File(usize);

impl File {
    /// Opens the file that the command line names behind `word`, such as `flash=`. It must be there.
    pub fn named(word: &str) -> Option<Self> {
        let mut line = [0; LINE];
        let path = command_line(&mut line).split(' ').find_map(|said| said.strip_prefix(word))?;
        let mut name = [0; LINE];
        name.get_mut(..path.len())?.copy_from_slice(path.as_bytes());
        // SAFETY: SYS_OPEN is given a name that ends in 0 and its length without it; it outlives the call.
        let file = unsafe { syscall!(OPEN, name.as_ptr(), cortex_m_semihosting::nr::open::RW_BINARY, path.len()) };
        (file as isize != -1).then_some(File(file))
    }

    /// Fills `out` from `at` on.
    pub fn read(&mut self, at: usize, out: &mut [u8]) -> bool {
        // SAFETY: SYS_READ is given a buffer and its length, which outlives the call; it answers how many bytes are left to fill.
        self.seek(at) && unsafe { syscall!(READ, self.0, out.as_mut_ptr(), out.len()) } == 0
    }

    /// Writes `bytes` from `at` on.
    pub fn write(&mut self, at: usize, bytes: &[u8]) -> bool {
        // SAFETY: SYS_WRITE is given a buffer and its length, which outlives the call; it answers how many bytes are left to write.
        self.seek(at) && unsafe { syscall!(WRITE, self.0, bytes.as_ptr(), bytes.len()) } == 0
    }

    fn seek(&mut self, at: usize) -> bool {
        // SAFETY: SYS_SEEK takes two numbers.
        unsafe { syscall!(SEEK, self.0, at) == 0 }
    }
}
