//! A request to a group of servers at once (RFC 7252 8): in the clear, Non-confirmable, answered by any number of them.

use crate::answer::Answer;
use crate::exit::Failure;
use crate::request::Prepared;
use crate::secure::OUTBOX;
use crate::session::{INBOX, Server, addresses, unspecified};
use crate::trace::Traced;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use stint_coap::Outcome;
use stint_net::std_group::StdGroup;
use stint_net::{Happened, Inbox, Outbox, PlainPump, PumpError};

/// What is done with an answer, and with who gave it, after how long.
pub(crate) type Finish<'f> = dyn FnMut(&Prepared, &Answer, Duration, SocketAddr) -> Result<(), Failure> + 'f;

/// Asks the group of the server's URI.
pub(crate) fn ask(mut server: Server<'_>, request: &Prepared, finish: &mut Finish<'_>) -> Result<(), Failure> {
    let (args, patience) = (server.args, server.settings.with_a_group());
    if server.target.secure {
        return Err(Failure::usage("there is no DTLS to a group: coap:// alone"));
    }
    let none = || Failure::NoAnswer(format!("{} has no address", server.target.host));
    let group = addresses(&server.target)?.into_iter().next().ok_or_else(none)?;
    let local = SocketAddr::new(args.local_address.unwrap_or_else(|| unspecified(group)), args.local_port);
    let socket = UdpSocket::bind(local).map_err(|error| Failure::local(format!("local address {local}"), error))?;
    let net = StdGroup::from_socket(socket, group).map_err(|error| Failure::local(group, error))?;
    let start = Instant::now();
    let (mut slots, mut store) = (server.settings.slots(), server.settings.store());
    let mut coap = server.settings.endpoint((), &mut slots, &mut store)?;
    server.report.tell(&format!("group {group}, for {} s: {}", patience.as_secs_f64(), request.told()));
    request.make_to_group(&mut coap)?;
    let mut out = [0; OUTBOX];
    let net = Traced::new(net, start, args.verbose, false);
    let mut pump = PlainPump { net, coap: &mut coap, source: (), outbox: Outbox::new(&mut out) };
    let mut buf = vec![0; INBOX];
    let mut inbox = Inbox::new(&mut buf);
    let mut answers = 0;
    loop {
        match pump.poll(start.elapsed(), &mut inbox) {
            Ok(Happened::Coap(Outcome::Response(response))) => {
                let Some(from) = pump.net.net.source() else { continue };
                server.report.message(&response);
                let mut answer = Answer::begin(&response);
                answer.body = response.message.payload.to_vec();
                (answer.len, answer.blocks) = (answer.body.len() as u64, 1);
                finish(request, &answer, start.elapsed(), from)?;
                if response.more {
                    server.report.remark(&format!("{from} has more to say: ask it alone"));
                }
                answers += 1;
            }
            Ok(Happened::Coap(Outcome::Ended { .. } | Outcome::Failed { .. })) if answers > 0 => return Ok(()),
            Ok(Happened::Coap(Outcome::Ended { .. } | Outcome::Failed { .. })) => {
                let seconds = patience.as_secs_f64();
                return Err(Failure::NoAnswer(format!("nobody in the group answered within {seconds} s")));
            }
            Ok(_) => {}
            Err(nb::Error::WouldBlock) => {
                let until = pump.poll_timeout();
                wait(pump.net.net.socket(), until, start);
            }
            Err(nb::Error::Other(PumpError::Transport(error))) => return Err(Failure::local(group, error)),
            Err(nb::Error::Other(error)) => return Err(Failure::Response(error.to_string())),
        }
    }
}

/// Until a datagram is there, or it is time.
fn wait(socket: &UdpSocket, until: Option<Duration>, start: Instant) {
    let left = until.map(|until| until.saturating_sub(start.elapsed()));
    if left.is_some_and(|left| left < Duration::from_millis(1)) {
        return;
    }
    // Where one of these fails the loop turns without a pause, and still ends in time.
    let _ = socket.set_read_timeout(left);
    let _ = socket.set_nonblocking(false);
    let _ = socket.peek(&mut [0]);
    let _ = socket.set_nonblocking(true);
}
