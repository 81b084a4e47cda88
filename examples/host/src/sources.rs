//! The body of an upload, read again wherever a block is sent again.

use crate::args::BodyArgs;
use crate::exit::Failure;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use stint_coap::Source;

/// A body, in memory or in a file that is read block by block.
pub(crate) enum Bodies {
    None,
    Bytes(Vec<u8>),
    File { file: File, len: u64 },
}

impl Bodies {
    pub(crate) fn open(args: &BodyArgs) -> Result<Self, Failure> {
        let Some(path) = &args.file else {
            return Ok(args.payload.as_ref().map_or(Bodies::None, |text| Bodies::Bytes(text.clone().into_bytes())));
        };
        let failed = |error| Failure::local(path.display(), error);
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
            return Ok(Bodies::Bytes(bytes));
        }
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_file() {
            return Ok(Bodies::File { file, len: metadata.len() });
        }
        // A pipe cannot be read twice.
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        Ok(Bodies::Bytes(bytes))
    }

    /// The body's length in bytes, where there is a body.
    pub(crate) fn len(&self) -> Option<u64> {
        match self {
            Bodies::None => None,
            Bodies::Bytes(bytes) => Some(bytes.len() as u64),
            Bodies::File { len, .. } => Some(*len),
        }
    }

    /// A second handle to the same body.
    pub(crate) fn again(&self) -> Result<Self, Failure> {
        Ok(match self {
            Bodies::None => Bodies::None,
            Bodies::Bytes(bytes) => Bodies::Bytes(bytes.clone()),
            Bodies::File { file, len } => {
                let file = file.try_clone().map_err(|error| Failure::local("the body", error))?;
                Bodies::File { file, len: *len }
            }
        })
    }
}

impl Source for Bodies {
    fn read(&mut self, _key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let at = u64::from(offset);
        match self {
            Bodies::None => None,
            Bodies::Bytes(bytes) => {
                let rest = bytes.get(offset as usize..)?;
                let len = rest.len().min(out.len());
                out.get_mut(..len)?.copy_from_slice(rest.get(..len)?);
                Some((len, len < rest.len()))
            }
            Bodies::File { file, len } => {
                let rest = len.checked_sub(at)?;
                let part = rest.min(out.len() as u64);
                file.seek(SeekFrom::Start(at)).ok()?;
                let out = out.get_mut(..usize::try_from(part).ok()?)?;
                // A file that shrank meanwhile ends the upload.
                file.read_exact(out).ok()?;
                Some((out.len(), part < rest))
            }
        }
    }
}
