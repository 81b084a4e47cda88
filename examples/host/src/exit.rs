//! How the program ends: one code a cause, each with a sentence on what to do.

use crate::interrupt;
use std::fmt;

/// The table of exit codes, under the help text.
pub(crate) const HELP: &str = "\
Exit codes: 0 success, 1 local failure (file, socket), 2 usage, 3 no answer, 4 refused (nobody listens there), \
5 the server refused our key, identity or certificate, 6 handshake failed, 7 client error 4.xx, 8 server error 5.xx, 9 reset by the server, \
10 the server closed the association, 11 the response makes no sense, 12 the server's certificate or key was refused, 130 interrupted before anything came.";

/// Why the program ends otherwise than well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A file, a socket, the system's randomness.
    Local(String),
    /// What was said on the command line cannot be.
    Usage(String),
    /// Nothing came.
    NoAnswer(String),
    /// The host reported that nobody listens there.
    Refused(String),
    /// The server did not take our key or identity, or our certificate.
    Key(String),
    /// We did not take the server's certificate or key.
    Server(String),
    /// The handshake ended for another reason.
    Handshake(String),
    /// A 4.xx response, already told.
    ClientError,
    /// A 5.xx response, already told.
    ServerError,
    /// A reset in answer to the request.
    Reset,
    /// The association ended before the answer came.
    Closed(String),
    /// A response that breaks the protocol.
    Response(String),
    /// Ctrl-C, before anything came.
    Interrupted,
}

impl Failure {
    /// What ends the program when this was the response's code; `None`: it went well.
    pub(crate) fn of(code: stint_coap::Code) -> Option<Self> {
        match code.class() {
            2 => None,
            4 => Some(Failure::ClientError),
            _ => Some(Failure::ServerError),
        }
    }

    /// Whether it was told when it came.
    pub(crate) fn is_told(&self) -> bool {
        matches!(self, Failure::ClientError | Failure::ServerError)
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Failure::Local(_) => 1,
            Failure::Usage(_) => 2,
            Failure::NoAnswer(_) => 3,
            Failure::Refused(_) => 4,
            Failure::Key(_) => 5,
            Failure::Handshake(_) => 6,
            Failure::ClientError => 7,
            Failure::ServerError => 8,
            Failure::Reset => 9,
            Failure::Closed(_) => 10,
            Failure::Response(_) => 11,
            Failure::Server(_) => 12,
            Failure::Interrupted => interrupt::CODE,
        }
    }

    /// The exit code in a word, for programs.
    pub(crate) fn cause(&self) -> &'static str {
        match self {
            Failure::Local(_) => "local",
            Failure::Usage(_) => "usage",
            Failure::NoAnswer(_) => "no answer",
            Failure::Refused(_) => "refused",
            Failure::Key(_) => "credential refused",
            Failure::Handshake(_) => "handshake",
            Failure::ClientError => "client error",
            Failure::ServerError => "server error",
            Failure::Reset => "reset",
            Failure::Closed(_) => "closed",
            Failure::Response(_) => "response",
            Failure::Server(_) => "server refused",
            Failure::Interrupted => "interrupted",
        }
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Failure::Usage(text.into())
    }

    /// A failure of the system, with what it was about.
    pub(crate) fn local(about: impl fmt::Display, error: impl fmt::Display) -> Self {
        Failure::Local(format!("{about}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Local(text)
            | Failure::Usage(text)
            | Failure::NoAnswer(text)
            | Failure::Refused(text)
            | Failure::Key(text)
            | Failure::Server(text)
            | Failure::Handshake(text)
            | Failure::Closed(text)
            | Failure::Response(text) => f.write_str(text),
            Failure::ClientError => f.write_str("the server refused the request"),
            Failure::ServerError => f.write_str("the server failed to serve the request"),
            Failure::Interrupted => f.write_str("interrupted"),
            Failure::Reset => f.write_str(
                "the server answered with a reset: it does not understand the message or has forgotten the exchange",
            ),
        }
    }
}
