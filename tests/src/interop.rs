//! `tests/INTEROP.md`: what ran against real peers, and whether that is what stands there; each test that ran has a part of its own.

/// The line that begins a part.
const HEADING: &str = "# ";

/// Compares a part, which begins with its heading and a blank line, and writes it in place where it differs.
///
/// # Errors
/// That it differed; or what the system says.
pub fn compare(part: &str) -> Result<(), String> {
    let path = crate::setup::root().join("tests/INTEROP.md");
    let was = std::fs::read_to_string(&path).unwrap_or_default();
    let mut parts = parts(&was);
    let heading = part.lines().next().filter(|line| line.starts_with(HEADING)).ok_or("a part without a heading")?;
    match parts.iter_mut().find(|old| old.lines().next() == Some(heading)) {
        Some(old) if coarse(old) == coarse(part) => return Ok(()),
        Some(old) => part.clone_into(old),
        None => parts.push(part.to_owned()),
    }
    let text: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
    std::fs::write(&path, text.join("\n\n") + "\n").map_err(|e| format!("{}: {e}", path.display()))?;
    Err(format!("tests/INTEROP.md was not what ran ({heading}): it is written anew, look at it and commit it"))
}

/// The parts of a text, in order.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with(HEADING) || parts.is_empty() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts
}

/// The text without the third number of a version and what follows it: a distribution mends its packages without asking. Blank lines at its end do not
/// count.
fn coarse(text: &str) -> String {
    let line = |line: &str| match line.split_once(" version ") {
        Some((before, version)) => {
            let numbers: Vec<&str> = version.split('.').take(2).collect();
            format!("{before} {}", numbers.join("."))
        }
        None => line.to_owned(),
    };
    text.trim_end().lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{coarse, parts};

    #[test]
    fn a_part_swallows_the_next() {
        let text = "# One\n\ntext\n## not a part\n\n# Two\n\nmore\n";
        assert_eq!(parts(text), ["# One\n\ntext\n## not a part\n\n", "# Two\n\nmore\n"]);
        assert_eq!(parts(""), [""; 0]);
    }

    #[test]
    fn a_patch_of_a_distribution_is_taken_for_a_change() {
        assert_eq!(coarse("- x, version 1.2.3\n"), coarse("- x, version 1.2.4"));
        assert_ne!(coarse("- x, version 1.2.3"), coarse("- x, version 1.3.3"));
    }
}
