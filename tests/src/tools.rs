//! Programs that the lab runs and the folder in which it keeps what is made once.

use std::path::{Path, PathBuf};

/// The user's cache folder for this version of the lab: what is built once is not built again for a second clone.
pub fn cache() -> Result<PathBuf, String> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let base = base.or_else(|| std::env::var_os("HOME").map(|h| Path::new(&h).join(".cache")));
    let folder = base.ok_or("neither XDG_CACHE_HOME nor HOME is set")?.join("stint").join(env!("CARGO_PKG_VERSION"));
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

/// Whether a program is on the path.
#[must_use]
pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|p| std::env::split_paths(&p).any(|d| d.join(program).is_file()))
}
