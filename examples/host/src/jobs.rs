//! What the commands do with their answers.

use crate::exit::Failure;
use crate::output::Output;
use crate::request::{Prepared, shown};
use crate::session::Job;
use std::ops::ControlFlow;
use std::time::Duration;
use stint_coap::{Endpoint, Handle, OptionNumber, Outcome, Response};

type Flow = Result<ControlFlow<()>, Failure>;
const GO_ON: Flow = Ok(ControlFlow::Continue(()));
const DONE: Flow = Ok(ControlFlow::Break(()));

/// A request, made once or several times.
pub(crate) struct Exchange {
    pub(crate) request: Prepared,
    pub(crate) output: Output,
    pub(crate) left: u32,
    pub(crate) verbose: bool,
    /// The diagnostic payload of an error response, as far as it came.
    pub(crate) diagnosis: Vec<u8>,
}

impl Exchange {
    fn make(&mut self, coap: &mut Endpoint<'_>) -> Result<(), Failure> {
        if self.verbose {
            eprintln!("request {}", self.request.told());
        }
        self.left = self.left.saturating_sub(1);
        self.request.make(coap, false).map(|_| ())
    }
}

impl Job for Exchange {
    fn begin(&mut self, coap: &mut Endpoint<'_>, _now: Duration) -> Result<(), Failure> {
        self.make(coap)
    }

    fn outcome(&mut self, outcome: Outcome<'_>, coap: &mut Endpoint<'_>, _now: Duration) -> Flow {
        let response = match outcome {
            Outcome::Response(response) => response,
            Outcome::Failed { failure, .. } => return Err(failed(failure)),
            _ => return GO_ON,
        };
        if self.verbose {
            tell(&response);
        }
        accept(&response, &mut self.output, &mut self.diagnosis)?;
        if response.more {
            return GO_ON;
        }
        created(&response);
        if self.left == 0 {
            return DONE;
        }
        self.make(coap)?;
        GO_ON
    }
}

/// An observation.
pub(crate) struct Observation {
    pub(crate) request: Prepared,
    pub(crate) output: Output,
    pub(crate) verbose: bool,
    pub(crate) diagnosis: Vec<u8>,
    /// How many representations are still wanted; `None`: any number.
    pub(crate) left: Option<u32>,
    /// How long to observe, from the first answer on.
    pub(crate) duration: Option<Duration>,
    pub(crate) keepalive: Option<Duration>,
    pub(crate) state: Watch,
}

/// How far an observation is.
#[derive(Default)]
pub(crate) struct Watch {
    handle: Option<Handle>,
    ping: Option<Handle>,
    end: Option<Duration>,
    heard: Option<Duration>,
    cancelled: bool,
}

/// How long the answer to the cancellation is waited for.
const FAREWELL: Duration = Duration::from_secs(3);

impl Observation {
    fn cancel(&mut self, coap: &mut Endpoint<'_>, now: Duration) {
        if let Some(handle) = self.state.handle {
            coap.cancel(handle);
        }
        self.state.cancelled = true;
        self.state.end = Some(now + FAREWELL);
    }

    fn response(&mut self, response: &Response<'_>, coap: &mut Endpoint<'_>, now: Duration) -> Flow {
        if self.state.cancelled {
            // The answer to the cancellation is one more representation, which nobody asked for.
            return if response.last { DONE } else { GO_ON };
        }
        if self.verbose {
            tell(response);
        }
        accept(response, &mut self.output, &mut self.diagnosis)?;
        if response.more {
            return GO_ON;
        }
        if self.state.end.is_none() {
            self.state.end = self.duration.map(|duration| now + duration);
        }
        self.left = self.left.map(|left| left.saturating_sub(1));
        if response.last {
            eprintln!("the server does not, or no longer, notify of this resource");
            return DONE;
        }
        if self.left == Some(0) {
            self.cancel(coap, now);
        }
        GO_ON
    }
}

impl Job for Observation {
    fn begin(&mut self, coap: &mut Endpoint<'_>, _now: Duration) -> Result<(), Failure> {
        if self.verbose {
            eprintln!("observe {}", self.request.told());
        }
        self.state.handle = Some(self.request.make(coap, true)?);
        Ok(())
    }

    fn outcome(&mut self, outcome: Outcome<'_>, coap: &mut Endpoint<'_>, now: Duration) -> Flow {
        self.state.heard = Some(now);
        match outcome {
            Outcome::Response(response) => self.response(&response, coap, now),
            Outcome::Failed { handle, .. } if self.state.cancelled && Some(handle) == self.state.handle => DONE,
            Outcome::Failed { failure, .. } => Err(failed(failure)),
            Outcome::Pong { .. } => {
                self.state.ping = None;
                if self.verbose {
                    eprintln!("{:9.3} pong", now.as_secs_f64());
                }
                GO_ON
            }
            _ => GO_ON,
        }
    }

    /// A resource may be quiet for long; whether its server is there, Max-Age and pings tell.
    fn patient(&self) -> bool {
        self.state.heard.is_some() && !self.state.cancelled
    }

    fn deadline(&self) -> Option<Duration> {
        let ping = match (self.keepalive, self.state.heard, self.state.ping) {
            (Some(keepalive), Some(heard), None) => Some(heard + keepalive),
            _ => None,
        };
        [self.state.end, ping].into_iter().flatten().min()
    }

    fn wake(&mut self, coap: &mut Endpoint<'_>, now: Duration) -> Flow {
        if self.state.end.is_some_and(|end| end <= now) {
            if self.state.cancelled {
                return DONE;
            }
            self.cancel(coap, now);
        } else {
            self.state.ping = Some(coap.ping().map_err(|error| Failure::usage(error.to_string()))?);
        }
        GO_ON
    }
}

/// Pings, one a second at most.
pub(crate) struct Ping {
    pub(crate) name: String,
    pub(crate) left: u32,
    pub(crate) asked: Option<Duration>,
    pub(crate) next: Option<Duration>,
}

impl Ping {
    fn make(&mut self, coap: &mut Endpoint<'_>) -> Result<(), Failure> {
        coap.ping().map_err(|error| Failure::usage(error.to_string()))?;
        self.left = self.left.saturating_sub(1);
        self.next = None;
        Ok(())
    }
}

impl Job for Ping {
    fn begin(&mut self, coap: &mut Endpoint<'_>, now: Duration) -> Result<(), Failure> {
        self.asked = Some(now);
        self.make(coap)
    }

    /// The handshake is not part of the time that is told.
    fn connected(&mut self, now: Duration) {
        self.asked = Some(now);
    }

    fn outcome(&mut self, outcome: Outcome<'_>, _coap: &mut Endpoint<'_>, now: Duration) -> Flow {
        match outcome {
            Outcome::Pong { .. } => {
                let took = now.saturating_sub(self.asked.unwrap_or(now));
                eprintln!("{} is there: {:.1} ms", self.name, took.as_secs_f64() * 1000.0);
                if self.left == 0 {
                    return DONE;
                }
                self.next = Some(now + Duration::from_secs(1));
                GO_ON
            }
            Outcome::Failed { failure, .. } => Err(failed(failure)),
            _ => GO_ON,
        }
    }

    fn deadline(&self) -> Option<Duration> {
        self.next
    }

    fn wake(&mut self, coap: &mut Endpoint<'_>, now: Duration) -> Flow {
        self.asked = Some(now);
        self.make(coap)?;
        GO_ON
    }
}

/// A success's payload goes out; an error's is told, and ends the job.
fn accept(response: &Response<'_>, output: &mut Output, diagnosis: &mut Vec<u8>) -> Result<(), Failure> {
    let code = response.message.code;
    if code.is_success() {
        return output.block(response.offset, response.message.payload, response.more);
    }
    diagnosis.extend(response.message.payload);
    if response.more {
        return Ok(());
    }
    // RFC 7252 5.5.2: a diagnostic payload is for people, and UTF-8.
    match String::from_utf8_lossy(diagnosis).trim() {
        "" => eprintln!("{code}"),
        text => eprintln!("{code}: {text}"),
    }
    Err(if code.class() == 4 { Failure::ClientError } else { Failure::ServerError })
}

/// A success other than "here it is" is told, with where a new resource is (RFC 7252 5.10.7).
fn created(response: &Response<'_>) {
    let code = response.message.code;
    if code == stint_coap::Code::CONTENT {
        return;
    }
    let part = |number, divider: &str| {
        let parts = response.message.options().filter(|option| option.number == number);
        parts.map(|option| format!("{divider}{}", String::from_utf8_lossy(option.value))).collect::<String>()
    };
    let location =
        part(OptionNumber::LOCATION_PATH, "/") + &part(OptionNumber::LOCATION_QUERY, "&").replacen('&', "?", 1);
    if location.is_empty() { eprintln!("{code}") } else { eprintln!("{code}: {location}") }
}

/// A response in a line, for `--verbose`.
fn tell(response: &Response<'_>) {
    let mut line = response.message.code.to_string();
    for option in response.message.options() {
        line = format!("{line}, {}", shown(&option));
    }
    let kind = if response.notification { "notification" } else { "response" };
    eprintln!("{kind} {line}; {} bytes from {}", response.message.payload.len(), response.offset);
}

fn failed(failure: stint_coap::Failure) -> Failure {
    use stint_coap::Failure as Coap;
    match failure {
        Coap::Timeout => Failure::NoAnswer("no answer: the server acknowledged nothing".into()),
        Coap::NoResponse => Failure::NoAnswer("the server took the request and sent no response".into()),
        Coap::Reset => Failure::Reset,
        Coap::Body => Failure::Local("the body changed while it was sent".into()),
        Coap::TooLarge => Failure::usage("the request's options do not fit in a datagram"),
        other => Failure::Response(other.to_string()),
    }
}
