//! What a poll can end in.

use core::fmt;

/// Why a poll failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PumpError<E> {
    /// The network. Poll again: a datagram that was not sent counts as lost.
    Transport(E),
    /// The association ended, and why. Its alert, if it has one, went out. `start` the client again when it suits.
    Dtls(stint_dtls::Error),
    /// The association stands, but seals nothing: which limit holds it up.
    Send(stint_dtls::SendError),
}

impl<E: fmt::Display> fmt::Display for PumpError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PumpError::Transport(error) => error.fmt(f),
            PumpError::Dtls(error) => error.fmt(f),
            PumpError::Send(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for PumpError<E> {}
