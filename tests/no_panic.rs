//! The firmware cannot panic in Stint, has no heap, and holds nothing of what it does not use.
//!
//! Two ways, since neither sees all: an image of the three libraries alone links only without a panic path, whatever the network, the
//! provider and the application do; and in the real firmware, with real cryptography and a real IP stack, each call of a panic is traced to its text.

use std::path::{Path, PathBuf};
use stint_lab::panics::{Listing, symbols};
use stint_lab::setup::{self, Image};

/// The libraries: what panics in their text fails the test.
const LIBRARIES: [&str; 3] = ["stint-dtls", "stint-coap", "stint-net"];
/// Who may panic in the firmware: the IP stack, and its container types. Stint calls neither from `stint-dtls` or `stint-coap`.
const THIRD_PARTIES: [&str; 2] = ["smoltcp", "heapless"];
/// The real firmware: program and target.
const FIRMWARE: [(&str, &str); 3] =
    [("lm3s6965evb", "thumbv7m-none-eabi"), ("mps2", "thumbv7em-none-eabi"), ("mps2", "thumbv6m-none-eabi")];
const TARGETS: [&str; 3] = ["thumbv6m-none-eabi", "thumbv7m-none-eabi", "thumbv7em-none-eabi"];

fn no_panic(target: &str, features: &str) -> Result<Image, String> {
    setup::build(&setup::firmware_folder().join("bare"), "no_panic", target, features)
}

#[test]
fn a_panic_path_in_the_libraries_would_not_link() {
    links("no-panic", "handler");
}

#[test]
fn a_panic_path_in_software_cryptography_would_not_link() {
    links("soft", "soft,handler");
}

/// `features` must link for all targets; if not, the panic says what `with_handler` shows.
fn links(features: &str, with_handler: &str) {
    for target in TARGETS {
        let image = no_panic(target, features).unwrap_or_else(|error| {
            let found = no_panic(target, with_handler).and_then(|image| Listing::read(&image.elf));
            let found = found.map_or_else(|error| error, |listing| lines(&listing));
            panic!("{error}\nThe same image with a panic handler that exists:\n{found}")
        });
        // It linked because nothing in it panics, and not because nothing is in it.
        let listing = Listing::read(&image.elf).unwrap();
        assert!(listing.panics.is_empty(), "{}", lines(&listing));
        all_libraries_are_in(&listing);
    }
}

#[test]
fn a_planted_index_does_not_link() {
    for target in TARGETS {
        let error = no_panic(target, "planted").expect_err("the planted index was linked");
        assert!(error.contains("undefined symbol: stint_has_a_panic_path"), "{error}");
    }
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
        assert!(owners.iter().all(|(package, ..)| *package == "stint-bare"), "{target}:\n{}", lines(&listing));
    }
}

#[test]
fn in_the_firmware_only_third_parties_panic() {
    for (bin, target) in FIRMWARE {
        let image = setup::firmware(bin, target, "insecure-test-rng").unwrap();
        let listing = Listing::read(&image.elf).unwrap();
        println!("{bin}, {target}: {:?}\n{}", listing.packages(), lines(&listing));
        all_libraries_are_in(&listing);
        assert!(listing.of("smoltcp").count() > 20, "{bin}: smoltcp's own panics were not found");
        for library in LIBRARIES {
            let found: Vec<String> = listing.of(library).map(ToString::to_string).collect();
            assert!(found.is_empty(), "{bin}, {target}: {library} can panic:\n{}", found.join("\n"));
        }
        let strangers: Vec<String> = listing
            .panics
            .iter()
            .filter(|panic| !THIRD_PARTIES.contains(&&*panic.owner.package))
            .map(ToString::to_string)
            .collect();
        assert!(strangers.is_empty(), "{bin}, {target}: not a third party:\n{}", strangers.join("\n"));
    }
}

#[test]
fn in_the_firmware_with_public_keys_only_third_parties_panic() {
    let image = setup::firmware("public_keys", "thumbv7m-none-eabi", "insecure-test-rng,public-keys").unwrap();
    let listing = Listing::read(&image.elf).unwrap();
    println!("{:?}\n{}", listing.packages(), lines(&listing));
    all_libraries_are_in(&listing);
    let strangers: Vec<String> = listing
        .panics
        .iter()
        .filter(|panic| !THIRD_PARTIES.contains(&&*panic.owner.package))
        .map(ToString::to_string)
        .collect();
    assert!(strangers.is_empty(), "not a third party:\n{}", strangers.join("\n"));
}

#[test]
fn the_psk_firmware_has_no_heap_and_no_curve() {
    for (bin, target) in FIRMWARE {
        let image = setup::firmware(bin, target, "insecure-test-rng").unwrap();
        let symbols = symbols(&image.elf).unwrap();
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
        "/soft/",
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
            for line in text.lines().map(str::trim_start) {
                let function = line.strip_prefix("pub const fn ").or_else(|| line.strip_prefix("pub fn "));
                let Some((function, _)) = function.and_then(|rest| rest.split_once(['(', '<'])) else { continue };
                let call = format!("{function}(");
                let mut before = image.match_indices(&call).map(|(at, _)| &image[..at]);
                let word = |c: char| c.is_alphanumeric() || c == '_';
                let is_called = before.any(|before| !before.ends_with(word) && !before.ends_with("fn "));
                assert!(is_called, "{name}: {function} is called nowhere in bare/src/bin/no_panic");
                called += 1;
            }
        }
    }
    assert!(called > 60, "only {called} public functions were found");
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
