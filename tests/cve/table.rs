//! The table and the tree held together: each row names a test that is there, or a reason; each test here stands in a row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const COLUMNS: [&str; 6] = ["identifier", "product and versions", "flaw", "rule", "test or reason", "source"];

/// The rows of the table of these columns: their cells.
fn rows(text: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        line.trim().trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let mut lines = text.lines().skip_while(|line| cells(line) != COLUMNS);
    assert!(lines.next().is_some(), "the table's head is missing");
    lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// The functions marked as tests in a source text.
fn tests_in(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        let name = line.strip_prefix("fn ").and_then(|rest| rest.split_once('('));
        match name {
            Some((name, _)) if marked => _ = found.insert(name.to_owned()),
            _ => {}
        }
        marked = line == "#[test]" || (marked && line.starts_with("#["));
    }
    found
}

/// What a row names in `` `path::name` ``: files and functions.
fn named(cell: &str) -> Vec<(String, String)> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.filter_map(|text| text.split_once(".rs::")).map(|(f, n)| (format!("{f}.rs"), n.to_owned())).collect()
}

/// Everything that is wrong with a table, given how the tests of a file are found.
fn faults(text: &str, tests: impl Fn(&str) -> BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows(text) {
        let [id, product, flaw, rule, proof, source] = row.as_slice() else {
            faults.push(format!("{row:?}: not six cells"));
            continue;
        };
        *seen.entry(id.clone()).or_default() += 1;
        if [id, product, flaw, rule, proof, source].iter().any(|cell| cell.is_empty()) {
            faults.push(format!("{id}: an empty cell"));
        }
        let named = named(proof);
        let reason = proof.strip_prefix("Reason: ").is_some_and(|why| why.len() > 20);
        if named.is_empty() && !reason {
            faults.push(format!("{id}: neither a test nor a reason"));
        }
        faults.extend(
            named.iter().filter(|(f, n)| !tests(f).contains(n)).map(|(f, n)| format!("{id}: no test {f}::{n}")),
        );
    }
    faults.extend(seen.iter().filter(|(_, count)| **count > 1).map(|(id, count)| format!("{id}: {count} rows")));
    faults
}

fn of_file(file: &str) -> BTreeSet<String> {
    std::fs::read_to_string(Path::new(ROOT).join(file)).map(|source| tests_in(&source)).unwrap_or_default()
}

fn table() -> String {
    std::fs::read_to_string(Path::new(ROOT).join("CVE.md")).unwrap()
}

#[test]
fn a_row_names_a_test_that_is_not_there() {
    let faults = faults(&table(), of_file);
    assert!(faults.is_empty(), "{faults:#?}");
    let rows = rows(&table());
    println!("{} rows, {} with a test", rows.len(), rows.iter().filter(|row| !named(&row[4]).is_empty()).count());
    assert!(rows.len() >= 40);
}

#[test]
fn an_attack_stands_in_no_row() {
    let named: BTreeSet<(String, String)> = rows(&table()).iter().flat_map(|row| named(&row[4])).collect();
    let files = std::fs::read_dir(Path::new(ROOT).join("cve")).unwrap().map(|entry| entry.unwrap().path());
    for file in files.filter(|path: &PathBuf| path.file_name().is_some_and(|name| name != "table.rs")) {
        let name = format!("cve/{}", file.file_name().unwrap().to_str().unwrap());
        for test in of_file(&name) {
            assert!(named.contains(&(name.clone(), test.clone())), "{name}::{test} is in no row");
        }
    }
}

#[test]
fn a_fault_in_the_table_is_not_seen() {
    let head = format!("| {} |\n|---|---|---|---|---|---|\n", COLUMNS.join(" | "));
    let there =
        |file: &str| if file == "a.rs" { tests_in("#[test]\nfn yes() {}\nfn no() {}") } else { BTreeSet::new() };
    let count = |rows: &str| faults(&format!("{head}{rows}\nrest"), there).len();
    assert_eq!(
        count("| X | p | f | r | `a.rs::yes` | s |\n| Y | p | f | r | Reason: it has no such thing at all | s |"),
        0
    );
    for bad in [
        "| X | p | f | r | `a.rs::no` | s |",
        "| X | p | f | r | `b.rs::yes` | s |",
        "| X | p | f | r | nothing to say of it, really | s |",
        "| X | p | f | r | Reason: none | s |",
        "| X | p | f | r |  | s |",
        "| X | p | f | `a.rs::yes` | s |",
        "| X | p | f | r | `a.rs::yes` | s |\n| X | p | f | r | `a.rs::yes` | s |",
    ] {
        assert!(count(bad) > 0, "{bad}");
    }
}
