//! What Stint is made of: licences, advisories, a list of what was reviewed, the oldest versions that are said to do, and a bill of materials.
//!
//! Promises: a dependency that nobody reviewed, a build script that changed, and an advisory that nobody answered are failures; where a check saw less
//! than it is meant to, it says so.

mod deny;
mod minimal;
mod reviewed;
mod sbom;
mod tools;
mod tree;

pub use tools::all as tools;

/// A check: its name and what carries it out; what it says is printed.
type Check = (&'static str, fn() -> Result<String, String>);

const CHECKS: [Check; 5] = [
    ("licences and sources", deny::licences),
    ("advisories", deny::advisories),
    ("reviewed dependencies", reviewed::check),
    ("minimal versions", minimal::check),
    ("bill of materials", sbom::write),
];

/// Runs all checks and returns how many passed and how many failed.
#[must_use]
pub fn run() -> (u64, u64) {
    let (mut passed, mut failed) = (0, 0);
    for (name, check) in CHECKS {
        match check() {
            Ok(said) => {
                passed += 1;
                println!("{name}: {said}");
            }
            Err(error) => {
                failed += 1;
                println!("{name}: FAILED: {error}");
            }
        }
    }
    (passed, failed)
}
