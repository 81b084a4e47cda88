//! The list of what was reviewed, `tests/supply/DEPENDENCIES.md`, held against what is there.

use super::tree::{self, Package};
use crate::setup::root;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;

/// Digits of a build script's SHA-256 in the list.
const DIGITS: usize = 16;

/// A row of the list: the package and its version, and its build script's digest ("-" for none).
type Rows = BTreeMap<String, String>;

pub(super) fn check() -> Result<String, String> {
    let path = root().join("tests/supply/DEPENDENCIES.md");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let listed = rows(&text)?;
    let (libraries, firmware) = (tree::of_libraries()?, tree::of_firmware()?);
    let mut there = Rows::new();
    for package in libraries.iter().chain(&firmware) {
        there.insert(format!("{} {}", package.name, package.version), digest(package)?);
    }
    compare(&listed, &there)?;
    let scripts = there.values().filter(|digest| *digest != "-").count();
    Ok(format!(
        "{} packages in the trees of the libraries, {} in the firmware's, {} in all; {scripts} build scripts, all as reviewed",
        libraries.len(),
        firmware.len(),
        there.len()
    ))
}

fn digest(package: &Package) -> Result<String, String> {
    let Some(script) = &package.build else { return Ok("-".to_owned()) };
    let text = fs::read(script).map_err(|error| format!("{}: {error}", script.display()))?;
    let mut digest = hex::encode(Sha256::digest(text));
    digest.truncate(DIGITS);
    Ok(digest)
}

/// Reads `| name | version | whose | what for | build script |`.
fn rows(text: &str) -> Result<Rows, String> {
    let mut rows = Rows::new();
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| package")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, version, whose, reason, script] = cells[..] else { return Err(format!("not five cells: {line}")) };
        if [name, version, whose, reason, script].contains(&"") {
            return Err(format!("an empty cell: {line}"));
        }
        let script = script.split(' ').next().unwrap_or_default().trim_matches('`');
        if rows.insert(format!("{name} {version}"), script.to_owned()).is_some() {
            return Err(format!("twice: {line}"));
        }
    }
    Ok(rows)
}

fn compare(listed: &Rows, there: &Rows) -> Result<(), String> {
    let mut wrong = Vec::new();
    for (package, digest) in there {
        match listed.get(package) {
            None => wrong.push(format!("{package}: nobody reviewed it (build script: {digest})")),
            Some(reviewed) if reviewed != digest => {
                wrong.push(format!("{package}: its build script is {digest}, reviewed was {reviewed}"));
            }
            Some(_) => {}
        }
    }
    wrong.extend(listed.keys().filter(|name| !there.contains_key(*name)).map(|name| format!("{name}: is not used")));
    if wrong.is_empty() { Ok(()) } else { Err(format!("tests/supply/DEPENDENCIES.md:\n{}", wrong.join("\n"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "| package | version | by | for | script |\n|---|---|---|---|---|\n| a | 1.0.0 | A | x | - |\n| b | 2.0.0 | B | y | `0123` reads nothing |\n";

    fn there(rows: &[(&str, &str)]) -> Rows {
        rows.iter().map(|(package, digest)| ((*package).to_owned(), (*digest).to_owned())).collect()
    }

    #[test]
    fn a_dependency_that_nobody_reviewed_passes() {
        let listed = rows(LIST).unwrap();
        assert_eq!(compare(&listed, &there(&[("a 1.0.0", "-"), ("b 2.0.0", "0123")])), Ok(()));
        for wrong in [
            &[("a 1.0.0", "-"), ("b 2.0.0", "0123"), ("c 1.0.0", "-")][..],
            &[("a 1.0.1", "-"), ("b 2.0.0", "0123")],
            &[("a 1.0.0", "-"), ("b 2.0.0", "0124")],
            &[("a 1.0.0", "0123"), ("b 2.0.0", "0123")],
            &[("a 1.0.0", "-")],
        ] {
            assert!(compare(&listed, &there(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_row_without_a_reason_passes() {
        assert!(rows("| a | 1.0.0 | A |  | - |").is_err());
        assert!(rows("| a | 1.0.0 | A | - |").is_err());
        assert!(rows("| a | 1.0.0 | A | x | - |\n| a | 1.0.0 | A | x | - |").is_err());
    }
}
