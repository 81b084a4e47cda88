//! Who depends on whom: the three libraries alone, as a user's build sees them, and the example firmware.

use crate::build_peers::copy;
use crate::setup::{self, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders of the three libraries.
const LIBRARIES: [&str; 3] = ["dtls", "coap", "net-glue"];
/// What the firmware's tree is looked at for.
const FIRMWARE: &str = "thumbv7em-none-eabi";

/// A package from elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// The build script, if there is one.
    pub(super) build: Option<PathBuf>,
}

/// Makes a workspace of the three libraries alone, below the target directory, and returns its folder: in the whole workspace, what the lab asks of
/// a package is switched on for all.
pub(super) fn libraries() -> Result<PathBuf, String> {
    let base = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = std::path::absolute(base).map_err(|error| error.to_string())?.join("supply");
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    drop(fs::remove_dir_all(&folder));
    for library in LIBRARIES {
        copy(&root().join(library), &folder.join(library))?;
        let manifest = folder.join(library).join("Cargo.toml");
        let text = fs::read_to_string(&manifest).map_err(told)?;
        fs::write(&manifest, without_dev_dependencies(&text)).map_err(told)?;
    }
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).map_err(told)?;
    let manifest = fs::read_to_string(root().join("Cargo.toml")).map_err(told)?;
    let members = format!("members = {LIBRARIES:?}");
    let lines = manifest.lines().filter(|line| !line.starts_with("exclude ="));
    let lines: Vec<&str> = lines.map(|line| if line.starts_with("members =") { &*members } else { line }).collect();
    fs::write(folder.join("Cargo.toml"), lines.join("\n")).map_err(told)?;
    Ok(folder)
}

/// A manifest without its section of development's dependencies.
fn without_dev_dependencies(manifest: &str) -> String {
    let mut inside = false;
    let kept = manifest.lines().filter(|line| {
        if line.starts_with('[') {
            inside = *line == "[dev-dependencies]";
        }
        !inside
    });
    kept.fold(String::new(), |text, line| text + line + "\n")
}

/// All packages from elsewhere that the three libraries can pull in, with all features.
pub(super) fn of_libraries() -> Result<Vec<Package>, String> {
    packages(&libraries()?, &["--all-features"])
}

/// All packages from elsewhere in the example firmware's tree, build scripts and macros included.
pub(super) fn of_firmware() -> Result<Vec<Package>, String> {
    packages(&setup::firmware_folder(), &["--all-features", "--locked", "--filter-platform", FIRMWARE])
}

fn packages(folder: &Path, arguments: &[&str]) -> Result<Vec<Package>, String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).args(["metadata", "--quiet", "--format-version", "1"]).args(arguments);
    let metadata: Value = serde_json::from_str(&setup::output(&mut command)?).map_err(|error| error.to_string())?;
    let reached = reached(&metadata);
    let all = list(&metadata["packages"]);
    let foreign = all.filter(|package| !package["source"].is_null());
    let foreign = foreign.filter(|package| package["id"].as_str().is_some_and(|id| reached.contains(id)));
    let mut packages: Vec<Package> = foreign.map(package).collect();
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    if packages.is_empty() { Err(format!("{}: no dependency was found", folder.display())) } else { Ok(packages) }
}

fn package(metadata: &Value) -> Package {
    let text = |field: &str| metadata[field].as_str().unwrap_or_default().to_owned();
    let is_build = |target: &&Value| list(&target["kind"]).any(|kind| kind == "custom-build");
    let build = list(&metadata["targets"]).find(is_build).and_then(|target| target["src_path"].as_str());
    Package { name: text("name"), version: text("version"), build: build.map(PathBuf::from) }
}

/// The packages that the workspace's members reach without development's dependencies.
fn reached(metadata: &Value) -> BTreeSet<&str> {
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"]["nodes"]).filter_map(|node| Some((node["id"].as_str()?, node))).collect();
    let mut waiting: Vec<&str> = list(&metadata["workspace_members"]).filter_map(Value::as_str).collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !reached.insert(id) {
            continue;
        }
        let of = nodes.get(id).map_or(&Value::Null, |node| &node["deps"]);
        let linked = list(of).filter(|on| list(&on["dep_kinds"]).any(|kind| kind["kind"] != "dev"));
        waiting.extend(linked.filter_map(|on| on["pkg"].as_str()));
    }
    reached
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_tests_need_counts_as_a_dependency() {
        let manifest = "[package]\nname = \"a\"\n[dev-dependencies]\nb = \"1\"\n[features]\nc = []\n";
        assert_eq!(without_dev_dependencies(manifest), "[package]\nname = \"a\"\n[features]\nc = []\n");
        let metadata = serde_json::json!({
            "workspace_members": ["a"],
            "resolve": {"nodes": [
                {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": "dev"}]}, {"pkg": "c", "dep_kinds": [{"kind": null}, {"kind": "dev"}]}]},
                {"id": "c", "deps": [{"pkg": "d", "dep_kinds": [{"kind": "build"}]}]},
            ]},
        });
        assert_eq!(reached(&metadata).into_iter().collect::<Vec<_>>(), ["a", "c", "d"]);
    }
}
