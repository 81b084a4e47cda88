//! What a fuzzer's bytes decide, one step after the other.

use arbitrary::Unstructured;

/// Decisions, until the bytes are used up.
pub(super) struct Script<'a>(Unstructured<'a>);

impl<'a> Script<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    /// The next step; `None`: the script is over.
    pub(super) fn step(&mut self) -> Option<u8> {
        if self.0.is_empty() { None } else { self.0.arbitrary().ok() }
    }

    /// A byte; 0 behind the end.
    pub(super) fn byte(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or(0)
    }

    /// Two bytes.
    pub(super) fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// Up to `most` bytes, as many as a byte says.
    pub(super) fn bytes(&mut self, most: usize) -> &'a [u8] {
        let len = usize::from(self.byte()).min(most).min(self.0.len());
        self.0.bytes(len).unwrap_or_default()
    }
}
