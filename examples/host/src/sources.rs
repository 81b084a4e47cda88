//! The bodies of uploads, read again wherever a block is sent again.

use crate::args::BodyArgs;
use crate::exit::Failure;
use crate::names;
use crate::progress::Progress;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::rc::Rc;
use stint_coap::{ContentFormat, Source};

/// A body, in memory or in a file that is read block by block.
#[derive(Clone)]
pub(crate) enum Body {
    Bytes(Rc<[u8]>),
    File { file: Rc<File>, len: u64 },
}

/// What a request carries.
#[derive(Clone, Default)]
pub(crate) struct Payload {
    pub(crate) body: Option<Body>,
    pub(crate) format: Option<ContentFormat>,
}

impl Payload {
    pub(crate) fn open(args: &BodyArgs) -> Result<Self, Failure> {
        let format = args.content_format.as_deref().map(|text| names::format(text, "-t")).transpose()?;
        Ok(Payload { body: Body::open(args)?, format })
    }
}

impl Body {
    /// `None`: there is no body.
    fn open(args: &BodyArgs) -> Result<Option<Self>, Failure> {
        let bytes = |bytes: Vec<u8>| Ok(Some(Body::Bytes(bytes.into())));
        let Some(path) = &args.file else {
            return args.payload.as_ref().map_or(Ok(None), |text| bytes(text.clone().into_bytes()));
        };
        let failed = |error| Failure::local(path.display(), error);
        if path == Path::new("-") {
            let mut read = Vec::new();
            std::io::stdin().read_to_end(&mut read).map_err(failed)?;
            return bytes(read);
        }
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_file() {
            return Ok(Some(Body::File { file: Rc::new(file), len: metadata.len() }));
        }
        // A pipe cannot be read twice.
        let mut read = Vec::new();
        file.read_to_end(&mut read).map_err(failed)?;
        bytes(read)
    }

    /// In bytes.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::File { len, .. } => *len,
        }
    }

    fn read(&self, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let rest = self.len().checked_sub(offset.into())?;
        let part = rest.min(out.len() as u64);
        let out = out.get_mut(..usize::try_from(part).ok()?)?;
        match self {
            Body::Bytes(bytes) => out.copy_from_slice(bytes.get(offset as usize..)?.get(..out.len())?),
            Body::File { file, .. } => {
                let mut file: &File = file;
                file.seek(SeekFrom::Start(offset.into())).ok()?;
                // A file that shrank meanwhile ends the upload.
                file.read_exact(out).ok()?;
            }
        }
        Some((out.len(), part < rest))
    }
}

/// The bodies of the requests in course, by their keys; a clone of it is the same.
#[derive(Clone, Default)]
pub(crate) struct Bodies(Rc<RefCell<BTreeMap<u8, (Body, Progress)>>>);

impl Bodies {
    /// From here on the key means this body.
    pub(crate) fn lend(&self, key: u8, body: &Body, progress: &Progress) {
        self.0.borrow_mut().insert(key, (body.clone(), progress.clone()));
    }

    /// The body under this key went out.
    pub(crate) fn sent(&self, key: u8) {
        if let Some((_, progress)) = self.0.borrow().get(&key) {
            progress.done();
        }
    }
}

impl Source for Bodies {
    fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let bodies = self.0.borrow();
        let (body, progress) = bodies.get(&key)?;
        if offset > 0 {
            progress.at(offset.into(), Some(body.len()));
        }
        body.read(offset, out)
    }

    fn size(&mut self, key: u8) -> Option<u32> {
        self.0.borrow().get(&key).and_then(|(body, _)| u32::try_from(body.len()).ok())
    }
}
