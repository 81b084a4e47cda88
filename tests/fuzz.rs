//! The bodies of the fuzz targets on inputs that are bent at random: for each target all its findings, all its seeds, and `STINT_ROUNDS` bent ones
//! (`STINT_SEED` sets the seed). The real runs are libFuzzer's: see `FUZZ.md`. `STINT_CORPUS` names a folder whose inputs are tried too, by target: so is the
//! coverage measured of what a fuzzer found.

use stint_lab::fuzz::{TARGETS, corpora, findings, run, target};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn a_fuzzer_is_given_nothing_to_begin_with() {
    let folder = std::env::var_os("STINT_CORPORA")
        .map_or_else(|| std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpora"), std::path::PathBuf::from);
    corpora(&folder).unwrap();
    for target in TARGETS {
        assert!(folder.join(target.name).join("seed-00000").is_file(), "{}", target.name);
    }
}

fn holds(name: &str, rounds: u64) {
    let (seed, rounds) = (number("STINT_SEED", 1), number("STINT_ROUNDS", rounds));
    let tally = run(&target(name), seed, rounds);
    if let Some(folder) = std::env::var_os("STINT_CORPUS") {
        let files = std::fs::read_dir(std::path::Path::new(&folder).join(name)).unwrap();
        files.for_each(|file| (target(name).body)(&std::fs::read(file.unwrap().path()).unwrap()));
    }
    println!("{name}: STINT_SEED={seed}: {} seeds, {} findings, {} bent", tally.seeds, tally.findings, tally.bent);
    assert!(tally.seeds > 0 && tally.bent == rounds);
}

macro_rules! targets {
    ($($test:ident: $name:literal, $rounds:literal;)*) => {
        $(#[test]
        fn $test() {
            holds($name, $rounds);
        })*

        #[test]
        fn a_target_or_a_finding_is_left_out() {
            let tried = [$($name),*];
            assert_eq!(TARGETS.map(|target| target.name), tried);
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
            for target in TARGETS {
                let binary = folder.join("fuzz_targets").join(format!("{}.rs", target.name));
                assert!(binary.is_file(), "{} has no binary", target.name);
            }
            for entry in std::fs::read_dir(folder.join("findings")).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(name == "README.md" || !findings(&target(&name)).is_empty(), "findings of {name} are not tried");
            }
        }
    };
}

targets! {
    a_record_is_read_otherwise_than_written: "record", 20_000;
    a_handshake_message_is_read_otherwise_than_written: "handshake", 20_000;
    an_extension_is_taken_that_must_not_be: "extensions", 5_000;
    a_certificate_is_read_otherwise_than_written: "certificate", 20_000;
    a_path_is_taken_that_nobody_signed: "path", 3_000;
    a_coap_message_is_read_otherwise_than_written: "message", 50_000;
    links_are_read_otherwise_than_written: "links", 10_000;
    a_uri_has_two_normal_forms: "uri", 20_000;
    a_damaged_record_or_session_is_taken: "session", 3_000;
    a_damaged_blob_is_taken: "provisioning", 20_000;
    a_client_connects_without_the_key_or_hangs: "client", 2_000;
    an_endpoint_loses_a_request_or_hangs: "endpoint", 3_000;
    a_pump_hangs_or_tells_what_nobody_sealed: "pump", 1_000;
}
