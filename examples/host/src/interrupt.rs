//! Ctrl-C (and SIGTERM): asked once, what is under way is ended in order; asked twice, the process ends at once.

use crate::exit::Failure;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

static ASKED: AtomicU32 = AtomicU32::new(0);
static HEEDED: AtomicBool = AtomicBool::new(false);
static WATCHED: AtomicBool = AtomicBool::new(false);

/// How often to look: a signal need not end a wait.
const LOOK: Duration = Duration::from_millis(100);
/// What a shell makes of a process that SIGINT ended.
pub(crate) const CODE: u8 = 130;

/// From here on the first one does not end the process.
pub(crate) fn watch() -> Result<(), Failure> {
    let watching = ctrlc::set_handler(|| {
        if ASKED.fetch_add(1, Ordering::Relaxed) > 0 {
            std::process::exit(CODE.into());
        }
    });
    watching.map_err(|error| Failure::local("Ctrl-C", error))?;
    WATCHED.store(true, Ordering::Relaxed);
    Ok(())
}

/// True once: when it was asked.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed) > 0 && !HEEDED.swap(true, Ordering::Relaxed)
}

/// The longest wait in which it is not missed.
pub(crate) fn limit() -> Option<Duration> {
    WATCHED.load(Ordering::Relaxed).then_some(LOOK)
}
