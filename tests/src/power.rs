//! A board whose power fails: firmware killed in QEMU at random points and started again from what its flash holds, against a server on Mbed TLS that
//! prints the number of each record it receives.
//!
//! Promises: whatever happens, no number comes twice, and at the end the board exchanges messages again. Everything random comes from a seed, but for what
//! the host's clock makes of it.

use crate::peers::{IDENTITY, KEY, Peer, scratch};
use crate::qemu::{self, Boot, Ended, Machine, Network, Pace};
use crate::random::Random;
use crate::setup::{self, Image};
use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use stint_provisioning::{Blob, Credential, Host, StaticIpv4};

/// Longer than any life that is not cut short.
const LIMIT: Duration = Duration::from_secs(60);
/// A life that is not cut short takes 100 ms on an idle machine.
const LIFE: u64 = 110;
/// Lines that it prints.
const LINES: u64 = 48;
/// How often it writes its flash.
const STORES: u64 = 5;
/// Two slots of flash.
const FLASH: usize = 1024;

/// A board, its flash, and the server.
pub struct Bench {
    /// The server.
    pub server: Peer,
    image: Image,
    blob: Vec<u8>,
    flash: PathBuf,
    counter: Option<PathBuf>,
    seed: u64,
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Lives that the power ended.
    pub kills: u32,
    /// Of these, in the middle of a write: a slot of the flash is neither erased nor whole.
    pub torn: u32,
    /// Lives that ended asleep.
    pub asleep: u32,
    /// Associations taken up that went on at once.
    pub woke: u32,
    /// Associations taken up after a crash, that sent and then shook hands.
    pub deaf: u32,
    /// Associations given up for what the flash or the counter said.
    pub refused: u32,
    /// Handshakes.
    pub handshakes: u32,
    /// Exchanges.
    pub exchanges: u32,
    /// Records that the server received.
    pub records: usize,
}

impl Bench {
    /// A board with empty flash and, if so said, a counter; `name` is its files'.
    ///
    /// # Errors
    /// What could not be built or started.
    pub fn new(name: &str, counter: bool, seed: u64) -> Result<Self, String> {
        let server = Peer::roaming(true)?;
        let image = setup::firmware("sleeper", "thumbv7m-none-eabi", "insecure-test-rng")?;
        // An address of its own: a life is to be spent with the server, not with DHCP.
        let gateway = Some(Ipv4Addr::new(10, 0, 2, 2));
        let device = StaticIpv4 { address: Ipv4Addr::new(10, 0, 2, 15), prefix: 24, gateway, dns: None };
        let (host, port) = (Host::Ipv4([10, 0, 2, 2].into()), server.address().port());
        let told = Blob {
            credential: Credential::PreShared { identity: IDENTITY, key: KEY },
            host,
            port,
            device: Some(device),
            observe: None,
        };
        let mut blob = vec![0; stint_provisioning::MAX_LEN];
        let len = stint_provisioning::write(&told, &mut blob).map_err(|error| error.to_string())?;
        blob.truncate(len);
        let (flash, counts) = (scratch(&format!("{name}.flash"))?, scratch(&format!("{name}.counter"))?);
        fs::write(&flash, [0xff; FLASH]).map_err(|error| error.to_string())?;
        fs::write(&counts, [0; 8]).map_err(|error| error.to_string())?;
        Ok(Self { server, image, blob, flash, counter: counter.then_some(counts), seed })
    }

    /// One life, until the power fails: after `limit`, or where `cut` says so after a line.
    ///
    /// # Errors
    /// What the firmware said, where it ended in an error of its own.
    pub fn live(&mut self, limit: Duration, cut: impl FnMut(&str) -> bool) -> Result<Ended, String> {
        self.seed = self.seed.wrapping_add(1);
        let mut arguments = vec![format!("seed={}", self.seed), "ack_ms=300".into(), "initial_ms=300".into()];
        arguments.push(format!("flash={}", self.flash.display()));
        arguments.extend(self.counter.as_ref().map(|path| format!("counter={}", path.display())));
        let running = qemu::boot(&Boot {
            machine: Machine::Lm3s6965evb,
            elf: &self.image.elf,
            blob: Some(&self.blob),
            network: Network::User,
            pace: Pace::Real,
            arguments: &arguments,
        })?;
        let ended = running.finish_unless(limit, cut);
        if ended.code.is_some_and(|code| code != 0) {
            return Err(format!("{}\nthe server said:\n{}", ended.lines.join("\n"), self.server.output()));
        }
        Ok(ended)
    }

    /// A life that ends asleep; what the firmware said.
    ///
    /// # Errors
    /// The same, where it does not.
    pub fn whole(&mut self) -> Result<Vec<String>, String> {
        let ended = self.live(LIMIT, |_| false)?;
        if ended.code == Some(0) { Ok(ended.lines) } else { Err(format!("too slow:\n{}", ended.lines.join("\n"))) }
    }

    /// What the flash holds.
    #[must_use]
    pub fn flash(&self) -> Vec<u8> {
        fs::read(&self.flash).unwrap_or_default()
    }

    /// Puts something else into the flash: an old copy.
    ///
    /// # Errors
    /// The file system's.
    pub fn restore(&self, contents: &[u8]) -> Result<(), String> {
        fs::write(&self.flash, contents).map_err(|error| error.to_string())
    }

    /// Whether a slot is half written: its number is missing, and it is not erased.
    fn is_torn(&self) -> bool {
        const NUMBER: std::ops::Range<usize> = 272..280;
        self.flash().chunks(FLASH / 2).any(|slot| {
            slot.get(NUMBER).is_some_and(|number| number == [0xff; 8]) && slot.iter().any(|byte| *byte != 0xff)
        })
    }

    /// One life, cut short at a random time, or a moment after any line, or while the flash is written.
    fn life(&mut self, random: &mut Random) -> Result<Ended, String> {
        if random.below(3) == 0 {
            return self.live(Duration::from_millis(random.below(LIFE)), |_| false);
        }
        let (storing, moment) = (random.below(2) == 0, Duration::from_micros(random.below(3_000)));
        let mut left = 1 + random.below(if storing { STORES } else { LINES });
        self.live(LIMIT, |line| {
            if !storing || line == "@store" {
                left = left.saturating_sub(1);
            }
            left == 0 && wait(moment)
        })
    }

    /// Kills the board `kills` times, and lets it live on each time; and once more, whole.
    ///
    /// # Errors
    /// A number that came twice, or a life that ended in an error of its own.
    pub fn kills(&mut self, kills: u32) -> Result<Tally, String> {
        let mut random = Random::new(self.seed);
        let mut tally = Tally::default();
        while tally.kills < kills {
            let ended = self.life(&mut random)?;
            tally.kills += u32::from(ended.code.is_none());
            tally.torn += u32::from(ended.code.is_none() && self.is_torn());
            tally.count(&ended.lines);
            if let Some(twice) = self.server.repeated() {
                return Err(format!("{twice:?} came twice, {tally:?}\n{}", ended.lines.join("\n")));
            }
        }
        let last = self.whole()?;
        tally.count(&last);
        tally.records = self.server.records().len();
        match self.server.repeated() {
            None => Ok(tally),
            Some(twice) => Err(format!("{twice:?} came twice, {tally:?}\n{}", last.join("\n"))),
        }
    }
}

impl Tally {
    fn count(&mut self, lines: &[String]) {
        for line in lines {
            let counter = match line.as_str() {
                "@woke" => &mut self.woke,
                "@woke deaf" => &mut self.deaf,
                "@stale" => &mut self.refused,
                "@handshake" => &mut self.handshakes,
                "@exchange" => &mut self.exchanges,
                "@asleep" => &mut self.asleep,
                line if line.starts_with("@refused") => &mut self.refused,
                _ => continue,
            };
            *counter += 1;
        }
    }
}

/// Waits to the microsecond. True.
fn wait(moment: Duration) -> bool {
    let start = Instant::now();
    while start.elapsed() < moment {
        std::hint::spin_loop();
    }
    true
}

/// What can be said on the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How often the power fails, with a counter against old copies and without
    #[arg(long, default_value_t = 200)]
    pub kills: u32,
    /// Where the random numbers start
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Runs the campaign.
///
/// # Errors
/// The first number that came twice, or what else went wrong.
pub fn run(options: &Options) -> Result<(), String> {
    for counter in [true, false] {
        let start = Instant::now();
        let tally = Bench::new(&format!("power-{counter}"), counter, options.seed)?.kills(options.kills)?;
        let counter = if counter { "with" } else { "without" };
        println!("seed {}, {counter} a counter: {tally:?} in {:.1} s", options.seed, start.elapsed().as_secs_f32());
    }
    Ok(())
}
