//! What the lab loads into memory beside an image: how many bytes follow (4, big-endian), and the bytes.

/// A place for it.
#[derive(Debug)]
pub struct Loaded {
    at: *const u8,
    room: usize,
}

impl Loaded {
    /// The place of `room` bytes at `at`.
    ///
    /// # Safety
    /// It is memory, at least the length is loaded there before the image starts, and nothing writes there.
    #[must_use]
    pub const unsafe fn new(at: *const u8, room: usize) -> Self {
        Self { at, room }
    }

    /// What was loaded, as much of it as there is room for.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: as `new` asks.
        unsafe {
            let len = self.at.cast::<[u8; 4]>().read_volatile();
            let len = (u32::from_be_bytes(len) as usize).min(self.room.saturating_sub(4));
            core::slice::from_raw_parts(self.at.add(4), len)
        }
    }
}
