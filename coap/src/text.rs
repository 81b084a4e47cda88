//! Text written into a caller's buffer.

use core::fmt;

/// A lent buffer as a [`fmt::Write`]: for what is displayed, or written piece by piece, where there is no heap. What does not fit whole is
/// an error, and what was written before stays.
///
/// ```
/// use core::fmt::Write;
/// let mut buffer = [0; 16];
/// let mut text = stint_coap::TextBuffer::new(&mut buffer);
/// write!(text, "{}", stint_coap::Code::CONTENT).unwrap();
/// assert_eq!(text.as_str(), "2.05 Content");
/// assert!(text.write_str("too long").is_err());
/// ```
#[derive(Debug)]
pub struct TextBuffer<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl<'o> TextBuffer<'o> {
    /// An empty text in `out`.
    #[must_use]
    pub const fn new(out: &'o mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    /// What was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.out.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }

    /// What was written, for as long as the buffer is lent.
    #[must_use]
    pub fn into_text(self) -> &'o str {
        core::str::from_utf8(self.out.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Write for TextBuffer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.out.get_mut(self.len..).and_then(|rest| rest.get_mut(..text.len())).ok_or(fmt::Error)?;
        room.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        self.len = self.len.wrapping_add(text.len());
        Ok(())
    }
}
