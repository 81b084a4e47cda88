//! Where code comes from: the functions that an address belongs to, inlined ones too, and the package of each.

use addr2line::Loader;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

/// A function that an address belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The package that the text stands in, by its nearest `Cargo.toml`; `core` and its like for the standard library.
    pub package: String,
    /// The function, demangled.
    pub function: String,
    /// The source file.
    pub file: String,
    /// The line; 0 where the compiler merged several.
    pub line: u32,
}

/// An image's debug information.
pub(super) struct Places {
    image: Loader,
    packages: RefCell<BTreeMap<String, String>>,
}

impl Places {
    pub(super) fn read(elf: &Path) -> Result<Self, String> {
        let image = Loader::new(elf).map_err(|error| format!("{}: {error}", elf.display()))?;
        Ok(Places { image, packages: RefCell::default() })
    }

    /// The functions that `address` belongs to, the innermost first.
    pub(super) fn of(&self, address: u64) -> Result<Vec<Place>, String> {
        let said = |error: &dyn std::fmt::Display| format!("debug information at {address:#x}: {error}");
        let mut frames = self.image.find_frames(address).map_err(|error| said(&error))?;
        let mut places = Vec::new();
        while let Some(frame) = frames.next().map_err(|error| said(&error))? {
            let name = frame.function.as_ref().and_then(|function| function.raw_name().ok());
            let function = format!("{:#}", rustc_demangle::demangle(name.as_deref().unwrap_or("?")));
            let (file, line) = frame.location.map_or(("?", 0), |at| (at.file.unwrap_or("?"), at.line.unwrap_or(0)));
            let mut packages = self.packages.borrow_mut();
            let package = packages.entry(file.to_owned()).or_insert_with(|| package(file)).clone();
            places.push(Place { package, function, file: file.to_owned(), line });
        }
        Ok(places)
    }
}

/// The package that a source file belongs to.
fn package(file: &str) -> String {
    // The standard library's files need not be on this machine.
    if let Some((_, rest)) = file.split_once("/library/") {
        return rest.split('/').next().unwrap_or("?").to_owned();
    }
    let manifests = Path::new(file).ancestors().map(|folder| folder.join("Cargo.toml"));
    let name = manifests.filter_map(|manifest| std::fs::read_to_string(manifest).ok()).find_map(|manifest| {
        let mut lines = manifest.lines().skip_while(|line| line.trim() != "[package]").skip(1);
        let name = lines.find_map(|line| line.strip_prefix("name")?.trim().strip_prefix('='));
        name.map(|name| name.trim().trim_matches('"').to_owned())
    });
    name.unwrap_or_else(|| "?".into())
}
