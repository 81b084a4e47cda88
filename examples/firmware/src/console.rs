//! The debugger's console, through semihosting, and the end of the program.

use core::fmt;
use core::panic::PanicInfo;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use cortex_m_semihosting::hio::{self, HostStream};

/// Where the firmware says what it does. Without a debugger attached, semihosting stops the processor: for emulators only.
pub struct Console(Option<HostStream>);

impl Console {
    /// Opens the console.
    pub fn open() -> Self {
        Console(hio::hstdout().ok())
    }

    /// Writes a line.
    pub fn line(&mut self, line: fmt::Arguments<'_>) {
        use fmt::Write;
        if let Some(stream) = &mut self.0 {
            // A console that fails has nowhere to say so.
            let _ = stream.write_fmt(line);
            let _ = stream.write_str("\n");
        }
    }
}

/// Writes a formatted line to a [`Console`].
#[macro_export]
macro_rules! say {
    ($console:expr, $($words:tt)*) => { $console.line(core::format_args!($($words)*)) };
}

/// Ends the emulation: exit code 0 for success, else 1.
pub fn exit(success: bool) -> ! {
    loop {
        debug::exit(if success { EXIT_SUCCESS } else { EXIT_FAILURE });
    }
}

/// Where the panic was. The message would cost 4 KB of formatting.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    if let (Ok(mut stream), Some(place)) = (hio::hstdout(), info.location()) {
        let _ = stream.write_all(b"panic in ");
        let _ = stream.write_all(place.file().as_bytes());
        let _ = stream.write_all(b", line ");
        let mut digits = [b'0'; 10];
        let mut line = place.line();
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (line % 10) as u8;
            line /= 10;
        }
        let _ = stream.write_all(&digits);
        let _ = stream.write_all(b"\n");
    }
    exit(false)
}
