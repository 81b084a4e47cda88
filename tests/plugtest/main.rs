//! The cases of the ETSI/IETF CoAP plugtests that a client can be asked, by their identifiers, each against each server that has what it needs: our client
//! does what the description has it do, over a socket that is listened to, and the messages both ways are what it says.
//!
//! The descriptions were written for drafts of 2013; where an RFC says otherwise, the RFC holds, and a comment says so. When all cases were run and none
//! failed, the part of `tests/INTEROP.md` that tells of them must be what ran: if it is not, it is written anew, and this run fails.

mod block;
mod cases;
mod check;
mod client;
mod core;
mod dtls;
mod link;
mod observe;
mod options;
mod record;
mod server;
mod table;

use crate::cases::CASES;
use crate::server::{Server, Shared};
use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let shared = Arc::new(Shared::default());
    let mut trials = Vec::new();
    for case in CASES {
        for kind in case.on {
            let shared = Arc::clone(&shared);
            let run = move || {
                // libcoap's server starts at once, and keeps what is written
                let own = case.alone || *kind == server::Kind::Libcoap;
                let server =
                    if own { Server::start(*kind, case.arguments).map(Arc::new) } else { shared.server(*kind) };
                (case.run)(&*server.map_err(Failed::from)?);
                Ok(())
            };
            trials.push(Trial::test(format!("TD_COAP_{}::{}", case.id, kind.name()), run));
        }
    }
    // A case mostly waits, for its server's clock or for its own.
    arguments.test_threads = arguments.test_threads.or(Some(trials.len()));
    let count = trials.len();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.num_passed != count as u64 || arguments.list {
        return conclusion.exit_code();
    }
    match table::compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
