//! Everything published on an emulated board, built as firmware is: the same counts, file by file, as on this host. The table prints whatever comes of it.

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use stint_lab::vectors::{TARGET, compare, on_board};
use stint_vectors::published;

/// A quiet machine takes 20 s for all, a busy one a minute.
const LIMIT: Duration = Duration::from_secs(600);

fn a_board_counts_otherwise() -> Result<(), Failed> {
    let start = Instant::now();
    let printed = compare(LIMIT)?;
    println!("{printed}{TARGET}: {:.1} s", start.elapsed().as_secs_f32());
    Ok(())
}

/// A comparison that cannot fail shows nothing: of each file's last case the board is told another reply, and says so.
fn a_changed_reply_is_not_seen() -> Result<(), Failed> {
    let mut files = published();
    files.retain(|file| !file.cases.is_empty());
    for file in &mut files {
        let last = file.cases.pop().ok_or("no case")?;
        file.cases = vec![last.clone(), last];
        *file.cases[1].reply.last_mut().ok_or("no reply")? ^= 1;
    }
    for line in on_board(TARGET, &files, LIMIT)? {
        assert!(line.ends_with("; 1 WRONG, first 1"), "{line}");
    }
    Ok(())
}

fn main() -> ExitCode {
    let trials = vec![
        Trial::test("a_board_counts_otherwise", a_board_counts_otherwise),
        Trial::test("a_changed_reply_is_not_seen", a_changed_reply_is_not_seen),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
