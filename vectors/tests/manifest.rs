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
