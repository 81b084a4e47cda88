//! The NSS key log, which Wireshark reads.

use crate::exit::Failure;
use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

/// Appends to a key log file, or to nothing.
pub(crate) struct Writer(Option<RefCell<File>>);

impl Writer {
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Writer(None)) };
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| Failure::local(path.display(), error))?;
        Ok(Writer(Some(RefCell::new(file))))
    }

    /// One line a handshake. A log that cannot be written is told, and ends nothing.
    pub(crate) fn write(&self, client_random: &[u8; 32], master: &[u8; 48]) {
        let Some(file) = &self.0 else { return };
        let line = format!("CLIENT_RANDOM {} {}\n", hex::encode(client_random), hex::encode(master));
        if let Err(error) = file.borrow_mut().write_all(line.as_bytes()) {
            eprintln!("the key log was not written: {error}");
        }
    }
}
