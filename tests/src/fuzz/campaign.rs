//! The long runs: libFuzzer on all targets in rotation, a log of what they came to, and the table that is made of it.

use super::{TARGETS, corpora};
use crate::tools::cache;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Long enough to get past the seeds, short enough that each target has its turn in an hour.
const TURN: Duration = Duration::from_secs(240);

/// What runs of one target came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// Seconds of processor time.
    pub seconds: f64,
    /// Inputs tried.
    pub executions: u64,
    /// Edges of the instrumented code that were reached, at best.
    pub edges: u64,
    /// Inputs in the corpus.
    pub corpus: u64,
}

/// Runs libFuzzer on each target in turn until `hours` of processor time are spent, and returns the table of the whole log, which is kept in the lab's cache
/// with the corpora.
///
/// # Errors
/// What is missing, and how to get it; a finding, with the file that holds the input.
pub fn libfuzzer(hours: f64) -> Result<String, String> {
    let has = |args: &[&str]| {
        let run = Command::new("cargo").args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
        run.is_ok_and(|status| status.success())
    };
    if !has(&["+nightly", "--version"]) {
        return Err("a nightly compiler is needed: rustup toolchain install nightly --profile minimal".into());
    }
    if !has(&["+nightly", "fuzz", "--version"]) {
        return Err("cargo-fuzz is needed: cargo install cargo-fuzz --locked".into());
    }
    let kept = cache()?.join("fuzz");
    corpora(&kept.join("corpus"))?;
    let log = kept.join("runs.csv");
    // What compiling takes is not fuzzing.
    let mut build = Command::new("cargo");
    build
        .args(["+nightly", "fuzz", "build", "-O", "--fuzz-dir"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz"));
    crate::setup::output(&mut build)?;
    let mut spent = 0.0;
    while spent < hours * 3600.0 {
        for target in TARGETS {
            let left = Duration::from_secs_f64((hours * 3600.0 - spent).max(1.0));
            let line = turn(target.name, &kept, TURN.min(left))?;
            spent += line.1.seconds;
            append(&log, &line)?;
        }
    }
    Ok(table(&sums(&log)?))
}

/// One target for some time.
fn turn(name: &'static str, kept: &Path, time: Duration) -> Result<(&'static str, Sum), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let (corpus, found) = (kept.join("corpus").join(name), kept.join("found").join(name));
    std::fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    let mut command = Command::new("cargo");
    command.args(["+nightly", "fuzz", "run", "-O", "--fuzz-dir"]).arg(&folder).arg(name).arg(&corpus).arg("--");
    command.arg(format!("-max_total_time={}", time.as_secs().max(1)));
    command.arg(format!("-artifact_prefix={}/", found.display()));
    command.args(["-max_len=4096", "-timeout=25", "-print_final_stats=1", "-detect_leaks=0"]);
    let before = children()?;
    let ran = command.output().map_err(|error| format!("cargo fuzz: {error}"))?;
    let told = String::from_utf8_lossy(&ran.stderr);
    if !ran.status.success() {
        let tail: Vec<&str> = told.lines().rev().take(30).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        return Err(format!("{name}: what was found is in {}:\n{}", found.display(), tail.join("\n")));
    }
    let last = |word: &str| {
        let at = told.rfind(word)? + word.len();
        let number: String = told[at..].trim_start().chars().take_while(char::is_ascii_digit).collect();
        number.parse().ok()
    };
    let files = std::fs::read_dir(&corpus).map_or(0, Iterator::count) as u64;
    let seconds = children()? - before;
    let executions = last("stat::number_of_executed_units:").unwrap_or(0);
    Ok((name, Sum { seconds, executions, edges: last("cov: ").unwrap_or(0), corpus: files }))
}

/// Seconds of processor time that this process's children have taken, and theirs, as far as they ended: fields 16 and 17 of the kernel's line, in hundredths.
fn children() -> Result<f64, String> {
    let line = std::fs::read_to_string("/proc/self/stat").map_err(|error| format!("/proc/self/stat: {error}"))?;
    // The second field is a name in brackets, which may hold spaces.
    let fields = line.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> = fields.split_whitespace().skip(13).take(2).filter_map(|field| field.parse().ok()).collect();
    if ticks.len() == 2 { Ok(ticks.iter().sum::<f64>() / 100.0) } else { Err(format!("/proc/self/stat: {line}")) }
}

fn append(log: &Path, (name, sum): &(&str, Sum)) -> Result<(), String> {
    use std::io::Write;
    let told = |error: std::io::Error| format!("{}: {error}", log.display());
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(log).map_err(told)?;
    writeln!(file, "{name},{:.1},{},{},0,{},0", sum.seconds, sum.executions, sum.edges, sum.corpus).map_err(told)
}

/// Adds a log up, by target. Its lines: target, seconds of processor time, executions, edges, features, inputs in the corpus, findings.
///
/// # Errors
/// The log cannot be read, or a line is none.
pub fn sums(log: &Path) -> Result<BTreeMap<String, Sum>, String> {
    let text = std::fs::read_to_string(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let mut sums = BTreeMap::<String, Sum>::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let [name, seconds, executions, edges, _, corpus, _] = fields[..] else {
            return Err(format!("{}: {line}", log.display()));
        };
        let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{line}: {error}"));
        let sum = sums.entry(name.to_owned()).or_default();
        sum.seconds += seconds.parse::<f64>().map_err(|error| format!("{line}: {error}"))?;
        sum.executions += number(executions)?;
        sum.edges = sum.edges.max(number(edges)?);
        sum.corpus = number(corpus)?;
    }
    Ok(sums)
}

/// The table of `FUZZ.md`, in Markdown: a line a target, and one of all.
#[must_use]
pub fn table(sums: &BTreeMap<String, Sum>) -> String {
    let mut text = String::from("| target | CPU hours | executions | edges | corpus |\n|---|---:|---:|---:|---:|\n");
    let line = |text: &mut String, name: &str, sum: &Sum, rest: &str| {
        let _ = writeln!(text, "| {name} | {:.2} | {} | {rest}", sum.seconds / 3600.0, grouped(sum.executions));
    };
    let mut all = Sum::default();
    for (name, sum) in TARGETS.iter().filter_map(|target| sums.get_key_value(target.name)) {
        line(&mut text, &format!("`{name}`"), sum, &format!("{} | {} |", grouped(sum.edges), grouped(sum.corpus)));
        all.seconds += sum.seconds;
        all.executions += sum.executions;
    }
    line(&mut text, "all", &all, "| |");
    text
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    parts.iter().map(|part| String::from_utf8_lossy(part)).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_added_up_wrongly() {
        let file = std::env::temp_dir().join(format!("stint-fuzz-{}.csv", std::process::id()));
        std::fs::write(&file, "uri,1800.0,1000000,10,0,5,0\nuri,1800.0,234567,12,0,7,0\nrecord,3.6,1,2,3,4,5\n")
            .unwrap();
        let sums = sums(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(sums["uri"], Sum { seconds: 3600.0, executions: 1_234_567, edges: 12, corpus: 7 });
        let table = table(&sums);
        assert!(table.contains("| `uri` | 1.00 | 1,234,567 | 12 | 7 |\n"), "{table}");
        assert!(table.ends_with("| all | 1.00 | 1,234,568 | | |\n"), "{table}");
    }
}
