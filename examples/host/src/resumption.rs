//! The file of `--session`: what the next handshake with the same server goes on from.

use crate::exit::Failure;
use crate::private;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use stint_dtls::Session;
use stint_dtls::crypto::soft::Sha256;

/// For how long a session counts (RFC 5246 F.1.4): a certificate that ended meanwhile would not be noticed.
const DAY: Duration = Duration::from_secs(86_400);

/// A session file. It holds a master secret.
#[derive(Debug)]
pub(crate) struct SessionFile {
    path: PathBuf,
    /// When the full handshake was that the session comes from.
    born: SystemTime,
    verbose: bool,
}

impl SessionFile {
    /// Reads the session, if there is one and it is not too old. One that cannot be used is no failure: the handshake is a full one then.
    pub(crate) fn load<const T: usize>(
        path: PathBuf,
        session: &mut Session<T>,
        verbose: bool,
    ) -> Result<Self, Failure> {
        let now = SystemTime::now();
        let mut file = SessionFile { path, born: now, verbose };
        let bytes = match std::fs::read(&file.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(file),
            Err(error) => return Err(Failure::local(file.path.display(), error)),
        };
        let born = std::fs::metadata(&file.path).and_then(|metadata| metadata.modified()).unwrap_or(now);
        // One from the future counts as new: the clock was set back.
        if now.duration_since(born).is_ok_and(|age| age > DAY) {
            file.tell("is older than a day: a full handshake");
        } else if let Err(error) = session.load(&mut Sha256, &bytes) {
            file.tell(&format!("is of no use: {error}. A full handshake"));
        } else {
            file.born = born;
        }
        Ok(file)
    }

    /// Keeps what is to be gone on from, or nothing. `resumed`: it is as old as the one before.
    pub(crate) fn store(&self, session: Option<&[u8]>, resumed: bool) {
        let stored = match session {
            None => private::remove(&self.path),
            Some(bytes) => private::replace(&self.path, bytes)
                .and_then(|file| if resumed { file.set_modified(self.born) } else { Ok(()) }),
        };
        if let Err(error) = stored {
            eprintln!("{}: the session was not kept: {error}", self.path.display());
        }
    }

    fn tell(&self, what: &str) {
        if self.verbose {
            eprintln!("session {} {what}", self.path.display());
        }
    }
}
