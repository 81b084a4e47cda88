//! CRC-32 as in IEEE 802.3, gzip and PNG (reflected polynomial 0xedb88320), bit by bit: a blob is read once a boot,
//! and a table would cost a kilobyte of flash.

/// A running CRC-32.
pub(crate) struct Crc(u32);

impl Crc {
    pub(crate) fn new() -> Self {
        Crc(0xffff_ffff)
    }

    pub(crate) fn update(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            for _ in 0..8 {
                let mask = (self.0 & 1).wrapping_neg();
                self.0 = (self.0 >> 1) ^ (0xedb8_8320 & mask);
            }
        }
        self
    }

    pub(crate) fn finish(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_value_of_the_published_catalogue() {
        assert_eq!(super::Crc::new().update(b"123456789").finish(), 0xcbf4_3926);
    }
}
