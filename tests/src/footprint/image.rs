//! What an image holds: built, and its symbols sorted by the layer that they belong to.

use crate::setup;
use object::{Object, ObjectSymbol, SymbolKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The layers, by how the path of a symbol's definition begins; the first that fits counts.
const LAYERS: [(&str, &str); 11] = [
    ("stint_dtls::crypto", "crypto"),
    ("stint_dtls", "dtls"),
    ("stint_coap", "coap"),
    ("stint_net", "glue"),
    ("aes::", "crypto"),
    ("sha2::", "crypto"),
    ("subtle::", "crypto"),
    ("zeroize::", "crypto"),
    ("heapless::", "coap"),
    ("core::", "core"),
    ("compiler_builtins::", "core"),
];

/// Builds a bare image.
pub(super) fn build(bin: &str, target: &str) -> Result<PathBuf, String> {
    setup::build(&setup::firmware_folder().join("bare"), bin, target, "").map(|image| image.elf)
}

fn read(elf: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(elf).map_err(|error| format!("{}: {error}", elf.display()))
}

/// Name, demangled, and bytes of each function and constant.
fn symbols(elf: &Path) -> Result<Vec<(String, u64)>, String> {
    let bytes = read(elf)?;
    let file = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", elf.display()))?;
    let ram = 0x2000_0000;
    let symbols = file.symbols().filter(|symbol| {
        matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data) && symbol.size() > 0 && symbol.address() < ram
    });
    let mut seen = std::collections::BTreeSet::new();
    let once = symbols.filter(|symbol| seen.insert((symbol.address(), symbol.size())));
    Ok(once
        .map(|symbol| {
            let name = symbol.name().unwrap_or_default();
            (format!("{:#}", rustc_demangle::demangle(name)), symbol.size())
        })
        .collect())
}

/// The layer of a symbol: that of the path that its name begins with, brackets and references aside.
fn layer(name: &str) -> &'static str {
    let path = name.trim_start_matches(['<', '(', '&', '[']);
    if name.starts_with(".L") || name.starts_with("anon") {
        return "constants";
    }
    LAYERS.iter().find(|(prefix, _)| path.starts_with(prefix)).map_or("shim", |(_, layer)| layer)
}

/// Bytes of flash by layer, of what has a symbol.
pub(super) fn layers(elf: &Path) -> Result<BTreeMap<&'static str, u64>, String> {
    let mut layers = BTreeMap::new();
    for (name, size) in symbols(elf)? {
        *layers.entry(layer(&name)).or_default() += size;
    }
    Ok(layers)
}

/// What the measured image's own program has beyond the baseline's: its `main`, its calls of the meter, its strings. No part of Stint.
pub(super) fn application(elf: &Path, baseline: &Path) -> Result<u64, String> {
    let shim = |elf: &Path| layers(elf).map(|layers| layers.get("shim").copied().unwrap_or(0));
    Ok(shim(elf)?.saturating_sub(shim(baseline)?))
}
