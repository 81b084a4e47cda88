//! A body to upload.

use stint_coap::Source;

/// A body of 200 bytes.
pub struct Numbers;

impl Source for Numbers {
    fn read(&mut self, _key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let left = 200usize.saturating_sub(offset as usize);
        let len = left.min(out.len());
        out.iter_mut().take(len).enumerate().for_each(|(at, byte)| *byte = offset as u8 + at as u8);
        Some((len, left > len))
    }
}
