//! The branches of Thumb code: what calls what.
//!
//! Only branches and the loading of addresses are decoded, so this is short, and needs no disassembler on the machine; the encodings are those of the
//! Armv7-M reference manual, A7.7, of which Armv6-M has a part. Where code ends and literal pools begin, the mapping symbols tell (AAELF32, 5.5.5).

/// A reference to an address in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Where it stands.
    pub(super) from: u64,
    /// What it points to.
    pub(super) to: u64,
    /// Whether it is a branch; else the address was loaded, to be called by register.
    pub(super) branch: bool,
}

/// All references in `code`, which starts at `address` and holds instructions alone.
pub(super) fn in_code(address: u64, code: &[u8]) -> Vec<Reference> {
    let halves: Vec<u32> = code.chunks_exact(2).map(|half| u32::from(u16::from_le_bytes([half[0], half[1]]))).collect();
    let (mut at, mut found) = (0, Vec::new());
    // The lower half of an address, by register, until its upper half is loaded.
    let mut lower = [None; 16];
    while let Some(&first) = halves.get(at) {
        let from = address + 2 * at as u64;
        let wide = first >> 11 >= 0b11101;
        at += if wide { 2 } else { 1 };
        let second = if wide { halves.get(at - 1).copied().unwrap_or(0) } else { 0 };
        let offset = if wide { wide_branch(first, second) } else { narrow_branch(first) };
        if let Some(offset) = offset {
            found.push(Reference { from, to: from.wrapping_add(4).wrapping_add_signed(offset), branch: true });
        } else if wide && let Some((top, register, value)) = half_load(first, second) {
            match (top, &mut lower[register]) {
                (false, lower) => *lower = Some(value),
                (true, lower) => {
                    let to = lower.take().map(|lower| u64::from(value << 16 | lower));
                    found.extend(to.map(|to| Reference { from, to: to & !1, branch: false }));
                }
            }
        }
    }
    found
}

/// All words of a literal pool that may be addresses of code: those of functions are odd.
pub(super) fn in_pool(address: u64, pool: &[u8]) -> Vec<Reference> {
    let skip = (address.wrapping_neg() & 3) as usize;
    let words = pool.get(skip..).unwrap_or_default().chunks_exact(4).enumerate();
    let words = words.map(|(index, word)| (index, u64::from(u32::from_le_bytes([word[0], word[1], word[2], word[3]]))));
    let odd = words.filter(|(_, word)| word & 1 == 1);
    odd.map(|(index, word)| Reference { from: address + (skip + 4 * index) as u64, to: word & !1, branch: false })
        .collect()
}

/// The offset of a branch of 16 bits: B (T1, T2), CBZ and CBNZ.
fn narrow_branch(half: u32) -> Option<i64> {
    match half >> 12 {
        // Conditions 14 and 15 are UDF and SVC.
        0b1101 if half >> 9 & 7 != 7 => Some(signed((half & 0xff) << 1, 9)),
        0b1110 if half >> 11 & 1 == 0 => Some(signed((half & 0x7ff) << 1, 12)),
        0b1011 if half >> 8 & 0b101 == 1 => Some(i64::from(half >> 3 & 0x40 | half >> 2 & 0x3e)),
        _ => None,
    }
}

/// The offset of a branch of 32 bits: BL (T1), B.W (T3, T4).
fn wide_branch(first: u32, second: u32) -> Option<i64> {
    if first >> 11 != 0b11110 || second >> 15 == 0 {
        return None;
    }
    let (sign, j1, j2) = (first >> 10 & 1, second >> 13 & 1, second >> 11 & 1);
    let low = (second & 0x7ff) << 1;
    match (second >> 14 & 1, second >> 12 & 1) {
        (0, 0) if first >> 7 & 7 == 7 => None,
        (0, 0) => Some(signed(sign << 20 | j2 << 19 | j1 << 18 | (first & 0x3f) << 12 | low, 21)),
        (_, 1) => {
            let (i1, i2) = (j1 ^ sign ^ 1, j2 ^ sign ^ 1);
            Some(signed(sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3ff) << 12 | low, 25))
        }
        _ => None,
    }
}

/// What MOVW (T3) or MOVT (T1) loads: whether the upper half, into which register, and the 16 bits.
fn half_load(first: u32, second: u32) -> Option<(bool, usize, u32)> {
    let top = match first & 0xfbf0 {
        0xf240 => false,
        0xf2c0 => true,
        _ => return None,
    };
    let value = (first & 0xf) << 12 | (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xff;
    (second >> 15 == 0).then_some((top, (second >> 8 & 0xf) as usize, value))
}

fn signed(value: u32, bits: u32) -> i64 {
    i64::from((value << (32 - bits)).cast_signed() >> (32 - bits))
}

#[cfg(test)]
mod tests {
    use super::{Reference, in_code, in_pool};

    fn targets(code: &[u16]) -> Vec<(u64, u64)> {
        let bytes: Vec<u8> = code.iter().flat_map(|half| half.to_le_bytes()).collect();
        in_code(0x1000, &bytes).iter().map(|found| (found.from, found.to)).collect()
    }

    /// Each as an assembler writes it, at 0x1000.
    #[test]
    fn every_branch_is_decoded() {
        assert_eq!(targets(&[0xe7fe]), [(0x1000, 0x1000)], "b .");
        assert_eq!(targets(&[0xe002]), [(0x1000, 0x1008)], "b .+8");
        assert_eq!(targets(&[0xd0fd]), [(0x1000, 0xffe)], "beq .-2");
        assert_eq!(targets(&[0xb118]), [(0x1000, 0x100a)], "cbz r0, .+10");
        assert_eq!(targets(&[0xbb00]), [(0x1000, 0x1044)], "cbnz r0, .+68");
        assert_eq!(targets(&[0xf7ff, 0xfff9]), [(0x1000, 0xff6)], "bl .-10");
        assert_eq!(targets(&[0xf002, 0xf814]), [(0x1000, 0x302c)], "bl .+0x202c");
        assert_eq!(targets(&[0xf001, 0xb800]), [(0x1000, 0x2004)], "b.w .+0x1004");
        assert_eq!(targets(&[0xf43f, 0xaffe]), [(0x1000, 0x1000)], "beq.w .");
        assert_eq!(targets(&[0xf241, 0x2035, 0xf2c0, 0x0001]), [(0x1004, 0x1_1234)], "movw r0; movt r0");
    }

    #[test]
    fn what_is_no_branch_is_passed_over_by_its_length() {
        // svc 0; udf 0; ldr.w r0, [r1]; dsb; push; pop; then b .
        let code = [0xdf00, 0xde00, 0xf8d1, 0x0000, 0xf3bf, 0x8f4f, 0xb510, 0xbd10, 0xe7fe];
        assert_eq!(targets(&code), [(0x1010, 0x1010)]);
    }

    #[test]
    fn a_pool_is_read_by_aligned_words() {
        let found = in_pool(0x1002, &[0xff, 0xff, 0x35, 0x12, 0, 0, 0x34, 0x12, 0, 0]);
        assert_eq!(found, [Reference { from: 0x1004, to: 0x1234, branch: false }]);
    }
}
