//! Where payloads go.

use crate::exit::Failure;
use crate::partial::Partial;
use serde::Serialize;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A part of a body.
#[derive(Clone, Copy)]
pub(crate) struct Part<'d> {
    /// Where in the body it begins. 0 begins a body anew.
    pub(crate) offset: u32,
    pub(crate) bytes: &'d [u8],
    /// Of the representation; empty: it has none.
    pub(crate) etag: &'d [u8],
    /// The body goes on.
    pub(crate) more: bool,
}

/// Memory, or a file, which gets a body block by block.
pub(crate) enum Sink {
    Memory(Vec<u8>),
    File(Download),
}

impl Sink {
    /// `uri`: what is written there, for those who go on with it.
    pub(crate) fn new(path: Option<&Path>, uri: &str) -> Self {
        match path {
            Some(path) => Sink::File(Download { path: path.into(), uri: uri.into(), file: None, noted: None }),
            None => Sink::Memory(Vec::new()),
        }
    }

    /// Takes a part. One at offset 0 begins a body, in place of what came of the one before if that was not whole.
    pub(crate) fn part(&mut self, part: Part<'_>) -> Result<(), Failure> {
        match self {
            Sink::Memory(body) => {
                body.truncate(part.offset as usize);
                body.extend(part.bytes);
                Ok(())
            }
            Sink::File(download) => download.part(part).map_err(|error| Failure::local(download.path.display(), error)),
        }
    }
}

/// A file that is written. It is made when there is something to put in it: an error response leaves an old one as it was.
pub(crate) struct Download {
    pub(crate) path: PathBuf,
    uri: String,
    file: Option<File>,
    /// The ETag that stands beside it.
    noted: Option<Vec<u8>>,
}

impl Download {
    fn part(&mut self, part: Part<'_>) -> io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => File::options().write(true).create(true).truncate(part.offset == 0).open(&self.path)?,
        };
        // A device or a pipe has no place to go to, and is not gone on with.
        let plain = file.metadata()?.is_file();
        if plain {
            if part.more && self.noted.as_deref() != Some(part.etag) {
                Partial::note(&self.path, &self.uri, part.etag)?;
                self.noted = Some(part.etag.to_vec());
            }
            file.set_len(part.offset.into())?;
            file.seek(SeekFrom::Start(part.offset.into()))?;
        }
        file.write_all(part.bytes)?;
        if plain && !part.more {
            Partial::over(&self.path)?;
            self.noted = None;
        }
        self.file = Some(file);
        Ok(())
    }
}

/// Writes to standard output at once, with a line end at the end where `line` says so and there is none.
pub(crate) fn print(body: &[u8], line: bool) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let end: &[u8] = if line && !body.is_empty() && !body.ends_with(b"\n") { b"\n" } else { b"" };
    let written = stdout.write_all(body).and_then(|()| stdout.write_all(end)).and_then(|()| stdout.flush());
    written.map_err(|error| Failure::local("standard output", error))
}

/// Writes an object on a line of its own.
pub(crate) fn print_json(object: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(object).map_err(|error| Failure::local("JSON", error))?;
    print(text.as_bytes(), true)
}
