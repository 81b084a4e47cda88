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

    /// Runs `call` and adds what it took, less what an empty one takes.
    #[inline(never)]
    pub fn run<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let local = 0u32;
        let top = (&raw const local) as usize & !3;
        let bottom = (&raw const _stack_end) as usize;
        let mut at = bottom;
        while at < top - 48 {
            // SAFETY: from the stack's end up to a margin below this frame, where nothing lives; no interrupt is on.
            unsafe { (at as *mut u32).write_volatile(PAINT) };
            at += 4;
        }
        let before = value();
        let result = call();
        let ticks = before.wrapping_sub(value());
        at = bottom;
        // SAFETY: within the stack, aligned, read only.
        while at < top && unsafe { (at as *const u32).read_volatile() } == PAINT {
            at += 4;
        }
        self.instructions += (ticks * 5 / 16) as usize;
        self.stack = self.stack.max(top - at);
        result
    }
}
