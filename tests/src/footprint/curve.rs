//! What P-256 costs, each operation alone: a row for each implementation.
//!
//! The images `curve_…` are one function over the three capabilities (examples/firmware/bare/src/curve.rs). **Net flash** is an image less `curve_base`, which is
//! the same function, with SHA-256, HMAC and the DER of a signature, and no curve.

use super::{TARGETS, image, run};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The implementations, each with its image.
const CHOICES: [(&str, &str); 4] = [
    ("curve-compact", "curve_compact"),
    ("curve-fast", "curve_fast"),
    ("curve-halves", "curve_halves"),
    ("curve-p256", "curve_p256"),
];

/// The operations: an ephemeral key made, a secret agreed on, a digest signed, a signature verified.
pub const OPERATIONS: [&str; 4] = ["generate", "agree", "sign", "verify"];

/// What was measured of one implementation on one target.
#[derive(Clone, Debug)]
pub struct Row {
    /// The target triple.
    pub target: &'static str,
    /// The implementation, as `--profile` takes it.
    pub profile: &'static str,
    /// Bytes of flash beyond the baseline, all four operations together.
    pub flash: u64,
    /// What the image reported of itself.
    reported: BTreeMap<String, u64>,
}

impl Row {
    /// What an operation of [`OPERATIONS`] took.
    #[must_use]
    pub fn instructions(&self, operation: &str) -> Option<u64> {
        self.reported.get(&format!("instructions_{operation}")).copied()
    }

    /// Bytes of stack of an operation, at the deepest.
    #[must_use]
    pub fn stack(&self, operation: &str) -> Option<u64> {
        self.reported.get(&format!("stack_{operation}")).copied()
    }

    /// Bytes of stack of the operation that takes most.
    #[must_use]
    pub fn stack_peak(&self) -> Option<u64> {
        OPERATIONS.iter().map(|operation| self.stack(operation)).max().flatten()
    }

    pub(super) fn json(&self) -> Value {
        let each = |of: &dyn Fn(&str) -> Option<u64>| -> Map<String, Value> {
            OPERATIONS.iter().map(|operation| ((*operation).to_owned(), json!(of(operation)))).collect()
        };
        json!({
            "target": self.target,
            "profile": self.profile,
            "flash": self.flash,
            "stack_peak": self.stack_peak(),
            "stack_by_operation": each(&|operation| self.stack(operation)),
            "instructions_by_operation": each(&|operation| self.instructions(operation)),
        })
    }
}

/// Measures the rows of all targets whose names begin with `targets`, of the `profiles` that are asked for.
///
/// # Errors
/// What could not be built or run.
pub fn measure(targets: &str, profiles: impl Fn(&str) -> bool) -> Result<Vec<Row>, String> {
    let choices: Vec<_> = CHOICES.into_iter().filter(|(profile, _)| profiles(profile)).collect();
    let mut rows = Vec::new();
    for (target, machine, _) in TARGETS.into_iter().filter(|(target, ..)| target.starts_with(targets)) {
        if choices.is_empty() {
            break;
        }
        let base = image::flash(&image::build("curve_base", target)?)?;
        for (profile, bin) in &choices {
            eprintln!("lab: measuring {profile} on {target}");
            let elf = image::build(bin, target)?;
            let flash = image::flash(&elf)?.checked_sub(base).ok_or("less than the baseline")?;
            rows.push(Row { target, profile, flash, reported: run::alone(&elf, machine)? });
        }
    }
    Ok(rows)
}
