//! Where payloads go.

use crate::exit::Failure;
use std::fs::File;
use std::io::{IsTerminal as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Standard output, which gets a body when it is whole; a file, which gets it block by block; or memory.
pub(crate) enum Output {
    Standard { body: Vec<u8>, line: bool },
    File { path: PathBuf, file: Option<File> },
    Memory(Vec<u8>),
}

impl Output {
    /// `line`: on standard output each body ends with a line end, so that many can be told apart.
    pub(crate) fn new(path: Option<&Path>, line: bool) -> Self {
        match path {
            Some(path) => Output::File { path: path.into(), file: None },
            None => Output::Standard { body: Vec::new(), line: line || std::io::stdout().is_terminal() },
        }
    }

    /// Takes a block. One at offset 0 begins a body, in place of what came of the one before if that was not whole.
    pub(crate) fn block(&mut self, offset: u32, block: &[u8], more: bool) -> Result<(), Failure> {
        match self {
            Output::Standard { body, line } => {
                if offset == 0 {
                    body.clear();
                }
                body.extend(block);
                if !more {
                    if *line && !body.is_empty() && !body.ends_with(b"\n") {
                        body.push(b'\n');
                    }
                    let mut stdout = std::io::stdout().lock();
                    let written = stdout.write_all(body).and_then(|()| stdout.flush());
                    body.clear();
                    written.map_err(|error| Failure::local("standard output", error))?;
                }
                Ok(())
            }
            Output::Memory(body) => {
                if offset == 0 {
                    body.clear();
                }
                body.extend(block);
                Ok(())
            }
            Output::File { path, file } => {
                write(path, file, offset, block).map_err(|error| Failure::local(path.display(), error))
            }
        }
    }
}

/// The file is made when there is something to put in it: an error response leaves an old one as it was.
fn write(path: &Path, file: &mut Option<File>, offset: u32, block: &[u8]) -> std::io::Result<()> {
    let mut open = match file.take() {
        Some(open) => open,
        None => File::create(path)?,
    };
    if offset == 0 {
        open.set_len(0)?;
    }
    open.seek(SeekFrom::Start(u64::from(offset)))?;
    open.write_all(block)?;
    *file = Some(open);
    Ok(())
}
