//! The checksums of the data: `data/MANIFEST`, a line a file as `sha256sum` writes them. A file that changed, came or went without it is found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// The SHA-256 of each file below `folder`, by its path from `root`.
fn sums(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sums(root, &path, found);
            continue;
        }
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        // The list cannot hold its own checksum.
        if name != "MANIFEST" {
            found.insert(name, hex::encode(Sha256::digest(std::fs::read(&path).unwrap())));
        }
    }
}

#[test]
fn a_file_is_not_what_was_published() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let text = std::fs::read_to_string(root.join("MANIFEST")).unwrap();
    let known: BTreeMap<String, String> =
        text.lines().filter_map(|line| line.split_once("  ")).map(|(sum, name)| (name.into(), sum.into())).collect();
    let mut found = BTreeMap::new();
    sums(&root, &root, &mut found);
    let other: Vec<&String> =
        known.keys().chain(found.keys()).filter(|name| known.get(*name) != found.get(*name)).collect();
    assert!(other.is_empty(), "not as in MANIFEST: {other:?}");
    println!("manifest: {} files of the data have their checksum", found.len());
    assert_eq!(known.len(), text.lines().count());
}

/// A pattern of the README's: a path, the beginning of one, or one with a star in it.
fn covers(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, tail)) => {
            path.strip_prefix(head).is_some_and(|rest| tail.is_empty() || rest.ends_with(tail) && !rest.contains('/'))
        }
        None => {
            path == pattern
                || pattern.ends_with('/') && path.starts_with(pattern)
                || path.starts_with(&format!("{pattern}/"))
        }
    }
}

#[test]
fn a_file_has_no_source_or_no_licence() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let [readme, manifest] =
        ["README.md", "data/MANIFEST"].map(|name| std::fs::read_to_string(root.join(name)).unwrap());
    let rows: Vec<Vec<&str>> = readme
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let files: Vec<&str> = manifest.lines().filter_map(|line| Some(line.split_once("  ")?.1)).collect();
    let patterns = |row: &Vec<&str>| -> Vec<String> {
        row.first().into_iter().flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(Into::into).collect()
    };
    for row in &rows {
        assert!(row.len() == 3 && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        for pattern in patterns(row) {
            assert!(files.iter().any(|file| covers(&pattern, file)), "{pattern}: no file");
        }
    }
    for file in files {
        assert!(rows.iter().flat_map(patterns).any(|pattern| covers(&pattern, file)), "{file}: where is it from?");
    }
}
