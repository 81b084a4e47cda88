//! The demo on the host.

pub(super) fn run() -> Result<(), String> {
    Err("--host: not there yet".into())
}
