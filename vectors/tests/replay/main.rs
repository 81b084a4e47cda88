//! Everything published, file by file: what must be taken is, with what must come of it, and what must not is refused. The table of counts is printed
//! whether all is well or not, and is that of `COUNTS.txt`: a file that is read in part is no pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod x509;

use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use stint_dtls::crypto::compact::Fast;
use stint_operations::{Counts, Own, walk};
use stint_vectors::{Published, published, tape};

/// What is known of each file: `COUNTS.txt`.
const KNOWN: &str = include_str!("../../COUNTS.txt");

/// Lines of the table, by file.
type Lines = Arc<Mutex<BTreeMap<String, String>>>;

/// Walks the tape of one file as a board does.
fn walked(tape: &[u8]) -> Counts {
    let (mut room, mut all) = (vec![0; 0x1_0000], Vec::new());
    walk(&Own(Fast), tape, &mut room, &mut |_, counts| all.push(*counts)).expect("requests");
    assert_eq!(all.len(), 1);
    all[0]
}

/// What is told of a file.
fn replay(file: &Published) -> Result<String, Failed> {
    let counts = walked(&tape(std::slice::from_ref(file)));
    if counts.wrong > 0 {
        let case = &file.cases[counts.first_wrong as usize];
        return Err(format!("{} of {} wrong, the first {}", counts.wrong, file.cases.len(), case.source).into());
    }
    let others = file.others.iter().map(|(reason, count)| format!("{count} not: {reason}"));
    let against =
        file.against.iter().map(|(verdict, count)| format!("{count} {verdict} against it (src/x509/verdicts.rs)"));
    Ok([counts.to_string()].into_iter().chain(others).chain(against).collect::<Vec<_>>().join("; "))
}

/// A replay that cannot fail shows nothing: of each file a case with another reply, and one more, is found.
fn a_changed_reply_is_not_seen(files: &[Published]) -> Result<(), Failed> {
    for file in files {
        let Some(last) = file.cases.last() else {
            // Captures of what came to no exchange.
            assert!(!file.others.is_empty(), "{}: nothing", file.file);
            continue;
        };
        let mut few = Published { cases: vec![last.clone(), last.clone()], ..file.clone() };
        assert_eq!(walked(&tape(std::slice::from_ref(&few))).wrong, 0, "{}", file.file);
        *few.cases[1].reply.last_mut().ok_or("no reply")? ^= 1;
        let counts = walked(&tape(std::slice::from_ref(&few)));
        assert_eq!((counts.wrong, counts.first_wrong), (1, 1), "{}", file.file);
    }
    Ok(())
}

/// A trial that tells a line of the table.
fn told(name: String, lines: &Lines, run: impl FnOnce() -> Result<String, Failed> + Send + 'static) -> Trial {
    let lines = lines.clone();
    Trial::test(name.clone(), move || {
        let line = format!("{name:<82}{}", run()?);
        lines.lock().unwrap().insert(name, line.clone());
        if KNOWN.lines().any(|known| known == line) {
            Ok(())
        } else {
            Err(format!("COUNTS.txt says otherwise than\n{line}").into())
        }
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let (lines, files) = (Lines::default(), published());
    let count = files.len();
    let replays = files.iter().cloned().map(|file| told(file.file.clone(), &lines, move || replay(&file)));
    let mut trials: Vec<Trial> = replays.collect();
    trials.push(Trial::test("a_line_too_many_or_too_few_is_known", move || {
        assert_eq!(KNOWN.lines().count(), count);
        Ok(())
    }));
    let rules = x509::TRIALS.map(|(name, run)| {
        Trial::test(name, move || {
            run();
            Ok(())
        })
    });
    trials.extend(rules);
    trials.push(Trial::test("a_changed_reply_is_not_seen", move || a_changed_reply_is_not_seen(&files)));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        println!();
        lines.lock().unwrap().values().for_each(|line| println!("{line}"));
    }
    conclusion.exit_code()
}
