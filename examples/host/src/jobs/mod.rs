//! What the commands do with their answers: each is a job that a conversation is about.

mod exchange;
mod observation;
mod ping;

pub(crate) use exchange::Exchange;
pub(crate) use observation::{Observation, Watch};
pub(crate) use ping::Ping;

use crate::coap::Coap;
use crate::exit::Failure;
use std::ops::ControlFlow;
use std::time::Duration;
use stint_coap::Outcome;

/// Whether a job goes on.
pub(crate) type Flow = Result<ControlFlow<()>, Failure>;
pub(crate) const GO_ON: Flow = Ok(ControlFlow::Continue(()));
pub(crate) const DONE: Flow = Ok(ControlFlow::Break(()));

/// What a conversation is about.
pub(crate) trait Job {
    /// Makes the first requests, which wait for the handshake; once more, where another address of the server is tried.
    fn begin(&mut self, coap: &mut dyn Coap, now: Duration) -> Result<(), Failure>;
    /// Takes what came of a request. `Break`: all is done.
    fn outcome(&mut self, outcome: Outcome<'_>, coap: &mut dyn Coap, now: Duration) -> Flow;
    /// Is told that the handshake is done.
    fn connected(&mut self, _now: Duration) {}
    /// Whether silence is no reason to give up any more.
    fn patient(&self) -> bool {
        false
    }
    /// When the job wants to be woken, and what it does then.
    fn deadline(&self) -> Option<Duration> {
        None
    }
    fn wake(&mut self, _coap: &mut dyn Coap, _now: Duration) -> Flow {
        GO_ON
    }
    /// The user wants to leave. Where there is nothing to be ended in order, that is the failure.
    fn interrupted(&mut self, _coap: &mut dyn Coap, _now: Duration) -> Result<(), Failure> {
        Err(Failure::Interrupted)
    }
}

/// A request that ended without a response.
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
