//! Where the ways of two secrets part.

use super::run::record;
use super::{Done, Given, Operation, Run, Seen};
use crate::panics;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// The length of an event in a recording.
const EVENT: usize = 12;

/// Of each operation the first secret whose way is not the first secret's, by its index, with what differs.
#[must_use]
pub fn parted(done: &[Done]) -> Vec<(Operation, usize, String)> {
    let with = |operation| done.iter().filter(move |done| done.operation == operation).enumerate();
    let mut found = Vec::new();
    for operation in Operation::ALL {
        let Some((_, first)) = with(operation).next() else { continue };
        if let Some((index, other)) = with(operation).find(|(_, done)| done.seen != first.seen) {
            found.push((operation, index, what(&first.seen, &other.seen)));
        }
    }
    found
}

fn what(one: &Seen, other: &Seen) -> String {
    let mut said = Vec::new();
    if one.instructions != other.instructions {
        said.push(format!("{} instructions and {}", one.instructions, other.instructions));
    }
    for (differ, name) in [
        (one.executed != other.executed, "the addresses executed"),
        (one.loaded != other.loaded, "the addresses loaded"),
        (one.stored != other.stored, "the addresses stored"),
    ] {
        if differ {
            said.push(name.to_owned());
        }
    }
    said.join(", ")
}

/// Runs an operation again with two secrets, and tells where they part: the first event that differs, then every place in the code that one of them passes more
/// often than the other.
///
/// # Errors
/// What could not be run; that they do not part.
pub fn difference(run: Run<'_>, operation: Operation, one: Given, other: Given) -> Result<String, String> {
    let run = Run { given: &[one, other], ..run };
    let events = record(run, operation)?;
    let events: Vec<Event> = events.chunks_exact(EVENT).map(Event::read).collect();
    let second = events.iter().skip(1).position(|event| event.kind == Kind::Begins).ok_or("one operation alone")?;
    let (one, other) = events.split_at(second + 1);
    let pair = one.iter().zip(other).enumerate().find(|(_, (one, other))| one != other);
    let (index, (first, second)) = pair.ok_or("the two secrets do not part")?;
    // From the last event on both went straight ahead: whoever does something first is where they part.
    let mut at = BTreeSet::from([first.at().min(second.at())]);
    let mut passed: HashMap<(u64, u32), i64> = HashMap::new();
    for (events, step) in [(one, 1), (other, -1)] {
        for event in events {
            let target = if event.kind == Kind::Jump { event.address } else { 0 };
            *passed.entry((event.at(), target)).or_default() += step;
        }
    }
    at.extend(passed.iter().filter(|(_, count)| **count != 0).map(|((at, _), _)| *at));
    let mut told = format!("after {index} events: {first}; {second}\nin all, they part at");
    for place in places(run, at)? {
        let _ = write!(told, "\n  {place}");
    }
    Ok(told)
}

/// Who last stored to an address in an operation with the first of the secrets: the function, and where it was called if it only copies.
///
/// # Errors
/// What could not be run.
pub fn stored_last(run: Run<'_>, operation: Operation, address: u32) -> Result<String, String> {
    let run = Run { given: run.given.get(..1).ok_or("no secret")?, ..run };
    let events = record(run, operation)?;
    let events: Vec<Event> = events.chunks_exact(EVENT).map(Event::read).collect();
    let stored = |event: &Event| event.kind == Kind::Store && (event.address..event.address + 4).contains(&address);
    let Some(last) = events.iter().rposition(stored) else { return Ok("nobody".into()) };
    let mut at = vec![events[last].at()];
    // The way in: the last jumps from one function to another.
    let function =
        |event: &Event| panics::places(run.elf, [event.at()]).map(|mut places| places.pop().unwrap_or_default().pop());
    let mut inner = function(&events[last])?;
    for event in events[..last].iter().rev().filter(|event| event.kind == Kind::Jump) {
        if at.len() == 3 {
            break;
        }
        let outer = function(event)?;
        if outer.as_ref().map(|place| &place.function) != inner.as_ref().map(|place| &place.function) {
            at.push(event.at());
            inner = outer;
        }
    }
    Ok(places(run, at)?.join("\n    after "))
}

/// Addresses with their functions.
fn places(run: Run<'_>, at: impl IntoIterator<Item = u64> + Clone) -> Result<Vec<String>, String> {
    let mut told = Vec::new();
    for (at, places) in at.clone().into_iter().zip(panics::places(run.elf, at)?) {
        let mut line = format!("{at:#x}");
        for (place, joint) in places.iter().zip(std::iter::once(" ").chain(std::iter::repeat(", in "))) {
            let file = place.file.rsplit('/').next().unwrap_or_default();
            let _ = write!(line, "{joint}{} ({file}:{})", place.function, place.line);
        }
        told.push(line);
    }
    Ok(told)
}

/// The kinds of the plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Begins,
    Jump,
    Load,
    Store,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Event {
    kind: Kind,
    place: u32,
    address: u32,
}

impl Event {
    fn read(bytes: &[u8]) -> Self {
        let number = |at: usize| bytes[at..at + 4].try_into().map(u32::from_ne_bytes).unwrap();
        let kind = [Kind::Begins, Kind::Jump, Kind::Load, Kind::Store][number(0) as usize];
        Self { kind, place: number(4), address: number(8) }
    }

    /// The address of the instruction; of a jump, an address within it.
    fn at(&self) -> u64 {
        let place = u64::from(self.place);
        if self.kind == Kind::Jump { place.saturating_sub(2) } else { place }
    }
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let does = match self.kind {
            Kind::Begins => return f.write_str("it begins"),
            Kind::Jump => "jumps to",
            Kind::Load => "loads from",
            Kind::Store => "stores to",
        };
        write!(f, "{:#x} {does} {:#x}", self.at(), self.address)
    }
}
