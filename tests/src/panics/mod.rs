//! Who can panic: every call of a panic in a firmware image, with the source text that it comes from.
//!
//! Promises: nothing is taken from names or from what functions look like in the source. A call is a branch found in the machine code; its place is what the debug
//! information says of that very address, inlining included. What the standard library does on somebody's behalf (an index, an `unwrap`) counts as
//! that somebody's: the owner is the innermost function whose text is not in the standard library. A function of the standard library that can panic
//! and is not inlined passes this on to whoever calls it.

mod branches;
mod places;

pub use places::Place;

use branches::{Reference, in_code, in_pool};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};
use places::Places;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// A call of a function that panics.
#[derive(Clone, Debug)]
pub struct Panic {
    /// Where in the image.
    pub address: u64,
    /// What is called.
    pub callee: String,
    /// Whose text it is.
    pub owner: Place,
}

/// What an image calls.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The calls of panics, by address.
    pub panics: Vec<Panic>,
    /// All calls from one function to another, counted by the package that owns them: how the reader sees that places were found at all.
    pub calls: BTreeMap<String, usize>,
}

/// An image's functions, by address: name and end.
type Functions = BTreeMap<u64, (String, u64)>;

impl Listing {
    /// Reads an image.
    ///
    /// # Errors
    /// The file cannot be read, or has no debug information.
    pub fn read(elf: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(elf).map_err(|error| format!("{}: {error}", elf.display()))?;
        let file = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", elf.display()))?;
        let (functions, places) = (functions(&file), Places::read(elf)?);
        let calls = calls(&references(&file)?, &functions);
        let mut listing = Listing::default();
        let mut owners = BTreeMap::new();
        for (call, caller) in &calls {
            let owner = owner(&places, call.from, *caller)?;
            let package = owner.as_ref().map_or("core", |owner| &owner.package).to_owned();
            *listing.calls.entry(package).or_default() += 1;
            owners.insert(call.from, owner);
        }
        let mut panicking: BTreeSet<u64> =
            functions.iter().filter(|(_, (name, _))| is_root(name)).map(|(address, _)| *address).collect();
        let mut found = BTreeMap::new();
        // Until no function of the standard library joins those that panic.
        loop {
            let before = panicking.len();
            for (call, caller) in &calls {
                let Some((callee, _)) = functions.get(&call.to).filter(|_| panicking.contains(&call.to)) else {
                    continue;
                };
                match owners.get(&call.from).and_then(Option::as_ref) {
                    Some(owner) => {
                        let (address, callee, owner) = (call.from, callee.clone(), owner.clone());
                        found.insert(address, Panic { address, callee, owner });
                    }
                    None => _ = panicking.insert(*caller),
                }
            }
            if panicking.len() == before {
                break;
            }
        }
        listing.panics = found.into_values().collect();
        Ok(listing)
    }

    /// The calls of panics that a package owns.
    pub fn of<'l>(&'l self, package: &'l str) -> impl Iterator<Item = &'l Panic> {
        self.panics.iter().filter(move |panic| panic.owner.package == package)
    }

    /// How many calls of panics each package owns.
    #[must_use]
    pub fn packages(&self) -> BTreeMap<&str, usize> {
        let mut packages = BTreeMap::new();
        self.panics.iter().for_each(|panic| *packages.entry(&*panic.owner.package).or_default() += 1);
        packages
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { package, function, file, line } = &self.owner;
        let file = file.rsplit_once("/src/").map_or(&**file, |(_, file)| file);
        write!(f, "{:#08x} {package}: {function} ({file}:{line}) calls {}", self.address, self.callee)
    }
}

/// Whether a function is where a panic begins, or the handler that it ends in.
fn is_root(name: &str) -> bool {
    name.starts_with("core::panicking::") || name.ends_with("rust_begin_unwind")
}

fn functions(file: &object::File<'_>) -> Functions {
    let symbols = file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0);
    symbols
        .map(|symbol| {
            let name = format!("{:#}", rustc_demangle::demangle(symbol.name().unwrap_or_default()));
            let address = symbol.address() & !1;
            (address, (name, address + symbol.size()))
        })
        .collect()
}

/// A piece of an image's text.
pub(crate) struct Piece<'f> {
    /// Its address.
    pub(crate) address: u64,
    /// Whether it is instructions; else it is a literal pool.
    pub(crate) code: bool,
    /// What it holds.
    pub(crate) bytes: &'f [u8],
}

/// All references in the code of an image.
fn references(file: &object::File<'_>) -> Result<Vec<Reference>, String> {
    let found =
        pieces(file)?.into_iter().flat_map(
            |Piece { address, code, bytes }| {
                if code { in_code(address, bytes) } else { in_pool(address, bytes) }
            },
        );
    Ok(found.collect())
}

/// The text of an image, by what it is.
pub(crate) fn pieces<'f>(file: &object::File<'f>) -> Result<Vec<Piece<'f>>, String> {
    let mut marks = BTreeMap::new();
    for symbol in file.symbols() {
        match symbol.name().unwrap_or_default().split('.').next() {
            Some("$t") => _ = marks.insert(symbol.address(), true),
            Some("$d") => _ = marks.insert(symbol.address(), false),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for section in file.sections().filter(|section| section.kind() == SectionKind::Text) {
        let (start, data) = (section.address(), section.data().map_err(|error| error.to_string())?);
        let end = start + data.len() as u64;
        let inside: Vec<(u64, bool)> = marks.range(start..end).map(|(address, code)| (*address, *code)).collect();
        if inside.first().is_none_or(|(first, _)| *first != start) && !data.is_empty() {
            return Err(format!("{}: no mapping symbol at its start", section.name().unwrap_or_default()));
        }
        let ends = inside.iter().skip(1).map(|(address, _)| *address).chain([end]);
        for (&(from, code), to) in inside.iter().zip(ends) {
            let bytes = data.get((from - start) as usize..(to - start) as usize).unwrap_or_default();
            found.push(Piece { address: from, code, bytes });
        }
    }
    Ok(found)
}

/// The references from one function to another, each with the address of the function that it stands in.
fn calls(references: &[Reference], functions: &Functions) -> Vec<(Reference, u64)> {
    let calls = references.iter().filter_map(|reference| {
        let (caller, (_, end)) = functions.range(..=reference.from).next_back()?;
        (reference.from < *end && reference.to != *caller && functions.contains_key(&reference.to))
            .then_some((*reference, *caller))
    });
    calls.collect()
}

/// The innermost function at `address` whose text is not in the standard library; `None` in a function that is the standard library's as a whole.
fn owner(places: &Places, address: u64, function: u64) -> Result<Option<Place>, String> {
    const STANDARD: [&str; 3] = ["core", "alloc", "compiler-builtins"];
    let foreign = |place: &Place| !STANDARD.contains(&&*place.package);
    if let Some(place) = places.of(address)?.into_iter().find(foreign) {
        return Ok(Some(place));
    }
    // What the compiler made of several places has none of them: it is told of the function as a whole.
    Ok(places.of(function)?.pop().filter(foreign).map(|place| Place { line: 0, ..place }))
}

/// The functions that addresses of an image belong to: of each the innermost first.
///
/// # Errors
/// The file cannot be read, or has no debug information.
pub fn places(elf: &Path, addresses: impl IntoIterator<Item = u64>) -> Result<Vec<Vec<Place>>, String> {
    let places = Places::read(elf)?;
    addresses.into_iter().map(|address| places.of(address)).collect()
}

/// The names of all that an image holds, demangled.
///
/// # Errors
/// The file cannot be read.
pub fn symbols(elf: &Path) -> Result<Vec<String>, String> {
    let bytes = std::fs::read(elf).map_err(|error| format!("{}: {error}", elf.display()))?;
    let file = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", elf.display()))?;
    let names =
        file.symbols().filter_map(|symbol| symbol.name().ok().filter(|name| !name.is_empty()).map(str::to_owned));
    Ok(names.map(|name| format!("{:#}", rustc_demangle::demangle(&name))).collect())
}
