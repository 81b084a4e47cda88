//! The published vectors walked on an emulated board, and here: a line a file, which must be the same.
//!
//! Promises: both walk the same bytes with the same function of `stint-operations`, all of them.

use crate::{curve, setup};
use std::time::Duration;
use stint_dtls::crypto::compact::Fast;
use stint_operations::{Own, walk};
use stint_vectors::{Published, published, tape};

/// Where the image looks for the tape.
const AT: &str = "0x21000000";
/// How many bytes it takes at most, the length among them.
const ROOM: usize = 0x0100_0000;
/// Bytes of the longest reply that the image has room for.
const REPLY: usize = 16 * 1024;

/// What the image is built for: a Cortex-M3.
pub const TARGET: &str = "thumbv7m-none-eabi";

/// A line for each file, with what came of it on this host.
///
/// # Panics
/// The files make no tape.
#[must_use]
pub fn here(files: &[Published]) -> Vec<String> {
    let (mut room, mut lines) = (vec![0; REPLY], Vec::new());
    walk(&Own(Fast), &tape(files), &mut room, &mut |file, counts| lines.push(format!("{file}\t{counts}")))
        .expect("a tape, and replies that have room");
    lines
}

/// The same lines from a board of `target`; at most for `limit`.
///
/// # Errors
/// What could not be built or started; a line that did not come.
pub fn on_board(target: &str, files: &[Published], limit: Duration) -> Result<Vec<String>, String> {
    let image = setup::build(&setup::firmware_folder().join("bare"), "vectors", target, "vectors")?;
    let tape = tape(files);
    let lent = [&u32::try_from(tape.len()).map_err(|error| error.to_string())?.to_be_bytes()[..], &tape].concat();
    if lent.len() > ROOM {
        return Err(format!("{} bytes of vectors, and the image takes {ROOM}", lent.len()));
    }
    let printed = curve::run(&image.elf, curve::machine(target), (AT, &lent), limit)?;
    let printed = String::from_utf8(printed).map_err(|error| error.to_string())?;
    let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    if lines.len() == files.len() {
        return Ok(lines);
    }
    Err(format!("{target}: {} lines of {} came in {limit:?}, the last {:?}", lines.len(), files.len(), lines.last()))
}

/// Walks all files on a board of [`TARGET`] and here, and returns the table that both agree on.
///
/// # Errors
/// What [`on_board`] says; the lines in which they differ, or that say of a reply that it is wrong.
pub fn compare(limit: Duration) -> Result<String, String> {
    let files = published();
    let board = on_board(TARGET, &files, limit)?;
    let (mut table, mut wrong) = (String::new(), String::new());
    for (board, here) in board.iter().zip(here(&files)) {
        let (name, counts) = board.split_once('\t').unwrap_or((board, ""));
        table.push_str(&format!("{name:<82}{counts}\n"));
        if *board != here || counts.contains("WRONG") {
            wrong.push_str(&format!("the board says\n{board}\nand this host\n{here}\n"));
        }
    }
    if wrong.is_empty() { Ok(table) } else { Err(wrong) }
}
