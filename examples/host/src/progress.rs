//! How far a long transfer is, on standard error, while that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::RefCell;
use std::rc::Rc;

/// A bar that appears with the second block of a transfer.
#[derive(Clone)]
pub(crate) struct Progress {
    /// None: never shown.
    bar: Option<Rc<RefCell<Option<ProgressBar>>>>,
    what: &'static str,
}

/// Redraws a second, at most.
const RATE: u8 = 10;

impl Progress {
    pub(crate) fn new(shown: bool, what: &'static str) -> Self {
        Progress { bar: shown.then(Rc::default), what }
    }

    /// So many bytes are done, of so many where that is known.
    pub(crate) fn at(&self, done: u64, total: Option<u64>) {
        let Some(bar) = &self.bar else { return };
        let mut bar = bar.borrow_mut();
        match &*bar {
            Some(bar) => bar.set_position(done),
            // Of what was there before, no rate is told.
            None => *bar = Some(drawn(self.what, total).with_position(done).with_elapsed(std::time::Duration::ZERO)),
        }
    }

    /// The transfer is over: the line is given back.
    pub(crate) fn done(&self) {
        if let Some(bar) = self.bar.as_ref().and_then(|bar| bar.borrow_mut().take()) {
            bar.finish_and_clear();
        }
    }
}

fn drawn(what: &'static str, total: Option<u64>) -> ProgressBar {
    // Hidden where standard error is no terminal.
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(RATE));
    let template = match total {
        Some(_) => "{msg} {percent:>3}% [{bar:30}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        None => "{msg} {bytes}, {bytes_per_sec}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.with_message(what)
}
