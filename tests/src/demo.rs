//! `cargo demo`.

/// What can be said on the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Run the host's command line tool in place of firmware in QEMU
    #[arg(long)]
    pub host: bool,
}

/// Runs it.
///
/// # Errors
/// What went wrong, or what is missing.
pub fn run(_: &Options) -> Result<(), String> {
    let image = crate::setup::firmware("lm3s6965evb", "thumbv7m-none-eabi", "")?;
    println!("{image:?}");
    Ok(())
}
