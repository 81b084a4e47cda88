//! `cargo footprint`.

/// What can be said on the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {}

/// Runs it.
///
/// # Errors
/// It is not there yet.
pub fn run(_: &Options) -> Result<(), String> {
    Err("footprint: not there yet".into())
}
