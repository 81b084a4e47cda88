//! The step that runs all tests: one build, then two test programs at a time, then documentation's examples.
//!
//! Promises: a program that ends without a result, dies, or hangs is a failure; what each printed stands together, and remains in `target/verify`.

use super::{Count, cargo, seconds, target_folder};
use serde_json::Value;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than any program of tests takes on a slow machine: what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How many of the slowest are named.
const SLOWEST: usize = 12;

/// A program of tests that cargo built.
#[derive(Clone, Debug)]
struct Suite {
    /// The package and the target, as in `stint-lab footprint`.
    name: String,
    /// Where cargo would run it: the folder of the package.
    folder: PathBuf,
    program: PathBuf,
}

impl Suite {
    /// From a line of `cargo test --message-format=json`; none if it is about something else.
    fn read(line: &str) -> Option<Self> {
        let message: Value = serde_json::from_str(line).ok()?;
        if message.get("reason")? != "compiler-artifact" || !message.get("profile")?.get("test")?.as_bool()? {
            return None;
        }
        let program = PathBuf::from(message.get("executable")?.as_str()?);
        let folder = Path::new(message.get("manifest_path")?.as_str()?).parent()?.to_owned();
        let package = message.get("package_id")?.as_str()?.rsplit(['/', '#']).find(|part| !part.is_empty())?.to_owned();
        let target = message.get("target")?.get("name")?.as_str()?.to_owned();
        let name = format!("{} {target}", package.split('@').next()?);
        Some(Self { name, folder, program })
    }

    /// Whether it builds firmware for most of its time, with one core: two such wait for each other's builds.
    fn builds_firmware(&self) -> bool {
        let target = self.name.rsplit(' ').next().unwrap_or_default();
        target.starts_with("firmware_") || ["footprint", "no_panic", "constant", "curve_firmware"].contains(&target)
    }

    /// Runs it; what it printed is in `log` afterwards.
    fn run(&self, log: &Path) -> Result<ExitStatus, String> {
        let wrong = |error: std::io::Error| format!("{}: {error}", self.name);
        let output = File::create(log).map_err(wrong)?;
        let mut command = Command::new(&self.program);
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder).stdin(Stdio::null());
        // A file and no pipe: a server that a test left behind would hold a pipe open.
        command.stdout(output.try_clone().map_err(wrong)?).stderr(output);
        let mut child = command.spawn().map_err(wrong)?;
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait().map_err(wrong)? {
                return Ok(status);
            }
            if start.elapsed() > PATIENCE {
                child.kill().and_then(|()| child.wait()).map_err(wrong)?;
                return Err(format!("{}: hung for {}, killed", self.name, seconds(PATIENCE)));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// What is waiting to be run: what builds firmware, and the rest; a worker for each takes from the other's end when its own is empty.
struct Queues {
    own: Mutex<[VecDeque<Suite>; 2]>,
}

impl Queues {
    fn next(&self, worker: usize) -> Option<Suite> {
        let mut queues = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let [first, second] = &mut *queues;
        let (own, other) = if worker == 0 { (first, second) } else { (second, first) };
        own.pop_front().or_else(|| other.pop_back())
    }
}

/// How a program ended.
struct Ended {
    name: String,
    count: Count,
    time: Duration,
}

/// All tests of the workspace, documentation's examples included; the firmware's in QEMU are among them.
pub(super) fn run() -> Result<Count, String> {
    let suites = build()?;
    let logs = target_folder().join("verify");
    fs::create_dir_all(&logs).map_err(|error| format!("{}: {error}", logs.display()))?;
    let number = suites.len();
    let (firmware, others) = suites.into_iter().partition(Suite::builds_firmware);
    let queues = Queues { own: Mutex::new([firmware, others]) };
    let ended = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for worker in 0..2 {
            let (queues, ended, logs) = (&queues, &ended, &logs);
            scope.spawn(move || {
                while let Some(suite) = queues.next(worker) {
                    let one = one(&suite, logs);
                    ended.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                }
            });
        }
    });
    let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    ended.push(examples()?);
    let mut total = Count::default();
    for one in &ended {
        total.add(one.count);
    }
    println!("{number} programs of tests, two at a time, and the examples of the documentation; the slowest:");
    ended.sort_by_key(|one| std::cmp::Reverse(one.time));
    for one in ended.iter().take(SLOWEST) {
        println!("{:>9}  {}", seconds(one.time), one.name);
    }
    for one in ended.iter().filter(|one| one.count.failed > 0) {
        println!("FAILED: {}, {} failed", one.name, one.count.failed);
    }
    Ok(total)
}

/// Builds all and returns what is to be run.
fn build() -> Result<Vec<Suite>, String> {
    let mut command = cargo();
    command.args(["test", "--quiet", "--workspace", "--no-run", "--message-format=json-render-diagnostics"]);
    let start = Instant::now();
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo test: {error}"))?;
    if !output.status.success() {
        return Err(format!("the tests do not build: {}", output.status));
    }
    let suites: Vec<Suite> = String::from_utf8_lossy(&output.stdout).lines().filter_map(Suite::read).collect();
    if suites.is_empty() {
        return Err("cargo built no test".into());
    }
    println!("{} programs of tests, built in {}", suites.len(), seconds(start.elapsed()));
    Ok(suites)
}

fn one(suite: &Suite, logs: &Path) -> Ended {
    let log = logs.join(format!("{}.log", suite.name.replace(' ', "-")));
    let start = Instant::now();
    let status = suite.run(&log);
    let time = start.elapsed();
    let printed = fs::read(&log).unwrap_or_default();
    let printed = String::from_utf8_lossy(&printed);
    let mut count = counted(&printed);
    let remark = match status {
        Ok(status) if status.success() && count.passed + count.ignored == 0 && !printed.contains("test result: ok") => {
            count.failed += 1;
            "it printed no result".to_owned()
        }
        Ok(status) if status.success() => String::new(),
        Ok(status) => {
            count.failed = count.failed.max(1);
            status.to_string()
        }
        Err(error) => {
            count.failed += 1;
            error
        }
    };
    // One call: two workers print.
    println!("-- {}, {} {remark}\n{}", suite.name, seconds(time), printed.trim());
    Ended { name: suite.name.clone(), count, time }
}

/// The examples of the documentation.
fn examples() -> Result<Ended, String> {
    let start = Instant::now();
    let mut command = cargo();
    command.args(["test", "--quiet", "--workspace", "--doc", "--no-fail-fast"]).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| format!("cargo test --doc: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    println!("-- examples of the documentation\n{}", printed.trim());
    let mut count = counted(&printed);
    if !output.status.success() || count.passed == 0 {
        count.failed = count.failed.max(1);
    }
    Ok(Ended { name: "examples of the documentation".into(), count, time: start.elapsed() })
}

/// Adds up all lines with results.
fn counted(printed: &str) -> Count {
    let mut count = Count::default();
    for result in printed.lines().filter_map(|line| line.strip_prefix("test result: ")) {
        count.add(results(result));
    }
    count
}

/// Reads "ok. 4 passed; 0 failed; 0 ignored; …".
fn results(line: &str) -> Count {
    let number = |what: &str| {
        let part = line.split([';', '.']).map(str::trim).find(|part| part.ends_with(what));
        part.and_then(|part| part.split(' ').next()).and_then(|n| n.parse().ok()).unwrap_or(0)
    };
    Count { passed: number("passed"), failed: number("failed"), ignored: number("ignored") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_test_is_not_counted() {
        let count = results("FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.12s");
        assert_eq!((count.passed, count.failed, count.ignored), (3, 2, 1));
    }

    /// A program made of a line for the shell.
    fn shell(name: &str, script: &str) -> Ended {
        let folder = std::env::temp_dir().join(format!("stint-suites-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let program = folder.join("program");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        let executable = Command::new("chmod").arg("+x").arg(&program).status().unwrap();
        assert!(executable.success());
        let suite = Suite { name: format!("stint {name}"), folder: folder.clone(), program };
        let ended = one(&suite, &folder);
        fs::remove_dir_all(folder).unwrap();
        ended
    }

    #[test]
    fn a_program_that_dies_or_says_nothing_passes() {
        let good = shell("good", "echo 'test result: ok. 2 passed; 0 failed; 0 ignored;'");
        assert_eq!((good.count.passed, good.count.failed), (2, 0));
        let dead = shell("dead", "echo 'test result: ok. 2 passed; 0 failed; 0 ignored;'; kill -9 $$");
        assert_eq!(dead.count.failed, 1);
        let silent = shell("silent", "exit 0");
        assert_eq!(silent.count.failed, 1);
        let empty = shell("empty", "echo 'test result: ok. 0 passed; 0 failed; 0 ignored;'");
        assert_eq!((empty.count.passed, empty.count.failed), (0, 0));
    }

    #[test]
    fn a_program_of_tests_is_not_seen_in_what_cargo_says() {
        let line = r##"{"reason":"compiler-artifact","package_id":"path+file:///x/tests#stint-lab@0.1.0","manifest_path":"/x/tests/Cargo.toml",
            "target":{"kind":["test"],"name":"footprint"},"profile":{"test":true},"executable":"/x/target/debug/deps/footprint-1"}"##;
        let suite = Suite::read(line).unwrap();
        assert_eq!((&*suite.name, suite.folder.as_path()), ("stint-lab footprint", Path::new("/x/tests")));
        assert!(suite.builds_firmware());
        let named_by_folder = line.replace("#stint-lab@0.1.0", "#0.1.0");
        assert!(Suite::read(&named_by_folder).is_some());
        assert!(Suite::read(&line.replace("\"test\":true", "\"test\":false")).is_none());
        assert!(Suite::read("{\"reason\":\"build-finished\",\"success\":true}").is_none());
    }
}
