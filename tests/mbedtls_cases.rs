//! The DTLS client cases of Mbed TLS's own suite: [`MBEDTLS_CASES.md`](MBEDTLS_CASES.md) and the tree held together, and the one case that had no test.

use std::path::Path;
use stint_lab::device::Options;
use stint_lab::link::{Impairment, Link};
use stint_lab::scene::{connect, on};
use stint_lab::server::{Config, Cut, Order, Shape};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const STANDINGS: [&str; 4] = ["covered", "in part", "refused", "not offered"];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_default()
}

/// Whether a source text has this test; the cells of the interop matrix are named by the function that starts their server.
fn has(file: &str, source: &str, name: &str) -> bool {
    let mut marked = file.starts_with("interop_matrix/");
    source.lines().map(str::trim).any(|line| {
        let found = marked && line.starts_with(&format!("fn {name}("));
        marked = line == "#[test]" || marked && (line.starts_with("#[") || file.starts_with("interop_matrix/"));
        found
    })
}

/// The rows: number, case, standing, tests or reason.
fn rows(table: &str) -> Vec<Vec<&str>> {
    let rows = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').splitn(4, '|').map(str::trim).collect())
        .collect()
}

/// Everything that is wrong with a table, given the names and how a file is read.
fn faults(table: &str, names: &str, source: impl Fn(&str) -> String) -> Vec<String> {
    let rows = rows(table);
    let mut faults = Vec::new();
    // the list has three names that were cut at a quotation mark: a case is its number and its name
    let listed: Vec<String> = names.lines().enumerate().map(|(i, name)| format!("{} {name}", i + 1)).collect();
    let have: Vec<String> = rows.iter().map(|row| row[..2].join(" ")).collect();
    faults.extend(listed.iter().filter(|name| !have.contains(name)).map(|name| format!("{name}: no row")));
    if have.len() != listed.len() {
        faults.push(format!("{} rows for {} cases", have.len(), listed.len()));
    }
    for row in rows {
        let [_, case, standing, proof] = row[..] else {
            faults.push(format!("{row:?}: not four cells"));
            continue;
        };
        if !STANDINGS.contains(&standing) {
            faults.push(format!("{case}: no standing"));
        }
        let quoted = proof.split('`').skip(1).step_by(2).filter_map(|text| text.split_once("::"));
        let tests: Vec<(&str, &str)> = quoted.collect();
        let words = proof.split('`').step_by(2).map(str::len).sum::<usize>();
        let is_shown = if standing == "covered" { !tests.is_empty() } else { words >= 20 };
        if !is_shown {
            faults.push(format!("{case}: neither a test nor a reason"));
        }
        let missing = tests.iter().filter(|(file, name)| !has(file, &source(file), name));
        faults.extend(missing.map(|(file, name)| format!("{case}: no test {file}::{name}")));
    }
    faults
}

#[test]
fn a_case_has_no_row_or_a_row_no_test_and_no_reason() {
    let table = read("MBEDTLS_CASES.md");
    let faults = faults(&table, &read("../vectors/data/mbedtls/dtls_client_cases.txt"), read);
    assert!(faults.is_empty(), "{faults:#?}");
    let rows = rows(&table);
    assert_eq!(rows.len(), 177);
    for standing in STANDINGS {
        println!("{standing}: {}", rows.iter().filter(|row| row[2] == standing).count());
    }
}

#[test]
fn a_fault_in_the_table_is_not_seen() {
    let source = |file: &str| if file == "a.rs" { "#[test]\nfn yes() {}\nfn no() {}".into() } else { String::new() };
    let count = |rows: &str| faults(&format!("| head |\n|---|\n{rows}\nrest"), "X\nY", source).len();
    let good = "| 2 | Y | refused | it has no such thing at all |";
    assert_eq!(count(&format!("| 1 | X | covered | `a.rs::yes` |\n{good}")), 0);
    for bad in [
        "| 1 | X | covered | `a.rs::no` |",
        "| 1 | X | covered | `b.rs::yes` |",
        "| 1 | X | covered | a reason is no test, however long |",
        "| 1 | X | perhaps | `a.rs::yes` |",
        "| 1 | X | in part | `a.rs::yes` |",
        "| 1 | X | refused | |",
        "| 1 | X | covered |",
        "| 1 | Z | covered | `a.rs::yes` |",
        "| 1 | X | covered | `a.rs::yes` |\n| 1 | X | covered | `a.rs::yes` |",
    ] {
        assert!(count(&format!("{bad}\n{good}")) > 0, "{bad}");
    }
}

/// `Connection ID, 3D: …` and `Connection ID, 3D+MTU: …`
#[test]
fn loss_doubling_and_reordering_end_a_handshake_with_connection_ids() {
    for seed in 0..120 {
        let small = seed % 2 == 0;
        let mut options = Options { seed, ..Options::default() };
        options.config.connection_id = Some(&[0xde, 0xad]);
        options.config.transmissions = 60;
        let mtu = if small { 200 } else { 1400 };
        options.config.mtu = mtu;
        let cut = if small { Cut::At(100) } else { Cut::Random };
        let shape = Shape { cut, order: Order::Shuffled, mtu: mtu.into(), ..Config::default().shape };
        let config = Config {
            cid: Some(vec![0xbe, 0xef]),
            hint: Some(b"a hint".to_vec()),
            shape,
            seed,
            transmissions: 60,
            ..Config::default()
        };
        let impairment = Impairment { loss: 200, duplicate: 150, reorder: 200, mtu: mtu.into(), ..Impairment::NONE };
        let mut pair = on(Link::new(impairment, seed), options, config);
        println!("seed {seed}");
        connect(&mut pair);
        assert_eq!(pair.client.client.peer_connection_id(), [0xbe, 0xef], "seed {seed}");
        assert!(pair.server.association().unwrap().cids.is_some(), "seed {seed}");
    }
}
