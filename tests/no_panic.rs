//! The firmware cannot panic in Stint, has no heap, and holds nothing of what it does not use.
//!
//! Two ways, since neither sees all: an image of the three libraries alone links only without a panic path, whatever the network, the
//! provider and the application do, all of the software provider in it; and in the real firmware, with real cryptography and a real IP stack, each call of a panic is traced to its text.

use std::path::{Path, PathBuf};
use stint_lab::panics::{Listing, symbols};
use stint_lab::setup::{self, Image};

/// The libraries: each must be in an image that is looked at.
const LIBRARIES: [&str; 3] = ["stint-dtls", "stint-coap", "stint-net"];
/// Who may panic in the firmware: the IP stack, and its container types. Stint calls neither from `stint-dtls` or `stint-coap`.
const THIRD_PARTIES: [&str; 2] = ["smoltcp", "heapless"];
/// The features of the real firmware.
const PSK: &str = "insecure-test-rng";
const KEYS: &str = "insecure-test-rng,public-keys";
/// The real firmware: program, target and features.
const FIRMWARE: [(&str, &str, &str); 4] = [
    ("lm3s6965evb", "thumbv7m-none-eabi", PSK),
    ("mps2", "thumbv7em-none-eabi", PSK),
    ("mps2", "thumbv6m-none-eabi", PSK),
    ("public_keys", "thumbv7m-none-eabi", KEYS),
];
const TARGETS: [&str; 3] = ["thumbv6m-none-eabi", "thumbv7m-none-eabi", "thumbv7em-none-eabi"];

fn no_panic(target: &str, features: &str) -> Result<Image, String> {
    setup::build(&setup::firmware_folder().join("bare"), "no_panic", target, features)
}

/// It links for all targets; if not, the panic says what the same image with a panic handler shows.
#[test]
fn a_panic_path_in_the_libraries_or_in_software_cryptography_would_not_link() {
    for target in TARGETS {
        let image = no_panic(target, "no-panic").unwrap_or_else(|error| {
            let found = no_panic(target, "handler").and_then(|image| Listing::read(&image.elf));
            let found = found.map_or_else(|error| error, |listing| lines(&listing));
            panic!("{error}\nThe same image with a panic handler that exists:\n{found}")
        });
        // It linked because nothing in it panics, and not because nothing is in it.
        let listing = Listing::read(&image.elf).unwrap();
        assert!(listing.panics.is_empty(), "{}", lines(&listing));
        all_libraries_are_in(&listing);
    }
}

/// The linker's answer is the same for each target; that a planted panic is not optimised away on any of them, the next test shows.
#[test]
fn a_planted_index_does_not_link() {
    let error = no_panic(TARGETS[0], "planted").expect_err("the planted index was linked");
    assert!(error.contains("undefined symbol: stint_has_a_panic_path"), "{error}");
}

#[test]
fn planted_panics_of_every_kind_are_traced_to_their_text() {
    for target in TARGETS {
        let listing = Listing::read(&no_panic(target, "planted,handler").unwrap().elf).unwrap();
        let owners: Vec<(&str, &str, bool)> = listing
            .panics
            .iter()
            .map(|panic| &panic.owner)
            .map(|owner| (&*owner.package, &*owner.function, owner.file.ends_with("bare/src/bin/no_panic/planted.rs")))
            .collect();
        for planted in ["index", "slice", "option", "copy", "divide", "closure::{{closure}}", "pointer::never"] {
            let function = format!("no_panic::planted::{planted}");
            assert!(owners.contains(&("stint-bare", &*function, true)), "{target}: {planted} in\n{}", lines(&listing));
        }
        // And beside them the one path of `p256` that no optimiser removes: a tag that is looked at again.
        let (ours, others): (Vec<&(&str, &str, bool)>, Vec<_>) =
            owners.iter().partition(|(package, ..)| *package == "stint-bare");
        assert!(ours.iter().all(|(.., planted)| *planted), "{target}:\n{}", lines(&listing));
        let tag = |(package, function, _): &(&str, &str, bool)| {
            *package == "sec1" && function.contains("EncodedPoint") && function.contains("::tag")
        };
        assert!(!others.is_empty() && others.iter().all(|owner| tag(owner)), "{target}:\n{}", lines(&listing));
    }
}

#[test]
fn in_the_firmware_only_third_parties_panic() {
    for (bin, target, features) in FIRMWARE {
        let image = setup::firmware(bin, target, features).unwrap();
        let listing = Listing::read(&image.elf).unwrap();
        println!("{bin}, {target}: {:?}\n{}", listing.packages(), lines(&listing));
        all_libraries_are_in(&listing);
        assert!(listing.of("smoltcp").count() > 20, "{bin}: smoltcp's own panics were not found");
        let strangers = listing.panics.iter().filter(|panic| !THIRD_PARTIES.contains(&&*panic.owner.package));
        let strangers: Vec<String> = strangers.map(ToString::to_string).collect();
        assert!(strangers.is_empty(), "{bin}, {target}: not a third party:\n{}", strangers.join("\n"));
        if features == PSK {
            has_no_heap_and_no_curve(bin, target, &image.elf);
        }
    }
}

#[test]
fn the_psk_firmware_has_no_heap_and_no_curve() {
    let (bin, target, features) = FIRMWARE[0];
    has_no_heap_and_no_curve(bin, target, &setup::firmware(bin, target, features).unwrap().elf);
}

fn has_no_heap_and_no_curve(bin: &str, target: &str, elf: &Path) {
    let symbols = symbols(elf).unwrap();
    for library in ["stint_dtls::", "stint_coap::", "stint_net::"] {
        assert!(symbols.iter().any(|name| name.contains(library)), "{bin}: nothing of {library}");
    }
    // An allocator is linked under these names (`alloc::alloc` calls them), and with it `alloc`'s own types.
    let heap =
        ["__rust_alloc", "__rg_alloc", "__rdl_alloc", "__rust_dealloc", "__rust_realloc", "__rust_no_alloc_shim"];
    let heap = |name: &str| heap.iter().any(|part| name.contains(part)) || path_of(name).starts_with("alloc::");
    let curve = |name: &str| ["p256", "elliptic_curve", "ecdsa"].iter().any(|part| name.contains(part));
    let found: Vec<&String> = symbols.iter().filter(|name| heap(name) || curve(name)).collect();
    assert!(found.is_empty(), "{bin}, {target}: {found:?}");
}

#[test]
fn everything_that_a_device_can_call_is_in_the_image_that_must_link() {
    let root = setup::firmware_folder().join("../..");
    let image = sources(&setup::firmware_folder().join("bare/src/bin/no_panic"));
    let image: String = image.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    // For hosts, or not without panics: smoltcp has its own, which the listing of the real firmware tells apart.
    // An async function panics when it is polled after its end: the compiler writes that, and the executor sees to it.
    let left_out = [
        "std_udp.rs",
        "std_group.rs",
        "smoltcp_udp.rs",
        "dns.rs",
        "nal_async.rs",
        "interop.rs",
        "captures.rs",
        // For tests: the features `inspect` and `arithmetic`.
        "inspect.rs",
        "/inspect/",
        "/compact/arithmetic.rs",
    ];
    let mut called = 0;
    for library in ["dtls", "coap", "net-glue"] {
        for file in sources(&root.join(library).join("src")) {
            let name = file.to_string_lossy().into_owned();
            if left_out.iter().any(|part| name.contains(part)) {
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            for (kind, function, on_self) in functions(&text) {
                // By the name of its type where no value stands before it: one `new` is not every `new`.
                let is_called = match kind {
                    Some(kind) if !on_self => called_as(&image, function, |before| {
                        let before = before.strip_suffix("::").unwrap_or_default();
                        let generic = before.ends_with('>').then(|| before.rsplit_once("::<")).flatten();
                        generic
                            .map_or(before, |(before, _)| before)
                            .strip_suffix(kind)
                            .is_some_and(|rest| !in_word(rest))
                    }),
                    Some(_) => called_as(&image, function, |before| before.ends_with('.')),
                    None => called_as(&image, function, |before| !in_word(before) && !before.ends_with("fn ")),
                };
                let kind = kind.unwrap_or("its module");
                assert!(is_called, "{name}: {function} of {kind} is called nowhere in bare/src/bin/no_panic");
                called += 1;
            }
        }
    }
    assert!(called > 250, "only {called} public functions were found");
}

/// The public functions that a source file writes down: the type of each, its name, and whether it is called on a value.
fn functions(text: &str) -> Vec<(Option<&str>, &str, bool)> {
    let (mut kind, mut found, mut at) = (None, Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some(head) = line.strip_prefix("impl") {
            let mut depth = 0;
            let end = head.find(|c: char| {
                depth += i32::from(c == '<') - i32::from(c == '>');
                depth == 0
            });
            let head = head.get(end.unwrap_or(0)..).unwrap_or_default().trim_start_matches(['>', ' ']);
            let head = head.split_once(" for ").map_or(head, |(_, head)| head);
            kind = head.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|kind| !kind.is_empty());
        } else if line.starts_with('}') {
            kind = None;
        }
        let line = line.trim_start();
        let function = line.strip_prefix("pub const fn ").or_else(|| line.strip_prefix("pub fn "));
        let Some((function, _)) = function.and_then(|rest| rest.split_once(['(', '<'])) else { continue };
        let first = text[start..].split_once('(').map_or("", |(_, rest)| rest.split([',', ')']).next().unwrap_or(""));
        found.push((kind, function, first.split([' ', '&', ':', '\n']).any(|word| word == "self")));
    }
    found
}

/// Whether `text` calls `function` behind something that is as it must be.
fn called_as(text: &str, function: &str, before: impl Fn(&str) -> bool) -> bool {
    text.match_indices(&format!("{function}(")).any(|(at, _)| before(&text[..at]))
}

fn in_word(before: &str) -> bool {
    before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The path that a symbol's name begins with, brackets and references aside.
fn path_of(name: &str) -> &str {
    name.trim_start_matches(['<', '(', '&', '['])
}

fn all_libraries_are_in(listing: &Listing) {
    for library in LIBRARIES {
        let calls = listing.calls.get(library).copied().unwrap_or(0);
        assert!(calls >= 10, "only {calls} calls are {library}'s, of {:?}", listing.calls);
    }
}

fn lines(listing: &Listing) -> String {
    listing.panics.iter().map(|panic| format!("{panic}\n")).collect()
}
