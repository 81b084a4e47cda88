//! All files that are published, each as requests to `stint-operations` with the replies that they must have.
//!
//! Promises: a file's cases are all here, or counted among its `others` with the reason; the replies come from the file, and where they do not stand there in
//! so many words, from what it says.

mod ask;
mod der;
mod nist;
mod rfc;
mod wycheproof;
mod captured;
mod associations;
mod paths;

use crate::p256::p256;
use ask::{Aead, ask};
use std::collections::BTreeMap;

/// A request with the reply that it must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where it was published: the file's own number or name.
    pub source: String,
    /// The request.
    pub request: Vec<u8>,
    /// The reply: 1 and what comes of it, or 0.
    pub reply: Vec<u8>,
}

/// A file of published vectors.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its path in `data/`.
    pub file: String,
    /// Its cases, in its order.
    pub cases: Vec<Asked>,
    /// How many more it has that cannot be asked, by the reason.
    pub others: BTreeMap<String, usize>,
    /// How many of its cases are `taken` or `refused` though the file says otherwise: [`crate::LIMBO`] and [`crate::PKITS`] say why.
    pub against: BTreeMap<&'static str, usize>,
}

impl Published {
    fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), cases: Vec::new(), others: BTreeMap::new(), against: BTreeMap::new() }
    }

    /// `output`: what must come of it; `None`: it must be refused.
    fn push(&mut self, source: String, request: Vec<u8>, output: Option<&[u8]>) {
        let reply = output.map_or(vec![0], |output| [&[1], output].concat());
        self.cases.push(Asked { source, request, reply });
    }

    fn other(&mut self, reason: impl Into<String>) {
        *self.others.entry(reason.into()).or_default() += 1;
    }
}

/// All files, in the order of their paths.
#[must_use]
pub fn published() -> Vec<Published> {
    let mut files = wycheproof::files();
    files.extend(nist::files());
    files.extend(rfc::files());
    files.extend(captured::files());
    files.extend(associations::files());
    files.extend(paths::files());
    files.extend(curve());
    files.sort_by(|one, other| one.file.cmp(&other.file));
    files
}

/// The files for P-256, of which one may hold several sets.
fn curve() -> Vec<Published> {
    let mut files: BTreeMap<&str, Published> = BTreeMap::new();
    for set in p256() {
        let file = files.entry(set.file).or_insert_with(|| Published::new(set.file));
        let cases = set.cases.into_iter();
        file.cases.extend(cases.map(|case| Asked {
            request: case.operation.request(),
            source: case.source,
            reply: case.reply,
        }));
        if set.others > 0 {
            *file.others.entry(set.why.to_owned()).or_default() += set.others;
        }
    }
    files.into_values().collect()
}

/// Files as `stint_operations::walk` reads them.
///
/// # Panics
/// A reply is longer than 65,535 bytes, or a path than 255.
#[must_use]
pub fn tape(files: &[Published]) -> Vec<u8> {
    let mut tape = Vec::new();
    for file in files {
        tape.push(u8::try_from(file.file.len()).expect("a short path"));
        tape.extend(file.file.as_bytes());
        tape.extend(u32::try_from(file.cases.len()).expect("not so many").to_be_bytes());
        for case in &file.cases {
            tape.extend(&case.request);
            tape.extend(u16::try_from(case.reply.len()).expect("a short reply").to_be_bytes());
            tape.extend(&case.reply);
        }
    }
    tape
}
