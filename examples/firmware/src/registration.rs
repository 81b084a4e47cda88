//! Registration with a CoRE Resource Directory (RFC 9176), sans-IO: it makes requests of an endpoint and looks at their outcomes.
//!
//! 1. `Discover`: where the directory takes registrations, a GET of `/.well-known/core?rt=core.rd` (4.1).
//! 2. `Register`: a POST of the device's own links there, with its name and the registration's lifetime (5).
//! 3. `Refresh`: an empty POST to the location that the directory gave, when three quarters of the lifetime are over, or at once when asked for (5.3.1).
//!    A directory that does not know it any more is gone through from the start.
//! 4. `Remove`: a DELETE of it (5.3.2). `Gone`: the directory knows nothing of the device.

use core::fmt::{self, Write};
use core::time::Duration;
use stint_coap::{
    Body, Code, ContentFormat, Endpoint, Failure, Handle, Message, Opt, OptionNumber, Outcome, Profile, Request,
    RequestError, TextBuffer, links,
};

/// Bytes of the longest path of a directory or a registration.
const PATH: usize = 64;

/// The key of the links among the bodies of the [`Source`](stint_coap::Source) that is lent to the endpoint.
pub const LINKS: u8 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Discover,
    Register,
    Refresh,
    Remove,
    Gone,
}

/// A registration, from nothing to its end.
#[derive(Debug)]
pub struct Registration<'r> {
    query: &'r str,
    lifetime: Duration,
    step: Step,
    asked: Option<Handle>,
    due: Duration,
    /// Where the next request goes.
    path: [u8; PATH],
    len: usize,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The directory takes registrations at a path.
    Discovered,
    /// The device is registered.
    Registered,
    /// It goes on being so.
    Refreshed,
    /// It was, but the directory forgot it: it registers again.
    Forgotten,
    /// It is not any more, as was wished.
    Removed,
}

/// Why there is no registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The server is no directory.
    NoDirectory,
    /// A path of the directory's is longer than 64 bytes, or has characters that would have to be percent-encoded.
    Path,
    /// It answered with an error.
    Code(Code),
    /// It did not answer.
    Failed(Failure),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NoDirectory => f.write_str("the server is no resource directory"),
            Refusal::Path => f.write_str("the directory has a path that this device does not take"),
            Refusal::Code(code) => write!(f, "the directory answered {code}"),
            Refusal::Failed(failure) => failure.fmt(f),
        }
    }
}

impl<'r> Registration<'r> {
    /// One that begins now. `query` has the parameters of RFC 9176 5: the endpoint's name and `lt`, the same as `lifetime` in seconds.
    pub fn new(query: &'r str, lifetime: Duration) -> Self {
        let (step, due) = (Step::Discover, Duration::ZERO);
        Registration { query, lifetime, step, asked: None, due, path: [0; PATH], len: 0 }
    }

    /// When [`poll`](Self::poll) has something to do. `None`: not before an answer came.
    pub fn poll_timeout(&self) -> Option<Duration> {
        (self.asked.is_none() && self.step != Step::Gone).then_some(self.due)
    }

    /// Has the registration refreshed at once, once it stands.
    pub fn refresh(&mut self) {
        if self.step == Step::Refresh {
            self.due = Duration::ZERO;
        }
    }

    /// Has the registration removed, once it stands.
    pub fn remove(&mut self) {
        if self.step == Step::Refresh {
            (self.step, self.due) = (Step::Remove, Duration::ZERO);
        }
    }

    /// Makes the request that is due.
    ///
    /// # Errors
    /// The endpoint does not take it.
    pub fn poll<X: Profile>(&mut self, now: Duration, coap: &mut Endpoint<'_, X>) -> Result<(), RequestError> {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return Ok(());
        }
        let path = self.path.get(..self.len).and_then(|path| core::str::from_utf8(path).ok()).unwrap_or_default();
        let format = [ContentFormat::LINK_FORMAT.0 as u8];
        let (accept, content) =
            ([Opt::new(OptionNumber::ACCEPT, &format)], [Opt::new(OptionNumber::CONTENT_FORMAT, &format)]);
        let request = match self.step {
            Step::Gone => return Ok(()),
            Step::Discover => Request { query: "rt=core.rd", options: &accept, ..Request::get(".well-known/core") },
            Step::Register => Request {
                query: self.query,
                options: &content,
                body: Body::Source(LINKS),
                ..Request::new(Code::POST, path)
            },
            Step::Refresh => Request::new(Code::POST, path),
            Step::Remove => Request::new(Code::DELETE, path),
        };
        self.asked = Some(coap.request(&request)?);
        Ok(())
    }

    /// Looks at an outcome. `None`: it is not this one's, or does not end a step.
    pub fn take(&mut self, now: Duration, outcome: &Outcome<'_>) -> Option<Result<News, Refusal>> {
        match outcome {
            Outcome::Response(response) if self.asked == Some(response.handle) => {
                let first = response.offset == 0;
                // The link that was asked for is the only one, and in the first block.
                let news = if first { Some(self.answered(now, &response.message)) } else { None };
                self.asked = if response.more { self.asked } else { None };
                news
            }
            Outcome::Failed { handle, failure } if self.asked == Some(*handle) => {
                self.asked = None;
                Some(Err(Refusal::Failed(*failure)))
            }
            _ => None,
        }
    }

    fn answered(&mut self, now: Duration, message: &Message<'_>) -> Result<News, Refusal> {
        let (step, news) = match (self.step, message.code) {
            (Step::Discover, Code::CONTENT) => {
                let document = core::str::from_utf8(message.payload).unwrap_or_default();
                let mut found = links(document).map_while(Result::ok);
                let link = found.find(|link| link.values("rt").any(|rt| rt == "core.rd"));
                let path = link.and_then(|link| link.target.strip_prefix('/')).ok_or(Refusal::NoDirectory)?;
                self.go_to(core::iter::once(path.as_bytes()))?;
                (Step::Register, News::Discovered)
            }
            (Step::Register, Code::CREATED) => {
                self.go_to(message.location().ok_or(Refusal::Path)?.path())?;
                (Step::Refresh, News::Registered)
            }
            (Step::Refresh, Code::CHANGED) => (Step::Refresh, News::Refreshed),
            (Step::Refresh, Code::NOT_FOUND) => (Step::Discover, News::Forgotten),
            (Step::Remove, Code::DELETED | Code::NOT_FOUND) => (Step::Gone, News::Removed),
            (_, code) => return Err(Refusal::Code(code)),
        };
        self.step = step;
        let soon = step == Step::Refresh;
        self.due = if soon { now.saturating_add(self.lifetime.saturating_mul(3) / 4) } else { now };
        Ok(news)
    }

    /// Takes note of a path, of its segments.
    fn go_to<'p>(&mut self, segments: impl Iterator<Item = &'p [u8]>) -> Result<(), Refusal> {
        let mut text = TextBuffer::new(&mut self.path);
        for (index, segment) in segments.enumerate() {
            let segment = core::str::from_utf8(segment).map_err(|_| Refusal::Path)?;
            let divider = if index > 0 { "/" } else { "" };
            text.write_str(divider).and_then(|()| text.write_str(segment)).map_err(|_| Refusal::Path)?;
        }
        let path = text.into_text();
        if path.contains(['%', '?', '#']) {
            return Err(Refusal::Path);
        }
        self.len = path.len();
        Ok(())
    }
}
