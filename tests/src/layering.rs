//! The import rule, as a check over the sources: a file imports only from rooms above its own in `lib.rs`, siblings meet
//! only through their `mod.rs`; and how long files and functions are.
//!
//! Promises: it reads what stands there after comments, strings and test modules are taken out; it knows no crate by name.

use std::collections::BTreeMap;
use std::path::Path;

/// The most lines of a file without its tests.
pub const MAX_FILE: usize = 350;
/// The most lines of a function.
pub const MAX_FUNCTION: usize = 60;

/// The sources of a crate: paths below `src`, with `/`, and their text.
#[derive(Clone, Debug, Default)]
pub struct Tree(pub BTreeMap<String, String>);

impl Tree {
    /// Reads the folder `src` of a crate.
    ///
    /// # Errors
    /// The file that cannot be read.
    pub fn read(src: &Path) -> Result<Self, String> {
        let mut tree = Self::default();
        tree.add(src, "")?;
        Ok(tree)
    }

    fn add(&mut self, folder: &Path, prefix: &str) -> Result<(), String> {
        let told = |e: std::io::Error| format!("{}: {e}", folder.display());
        for entry in std::fs::read_dir(folder).map_err(told)? {
            let path = entry.map_err(told)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                self.add(&path, &format!("{prefix}{name}/"))?;
            } else if name.ends_with(".rs") {
                let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                self.0.insert(format!("{prefix}{name}"), text);
            }
        }
        Ok(())
    }

    /// Imports against the rule, one a line.
    #[must_use]
    pub fn imports(&self) -> Vec<String> {
        let lib = bare(self.0.get("lib.rs").map_or("", String::as_str));
        let rooms = modules(&lib);
        let owners = owners(&lib);
        let tests = self.tests();
        let index = |room: &str| rooms.iter().position(|r| r == room);
        let mut found = Vec::new();
        for (file, text) in &self.0 {
            let module = module_of(file);
            let Some(own) = module.first().and_then(|room| index(room)) else { continue };
            if is_among(&tests, &module) {
                continue;
            }
            for path in paths(&bare(text), &module) {
                let line = path.join("::");
                let room = path.first().map_or("", String::as_str);
                let room = index(room).or_else(|| owners.get(room).and_then(|owner| index(owner)));
                if room.is_some_and(|room| room > own) {
                    found.push(format!("{file} imports crate::{line}, which stands below it in lib.rs"));
                }
                if !file.ends_with("mod.rs") && self.is_in_sibling(&module, &path) {
                    found.push(format!("{file} reaches crate::{line} past their mod.rs"));
                }
            }
        }
        found
    }

    fn is_in_sibling(&self, module: &[String], path: &[String]) -> bool {
        let Some((own, parent)) = module.split_last() else { return false };
        let inside = !parent.is_empty() && path.len() > parent.len() + 1 && path.starts_with(parent);
        inside && path[parent.len()] != *own && self.has_module(&path[..=parent.len()])
    }

    /// The modules with files of their own that are only for tests.
    fn tests(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for (file, text) in &self.0 {
            let bare = bare_with_lines(text);
            for (at, _) in bare.match_indices("#[cfg(test)]").chain(bare.match_indices("#[cfg(all(test,")) {
                let declared = bare[at..].lines().nth(1).map(str::trim).and_then(|line| line.strip_prefix("mod "));
                if let Some(name) = declared.and_then(|line| line.strip_suffix(';')) {
                    let mut module: Vec<String> = module_of(file).into_iter().filter(|part| part != "lib").collect();
                    module.push(name.to_owned());
                    found.push(module);
                }
            }
        }
        found
    }

    fn has_module(&self, module: &[String]) -> bool {
        let path = module.join("/");
        self.0.contains_key(&format!("{path}.rs")) || self.0.contains_key(&format!("{path}/mod.rs"))
    }

    /// Files and functions that are too long, one a line.
    #[must_use]
    pub fn lengths(&self) -> Vec<String> {
        let mut found = Vec::new();
        let tests = self.tests();
        for (file, text) in self.0.iter().filter(|(file, _)| !is_among(&tests, &module_of(file))) {
            let text = without_tests(text, &bare_with_lines(text));
            let lines = text.lines().count();
            if lines > MAX_FILE {
                found.push(format!("{file} has {lines} lines without its tests, more than {MAX_FILE}"));
            }
            for (name, lines) in functions(&bare_with_lines(&text)) {
                if lines > MAX_FUNCTION {
                    found.push(format!("{file}: {name} has {lines} lines, more than {MAX_FUNCTION}"));
                }
            }
        }
        found
    }
}

fn is_among(modules: &[Vec<String>], module: &[String]) -> bool {
    modules.iter().any(|other| module.starts_with(other))
}

fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    path.split('/').filter(|part| *part != "mod").map(str::to_owned).collect()
}

/// Source without comments, strings and test modules.
fn bare(text: &str) -> String {
    let bare = bare_with_lines(text);
    without_tests(&bare, &bare)
}

/// Source with comments and the insides of strings and characters blanked out; line ends stay.
fn bare_with_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(end) = raw_string(rest) {
            end
        } else if c == '"' {
            string(rest)
        } else if c == '\'' {
            character(rest)
        } else {
            0
        };
        let (taken, after) = rest.split_at(skip.max(c.len_utf8()));
        if skip == 0 {
            out.push(c);
        } else {
            out.extend(taken.chars().map(|c| if c == '\n' { c } else { ' ' }));
        }
        rest = after;
    }
    out
}

fn raw_string(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r').or_else(|| rest.strip_prefix("br"))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let end = body.find(&format!("\"{}", "#".repeat(hashes)))?;
    Some(rest.len() - body.len() + end + 1 + hashes)
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character literal; 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, _))) => rest[at + 1..].find('\'').map_or(0, |end| at + 2 + end),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

/// `text` without the modules behind `#[cfg(test)]`; `bare` is the same text with comments blanked out.
fn without_tests(text: &str, bare: &str) -> String {
    let mut out = String::new();
    let mut from = 0;
    while let Some(start) = bare[from..].find("#[cfg(test)]").map(|at| from + at) {
        let Some(open) = bare[start..].find(['{', ';']).map(|at| start + at) else { break };
        let end = if bare[open..].starts_with('{') { open + block(&bare[open..]) } else { open + 1 };
        out.push_str(&text[from..start]);
        from = end;
    }
    out.push_str(&text[from..]);
    out
}

/// The length of the block that begins with the brace at the start.
fn block(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// The modules that a file declares, in order.
fn modules(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    let declared = lines.filter_map(|line| {
        let line = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    declared.map(str::to_owned).collect()
}

/// Which room an item comes from that `lib.rs` hands on.
fn owners(lib: &str) -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    for (at, _) in lib.match_indices("pub use ") {
        let mut all = Vec::new();
        tree(&lib[at + 8..], &mut Vec::new(), &mut all);
        for path in all {
            if let (Some(room), Some(item)) = (path.first(), path.last()) {
                owners.insert(item.clone(), room.clone());
            }
        }
    }
    owners
}

/// All paths from `crate::` and `super::` in the text, from the crate's root on.
fn paths(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$' || c == ':') {
            tree(&text[at + 7..], &mut Vec::new(), &mut all);
        }
    }
    for (at, _) in text.match_indices("super::") {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let mut base = module.to_vec();
        let mut rest = &text[at..];
        while let Some(after) = rest.strip_prefix("super::") {
            base.pop();
            rest = after;
        }
        tree(rest, &mut base, &mut all);
    }
    all
}

/// Reads a path or a tree of them as `use` has it; returns what follows.
fn tree<'t>(text: &'t str, base: &mut Vec<String>, all: &mut Vec<Vec<String>>) -> &'t str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start().trim_start_matches(',').trim_start();
            if rest.is_empty() {
                return rest;
            }
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let next = tree(rest, base, all);
            // something that is no path: nothing more is read here
            rest = if next.len() == rest.len() { "" } else { next };
        }
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return text;
    }
    base.push(name.to_owned());
    let rest = if let Some(after) = rest.strip_prefix("::")
        && after.trim_start().starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '{' || c == '*')
    {
        tree(after, base, all)
    } else {
        all.push(base.clone());
        rest.trim_start()
            .strip_prefix("as ")
            .map_or(rest, |alias| alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'))
    };
    base.pop();
    rest
}

/// The functions of a text without comments: name and lines, signature included.
fn functions(text: &str) -> Vec<(String, usize)> {
    let mut all = Vec::new();
    for (at, _) in text.match_indices("fn ") {
        let starts = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let name: String = text[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(open) = text[at..].find(['{', ';']).map(|o| at + o).filter(|_| starts && !name.is_empty()) else {
            continue;
        };
        if text[open..].starts_with('{') {
            let end = open + block(&text[open..]);
            all.push((name, text[at..end].lines().count()));
        }
    }
    all
}
