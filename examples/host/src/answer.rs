//! A response, put together from its blocks.

use crate::exit::Failure;
use crate::output::{Part, Sink};
use crate::progress::Progress;
use crate::request::Prepared;
use std::path::PathBuf;
use stint_coap::{Code, ContentFormat, Opt, OptionNumber, ProblemDetails, Response};

/// A response that is whole.
pub(crate) struct Answer {
    pub(crate) code: Code,
    /// Of its first message.
    pub(crate) options: Vec<(OptionNumber, Vec<u8>)>,
    pub(crate) notification: bool,
    /// The payload, where it is not in a file.
    pub(crate) body: Vec<u8>,
    pub(crate) file: Option<PathBuf>,
    /// Bytes of payload that came.
    pub(crate) len: u64,
    pub(crate) blocks: u32,
}

impl Answer {
    pub(crate) fn begin(response: &Response<'_>) -> Self {
        let options = response.message.options().map(|option| (option.number, option.value.to_vec()));
        Answer {
            code: response.message.code,
            options: options.collect(),
            notification: response.notification,
            body: Vec::new(),
            file: None,
            len: 0,
            blocks: 0,
        }
    }

    pub(crate) fn option(&self, number: OptionNumber) -> Option<Opt<'_>> {
        self.options.iter().find(|(found, _)| *found == number).map(|(number, value)| Opt::new(*number, value))
    }

    /// The problem details that the payload is (RFC 9290), if it is that and well-formed.
    pub(crate) fn problem(&self) -> Option<ProblemDetails<'_>> {
        let format = self.option(OptionNumber::CONTENT_FORMAT)?.uint()?;
        let is_problem = format == u32::from(ContentFormat::PROBLEM_DETAILS.0);
        is_problem.then(|| ProblemDetails::parse(&self.body).ok())?
    }

    /// The values of a repeatable option.
    pub(crate) fn texts(&self, number: OptionNumber) -> impl Iterator<Item = String> {
        let values = self.options.iter().filter(move |(found, _)| *found == number);
        values.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }
}

/// Whether a payload goes where payloads go: an empty one only where it is a representation.
fn is_kept(code: Code, len: u64) -> bool {
    code == Code::CONTENT || (code.is_success() && len > 0)
}

/// A response that is coming.
pub(crate) struct Incoming {
    sink: Sink,
    begun: Option<Answer>,
    progress: Progress,
}

impl Incoming {
    pub(crate) fn new(request: &Prepared, progress: Progress) -> Self {
        Incoming { sink: request.sink(), begun: None, progress }
    }

    /// Takes a block. The answer, when it was the last.
    pub(crate) fn take(&mut self, response: &Response<'_>) -> Result<Option<Answer>, Failure> {
        let message = &response.message;
        let begun = self.begun.take().filter(|begun| response.offset > 0 && begun.code == message.code);
        let mut answer = begun.unwrap_or_else(|| Answer::begin(response));
        answer.blocks += 1;
        answer.len += message.payload.len() as u64;
        // Only a success is worth keeping: an error's payload is for people (RFC 7252 5.5.2), and leaves a file as it was.
        if is_kept(answer.code, answer.len) {
            let etag = message.option(OptionNumber::ETAG).map_or(&[][..], |option| option.value);
            self.sink.part(Part { offset: response.offset, bytes: message.payload, etag, more: response.more })?;
        } else {
            answer.body.extend(message.payload);
        }
        if response.more {
            let total = answer.option(OptionNumber::SIZE2).and_then(|option| option.uint());
            let done = u64::from(response.offset) + message.payload.len() as u64;
            self.progress.at(done, total.map(u64::from).filter(|total| *total >= done));
            self.begun = Some(answer);
            return Ok(None);
        }
        self.progress.done();
        match &mut self.sink {
            Sink::Memory(body) if answer.code.is_success() => answer.body = std::mem::take(body),
            Sink::File(download) if is_kept(answer.code, answer.len) => answer.file = Some(download.path.clone()),
            _ => {}
        }
        Ok(Some(answer))
    }
}
