//! How deep the stack grew: paint what is free, run, look where the paint ends.
//!
//! cortex-m-rt paints all of it before `main` (its feature `paint-stack`); `repaint` does so again, for a step's own figure.

unsafe extern "C" {
    // Set by cortex-m-rt's linker script: where the stack's memory ends (its lowest address) and where it starts.
    static _stack_end: u32;
    static _stack_start: u32;
}

/// The word that cortex-m-rt paints with.
const PAINT: u32 = 0xcccc_cccc;

/// Bytes below the stack pointer that are left alone: `repaint`'s own frame lies there, and an interrupt's may.
const MARGIN: usize = 64;

/// Paints what is free below the present frame. Returns the stack's depth here, in bytes.
#[inline(never)]
pub fn repaint() -> usize {
    let mark = pointer();
    let mut at = lowest();
    while at < mark - MARGIN {
        // SAFETY: from the stack's lowest word up to a margin below this frame: nothing lives there, and interrupts only grow down from here,
        // finished before this loop goes on. The compiler does not know of this memory.
        unsafe { (at as *mut u32).write_volatile(PAINT) };
        at += 4;
    }
    highest() - mark
}

/// The deepest that the stack has been since it was painted, in bytes from its start.
#[inline(never)]
pub fn high_water() -> usize {
    let mut at = lowest();
    // SAFETY: within the stack's memory, aligned, and read only.
    while at < highest() && unsafe { (at as *const u32).read_volatile() } == PAINT {
        at += 4;
    }
    highest() - at
}

/// Bytes of the stack that are looked at: all of it on a small board; of megabytes, more than any step uses.
const WATCHED: usize = 48 * 1024;

fn lowest() -> usize {
    let end = (&raw const _stack_end) as usize;
    end.max(highest().saturating_sub(WATCHED))
}

fn highest() -> usize {
    (&raw const _stack_start) as usize
}

/// The stack pointer of the caller, near enough: the address of a local.
#[inline(always)]
fn pointer() -> usize {
    let local = 0u32;
    (&raw const local) as usize & !3
}
