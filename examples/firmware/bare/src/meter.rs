//! Instructions and stack of a call.
//!
//! Under QEMU with `-icount shift=7` an instruction takes 128 ns of virtual time and the timers tick at 25 MHz, so 3.2 ticks are one instruction:
//! instructions, not cycles.

unsafe extern "C" {
    static _stack_end: u32;
}

const TIMER: usize = 0x4000_0000;
const PAINT: u32 = 0xcccc_cccc;

fn value() -> u32 {
    // SAFETY: the current value of CMSDK timer 0, where the application notes have it.
    unsafe { ((TIMER + 4) as *const u32).read_volatile() }
}

/// Starts the timer: counts down from the top, for 1.3 G instructions.
pub fn start() {
    // SAFETY: reload, value and control of CMSDK timer 0.
    unsafe {
        ((TIMER + 8) as *mut u32).write_volatile(u32::MAX);
        ((TIMER + 4) as *mut u32).write_volatile(u32::MAX);
        (TIMER as *mut u32).write_volatile(1);
    }
}

/// What calls took.
#[derive(Clone, Copy)]
pub struct Meter {
    /// Instructions, summed up.
    pub instructions: usize,
    /// Bytes of stack below the caller's frame, at the deepest.
    pub stack: usize,
}

impl Meter {
    /// Nothing yet.
    pub const NEW: Self = Self { instructions: 0, stack: 0 };

    /// Runs `call` and adds what it took.
    #[inline(never)]
    pub fn run<T>(&mut self, call: impl FnOnce() -> T) -> T {
        paint();
        let local = 0u32;
        let top = (&raw const local) as usize & !3;
        let before = value();
        let result = called(call);
        let ticks = before.wrapping_sub(value());
        self.instructions += ((u64::from(ticks) * 5) >> 4) as usize;
        self.stack = self.stack.max(top.saturating_sub(deepest()));
        result
    }

    /// Adds what another call took.
    pub fn add(&mut self, other: &Self) {
        self.instructions += other.instructions;
        self.stack = self.stack.max(other.stack);
    }
}

/// A frame of its own, so that what `call` holds on the stack counts.
#[inline(never)]
fn called<T>(call: impl FnOnce() -> T) -> T {
    call()
}

/// Paints the stack below this frame.
#[inline(never)]
fn paint() {
    let local = 0u32;
    let top = (&raw const local) as usize & !3;
    let mut at = (&raw const _stack_end) as usize;
    while at < top - 32 {
        // SAFETY: from the stack's end up to a margin below this frame, which holds these three words; no interrupt is on.
        unsafe { (at as *mut u32).write_volatile(PAINT) };
        at += 4;
    }
}

/// The lowest address where the paint is gone.
#[inline(never)]
fn deepest() -> usize {
    let mut at = (&raw const _stack_end) as usize;
    // SAFETY: within the stack, aligned, read only; what `paint` left alone ends the loop.
    while unsafe { (at as *const u32).read_volatile() } == PAINT {
        at += 4;
    }
    at
}
