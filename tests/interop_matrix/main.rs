//! The interop matrix: peer × credential × suite × feature, each cell a handshake with a real server, data both ways, and a close.
//!
//! Each cell is a test of its own name. When all were run and none failed, `tests/INTEROP.md` must be what ran: if it is not, it is
//! written anew, and this run fails, so that the table is looked at and committed.

mod cell;
mod client;
mod run;
mod servers;
mod table;

use cell::Cell;
use libtest_mimic::{Arguments, Conclusion, Failed, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // a cell mostly waits for its peer
    arguments.test_threads = arguments.test_threads.or(Some(4));
    let cells = servers::cells();
    let trials = cells.iter().map(|cell| {
        let cell = *cell;
        Trial::test(cell.name(), move || client::run(&cell).map_err(Failed::from))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if !whole(&conclusion, &cells) || arguments.list {
        return conclusion.exit_code();
    }
    match table::compare(&cells) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn whole(conclusion: &Conclusion, cells: &[Cell]) -> bool {
    conclusion.num_passed == cells.len() as u64
}
