//! Time and instruction counts from SysTick, which every Cortex-M has.
//!
//! SysTick counts down 24 bits and would wrap within a second or two; an interrupt every 10 ms counts its rounds, and is what
//! wakes the processor for timers. Under QEMU with `-icount` the counter advances by a fixed amount an instruction, so that
//! the same counter tells instructions: these are instructions, not cycles.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;

/// Rounds of SysTick in a second.
const ROUNDS: u32 = 100;

static ROUND: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    // Not `fetch_add`: ARMv6-M has none. Nobody else writes.
    ROUND.store(ROUND.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// Hundredths of a second since the clock was started; wraps after 497 days.
pub fn rounds() -> u32 {
    ROUND.load(Ordering::Relaxed)
}

/// SysTick, running.
pub struct Clock {
    hertz: u32,
    per_instruction: Ratio,
}

/// SysTick ticks an instruction, under `-icount shift=7` (128 ns an instruction): `ticks / instructions`.
#[derive(Clone, Copy)]
pub struct Ratio {
    /// So many ticks …
    pub ticks: u32,
    /// … pass in so many instructions.
    pub instructions: u32,
}

/// A point in time, in ticks; wraps (after 5 minutes at 12.5 MHz), so that only differences mean something.
#[derive(Clone, Copy)]
pub struct Mark(u32);

impl Mark {
    /// Ticks since an earlier mark, a few minutes back at most.
    pub fn since(self, earlier: Mark) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }
}

impl Clock {
    /// Starts SysTick from a processor clock of `hertz`.
    pub fn start(mut syst: SYST, hertz: u32, per_instruction: Ratio) -> Self {
        syst.set_clock_source(SystClkSource::Core);
        syst.set_reload(hertz / ROUNDS - 1);
        syst.clear_current();
        syst.enable_counter();
        syst.enable_interrupt();
        Clock { hertz, per_instruction }
    }

    /// Time since the start. Monotonic.
    pub fn now(&self) -> Duration {
        let (round, ticks) = self.read();
        let micros = ticks.checked_div(self.hertz / 1_000_000).unwrap_or(0);
        let nanos = (round % ROUNDS) * (1_000_000_000 / ROUNDS) + micros * 1_000;
        Duration::new(u64::from(round / ROUNDS), nanos.min(999_999_999))
    }

    /// Now, for [`Clock::instructions`].
    pub fn mark(&self) -> Mark {
        let (round, ticks) = self.read();
        Mark(round.wrapping_mul(self.hertz / ROUNDS).wrapping_add(ticks))
    }

    /// The instructions that run in so many ticks.
    pub fn instructions(&self, ticks: u32) -> u32 {
        let scaled = u64::from(ticks) * u64::from(self.per_instruction.instructions);
        scaled.checked_div(u64::from(self.per_instruction.ticks)).unwrap_or(0) as u32
    }

    /// The round and the ticks that have passed in it, read so that they belong together.
    fn read(&self) -> (u32, u32) {
        loop {
            let before = ROUND.load(Ordering::Relaxed);
            let left = SYST::get_current();
            let after = ROUND.load(Ordering::Relaxed);
            if before == after {
                return (before, SYST::get_reload().wrapping_sub(left));
            }
        }
    }
}
