//! What an image holds: built, and each byte of its code given to the layer whose source it came from, inlining undone by the debug information.

use crate::setup;
use addr2line::Loader;
use object::{Object, ObjectSection, SectionKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The layers, by how the path of a function begins; the first that fits counts. What stands in none of them (core, inlined into what
/// called it) counts for its caller. What the compiler shares between functions, where it does (`OUTLINED_FUNCTION_…`), is nobody's, and counts as core's.
const LAYERS: [(&str, &str); 32] = [
    ("stint_dtls::crypto", "crypto"),
    ("stint_dtls::pki", "pki"),
    ("stint_dtls", "dtls"),
    ("stint_coap", "coap"),
    ("stint_net", "glue"),
    ("stint_bare", "shim"),
    ("cortex_m", "shim"),
    ("__rustc", "shim"),
    ("OUTLINED_FUNCTION", "core"),
    ("aes::", "crypto"),
    ("sha2::", "crypto"),
    ("subtle::", "crypto"),
    ("zeroize::", "crypto"),
    ("u32; 8] as zeroize::", "crypto"),
    ("u32] as zeroize::", "crypto"),
    ("u32 as zeroize::", "crypto"),
    ("p256::", "crypto"),
    ("primeorder::", "crypto"),
    ("elliptic_curve::", "crypto"),
    ("crypto_bigint::", "crypto"),
    ("sec1::", "crypto"),
    ("ff::", "crypto"),
    ("group::", "crypto"),
    ("generic_array::", "crypto"),
    ("typenum::", "crypto"),
    ("der::", "crypto"),
    ("base16ct::", "crypto"),
    ("const_oid::", "crypto"),
    ("cipher::", "crypto"),
    ("rand_core::", "crypto"),
    ("heapless::", "coap"),
    ("compiler_builtins::", "core"),
];

/// The measured programs.
const PROGRAMS: [&str; 15] = [
    "idle",
    "coap_codec",
    "coap_client",
    "coap_observe",
    "coap_block",
    "coap",
    "coap_server",
    "psk",
    "psk_coaps",
    "ecdhe_psk_coaps",
    "rpk_coaps",
    "rpk_compact_coaps",
    "x509_server_coaps",
    "x509_coaps",
    "psk_x509_coaps",
];

/// Those without public keys, which are built as any firmware is. The others have a profile of their own: see the manifest.
const IN_RELEASE: [&str; 9] =
    ["idle", "coap_codec", "coap_client", "coap_observe", "coap_block", "coap", "coap_server", "psk", "psk_coaps"];

/// Builds a bare image.
pub(super) fn build(bin: &str, target: &str) -> Result<PathBuf, String> {
    let profile = if IN_RELEASE.contains(&bin) { "release" } else { "keys" };
    setup::build_for_size(&setup::firmware_folder().join("bare"), bin, target, "", profile).map(|image| image.elf)
}

/// The layer of a function: that of the path that its name begins with, brackets and references aside.
fn layer(name: &str) -> Option<&'static str> {
    let path = name.trim_start_matches(['<', '(', '&', '[']);
    LAYERS.iter().find(|(prefix, _)| path.starts_with(prefix)).map(|(_, layer)| *layer)
}

/// Bytes of flash by layer. `shim`: the measured program itself. `core`: compiler_builtins, and what no debug information names. `constants`: all of
/// .rodata and the initial values of variables.
pub(super) fn layers(elf: &Path) -> Result<BTreeMap<&'static str, u64>, String> {
    let name = |error: &dyn std::fmt::Display| format!("{}: {error}", elf.display());
    let bytes = std::fs::read(elf).map_err(|error| name(&error))?;
    let file = object::File::parse(&*bytes).map_err(|error| name(&error))?;
    let loader = Loader::new(elf).map_err(|error| name(&error))?;
    let mut layers = BTreeMap::new();
    for section in file.sections() {
        match section.kind() {
            // What the measured program itself brings.
            _ if section.name() == Ok(".app") => {}
            SectionKind::Text => {
                for address in (section.address()..section.address() + section.size()).step_by(2) {
                    *layers.entry(owner(&loader, address)?).or_default() += 2;
                }
            }
            SectionKind::ReadOnlyData | SectionKind::ReadOnlyString | SectionKind::Data => {
                *layers.entry("constants").or_default() += section.size();
            }
            _ => {}
        }
    }
    Ok(layers)
}

/// Bytes of flash of the whole image: code, constants, initial values of variables.
pub(super) fn flash(elf: &Path) -> Result<u64, String> {
    let bytes = std::fs::read(elf).map_err(|error| format!("{}: {error}", elf.display()))?;
    let file = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", elf.display()))?;
    let kept = |kind| {
        matches!(kind, SectionKind::Text | SectionKind::ReadOnlyData | SectionKind::ReadOnlyString | SectionKind::Data)
    };
    Ok(file.sections().filter(|section| kept(section.kind())).map(|section| section.size()).sum())
}

/// The layer of the innermost function at an address that has one.
fn owner(loader: &Loader, address: u64) -> Result<&'static str, String> {
    let mut frames = loader.find_frames(address).map_err(|error| error.to_string())?;
    let mut outermost = None;
    while let Some(frame) = frames.next().map_err(|error| error.to_string())? {
        let Some(function) = frame.function else { continue };
        let name = function.demangle().map_err(|error| error.to_string())?;
        if let Some(layer) = layer(&name) {
            return Ok(layer);
        }
        outermost = Some(name.into_owned());
    }
    let Some(outermost) = outermost else { return Ok("core") };
    let path = outermost.trim_start_matches(['<', '(', '&', '[']);
    match path.split_once("::").map(|(own, _)| own) {
        // core's own, and what slices have of it: `<&[u8] as core::cmp::PartialEq>`, `<[u8]>`.
        Some(own) if own == "core" || own.ends_with(" as core") || own.ends_with("]>") => Ok("core"),
        // The programs' own functions are of a crate that is named like the program; those without a path are entry points and handlers.
        Some(own) if PROGRAMS.contains(&own) => Ok("shim"),
        None => Ok("shim"),
        Some(_) => Err(format!("{outermost} is in no layer")),
    }
}
