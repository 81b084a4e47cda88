//! Files that hold a secret: on Unix none but the owner may read them.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Puts a whole file, with rights of its own, in the place of the one before, and returns it when it is on the disk.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<File> {
    let fresh = beside(path, "new");
    remove(&fresh)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    Ok(file)
}

/// Takes what the file holds, and the file away: of two processes, one has it.
pub(crate) fn take(path: &Path) -> std::io::Result<Vec<u8>> {
    let mine = beside(path, "taken");
    std::fs::rename(path, &mine)?;
    let bytes = std::fs::read(&mine);
    std::fs::remove_file(&mine)?;
    bytes
}

/// The name of a file of this process alone, in the same folder.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.{what}", std::process::id()));
    name.into()
}

/// Removes it, if it is there.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
