//! Memory-mapped registers: the one place where the firmware reads and writes hardware.

/// A block of 32-bit registers.
pub struct Registers {
    base: usize,
}

impl Registers {
    /// The block at `base`.
    ///
    /// # Safety
    /// `base` must be the address of a device's registers that is mapped on this board, 4-byte aligned, and no other
    /// `Registers` may drive the same device.
    pub const unsafe fn new(base: usize) -> Self {
        Registers { base }
    }

    /// Reads the register at `offset` bytes.
    pub fn read(&self, offset: usize) -> u32 {
        // SAFETY: `new` was told that the block is there; drivers use the offsets of their data sheet only.
        unsafe { ((self.base + offset) as *const u32).read_volatile() }
    }

    /// Writes the register at `offset` bytes.
    pub fn write(&self, offset: usize, value: u32) {
        // SAFETY: as in `read`.
        unsafe { ((self.base + offset) as *mut u32).write_volatile(value) }
    }
}
