//! What stands beside a download that is not whole: FILE.part, with the ETag and the URI that the bytes in FILE are of.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// How far a download came, and of which representation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Partial {
    /// Bytes that are there.
    pub(crate) len: u32,
    /// Empty: the representation had none.
    pub(crate) etag: Vec<u8>,
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

impl Partial {
    /// What of `uri` stands in `file`. `None`: nothing that can be gone on with. `etag`: what it is of, as the user says.
    pub(crate) fn load(file: &Path, uri: &str, etag: Option<&[u8]>) -> io::Result<Option<Self>> {
        let Some(metadata) = there(fs::metadata(file))? else { return Ok(None) };
        let noted = there(fs::read_to_string(beside(file)))?;
        let noted = noted.as_deref().and_then(|text| {
            let (etag, of) = text.split_once('\n')?;
            (of.trim_end() == uri).then(|| hex::decode(etag).ok())?
        });
        let etag = etag.map(<[u8]>::to_vec).or(noted);
        let len = u32::try_from(metadata.len()).unwrap_or(0);
        Ok(etag.filter(|_| metadata.is_file() && len > 0).map(|etag| Partial { len, etag }))
    }

    /// A download has begun that is not whole.
    pub(crate) fn note(file: &Path, uri: &str, etag: &[u8]) -> io::Result<()> {
        fs::write(beside(file), format!("{}\n{uri}\n", hex::encode(etag)))
    }

    /// The download is whole.
    pub(crate) fn over(file: &Path) -> io::Result<()> {
        there(fs::remove_file(beside(file))).map(|_| ())
    }
}

/// What is not there is no error.
fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
