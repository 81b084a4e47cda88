//! How the house is built, held by a test: rooms in order, siblings through their `mod.rs`, files and functions that fit a head.

use std::path::PathBuf;
use stint_lab::layering::{MAX_FILE, MAX_FUNCTION, Tree};

fn tree(package: &str) -> Tree {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(package).join("src");
    let tree = Tree::read(&path).unwrap();
    assert!(tree.0.contains_key("lib.rs") || tree.0.contains_key("main.rs"), "{path:?} is no crate");
    tree
}

#[test]
fn a_room_of_the_libraries_imports_from_below_itself() {
    for package in ["dtls", "coap", "net-glue"] {
        let found = tree(package).imports();
        assert!(found.is_empty(), "{package}:\n{}", found.join("\n"));
    }
}

#[test]
fn a_file_or_function_is_too_long() {
    let mut found = Vec::new();
    for package in [
        "dtls",
        "coap",
        "net-glue",
        "vectors",
        "vectors/operations",
        "tests",
        "examples/host",
        "examples/provisioning",
        "examples/senml",
        "examples/firmware",
    ] {
        found.extend(tree(package).lengths().into_iter().map(|line| format!("{package}/src/{line}")));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// A small crate that keeps the rule, with one more file.
fn planted(file: &str, text: &str) -> Tree {
    let mut tree = Tree::default();
    let lib = "pub mod error;\nmod wire;\n#[cfg(feature = \"x\")]\nmod record;\nmod client;\npub use error::Error;\npub use client::{Client, Event};\n";
    let clean = [
        ("lib.rs", lib),
        ("error.rs", "pub enum Error {}"),
        ("wire/mod.rs", "mod code;\nmod reader;\npub(crate) use code::Code;\npub(crate) use reader::Reader;"),
        ("wire/code.rs", "use crate::error::Error;"),
        ("wire/reader.rs", "use super::Code;\nuse crate::Error;"),
        ("record.rs", "use crate::wire::{Code, Reader};\nuse crate::error::Error as E;"),
        ("client.rs", "//! crate::nothing::here\nuse crate::{error::{self, Error}, wire::Reader, record};"),
    ];
    for (name, text) in clean {
        tree.0.insert(name.to_owned(), text.to_owned());
    }
    tree.0.entry(file.to_owned()).or_default().push_str(&format!("\n{text}\n"));
    tree
}

#[test]
fn a_planted_violation_is_not_seen() {
    let clean = planted("lib.rs", "");
    assert_eq!(clean.imports(), Vec::<String>::new());
    assert_eq!(clean.lengths(), Vec::<String>::new());
    let violations = [
        ("wire/code.rs", "use crate::record::Record;"),
        ("wire/code.rs", "use crate::Client;"),
        ("wire/code.rs", "use crate::{error::Error, client};"),
        ("wire/code.rs", "fn f() { crate::client::go() }"),
        ("wire/code.rs", "use super::reader::Reader;"),
        ("wire/code.rs", "use crate::wire::reader::{Reader};"),
        ("wire/code.rs", "use super::super::record;"),
        ("record.rs", "use super::client::Client;"),
        ("error.rs", "const Q: char = '\"';\nuse crate::wire::Code;"),
        ("error.rs", "const Q: &str = r#\"\"\"#;\nuse crate::wire::Code;"),
        ("error.rs", "#[cfg(test)]\nmod tests { fn f() { } }\nuse crate::Event;"),
        ("wire/captures.rs", "use crate::Event;"),
    ];
    for (file, text) in violations {
        let found = planted(file, text).imports();
        assert_eq!(found.len(), 1, "{file}: {text}\n{}", found.join("\n"));
    }
    let allowed = [
        ("error.rs", "// use crate::client::Client;"),
        ("error.rs", "const T: &str = \"crate::client::Client\";"),
        ("error.rs", "#[cfg(test)]\nmod tests { use crate::client::Client; }"),
        ("wire/mod.rs", "use code::Code as C;"),
    ];
    for (file, text) in allowed {
        assert_eq!(planted(file, text).imports(), Vec::<String>::new(), "{file}: {text}");
    }
    // a file of tests
    let mut tests = planted("wire/mod.rs", "#[cfg(test)]\nmod captures;");
    tests.0.insert("wire/captures.rs".to_owned(), "use super::reader::Reader;\nuse crate::client::Client;".to_owned());
    assert_eq!(tests.imports(), Vec::<String>::new());
}

#[test]
fn a_planted_length_is_not_seen() {
    let long = "fn f() {\n".to_owned() + &"    g();\n".repeat(MAX_FUNCTION - 1) + "}";
    assert_eq!(planted("error.rs", &long).lengths().len(), 1);
    let fits = "fn f() {\n".to_owned() + &"    g();\n".repeat(MAX_FUNCTION - 2) + "}";
    assert_eq!(planted("error.rs", &fits).lengths(), Vec::<String>::new());
    assert_eq!(planted("error.rs", &"// a\n".repeat(MAX_FILE)).lengths().len(), 1);
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}", "fn f() {}\n".repeat(MAX_FILE));
    assert_eq!(planted("error.rs", &tests).lengths(), Vec::<String>::new());
}
