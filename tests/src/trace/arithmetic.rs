//! Instructions whose time depends on what they calculate with.
//!
//! On a Cortex-M3 these are the multiplications with 64 bits of result and the divisions (its Technical Reference Manual, instruction set summary); from Cortex-M4 on
//! the divisions alone. Armv6-M has neither: there the compiler calls its library.

use crate::panics::{Piece, pieces, symbols};
use std::path::Path;

/// Whether an image holds such an instruction, or such a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Multiplications with 64 bits of result: their addresses.
    pub wide: Vec<u64>,
    /// Divisions: their addresses.
    pub divisions: Vec<u64>,
    /// Functions of the compiler's library that multiply or divide.
    pub called: Vec<String>,
}

/// The compiler's functions (Run-time ABI for the Arm Architecture, 4.2 and 4.3.1), and what they are called elsewhere.
const FUNCTIONS: [&str; 12] = [
    "__aeabi_lmul",
    "__aeabi_llmul",
    "__muldi3",
    "__multi3",
    "__aeabi_uidiv",
    "__aeabi_idiv",
    "__aeabi_uldivmod",
    "__aeabi_ldivmod",
    "__udivsi3",
    "__divsi3",
    "__udivmoddi4",
    "__umodsi3",
];

/// Reads an image.
///
/// # Errors
/// It cannot be read, or does not say what of its text is code.
pub fn search(elf: &Path) -> Result<Found, String> {
    let bytes = std::fs::read(elf).map_err(|error| format!("{}: {error}", elf.display()))?;
    let file = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", elf.display()))?;
    let mut found = Found::default();
    for Piece { address, code, bytes } in pieces(&file)? {
        if code {
            scan(address, bytes, &mut found);
        }
    }
    found.called = symbols(elf)?.into_iter().filter(|name| FUNCTIONS.iter().any(|part| name.contains(part))).collect();
    Ok(found)
}

/// Armv7-M Architecture Reference Manual, A5.3.17: "long multiply, long multiply accumulate, and divide".
fn scan(address: u64, code: &[u8], found: &mut Found) {
    let halves: Vec<u16> = code.chunks_exact(2).map(|half| u16::from_le_bytes([half[0], half[1]])).collect();
    let mut at = 0;
    while let Some(first) = halves.get(at) {
        let place = address + 2 * at as u64;
        if first & 0xff80 == 0xfb80 {
            // op1 is odd for SDIV (001) and UDIV (011), even for the others.
            let divides = first >> 4 & 0b101 == 0b001;
            (if divides { &mut found.divisions } else { &mut found.wide }).push(place);
        }
        at += if first >> 11 >= 0b11101 { 2 } else { 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each as an assembler writes it, at 0x1000.
    #[test]
    fn an_instruction_is_taken_for_another() {
        let found = |code: &[u16]| {
            let bytes: Vec<u8> = code.iter().flat_map(|half| half.to_le_bytes()).collect();
            let mut found = Found::default();
            scan(0x1000, &bytes, &mut found);
            (found.wide, found.divisions)
        };
        // nop; then umull, smull, umlal, smlal, umaal r0, r1, r2, r3
        for (first, second) in
            [(0xfba2, 0x0103), (0xfb82, 0x0103), (0xfbe2, 0x0103), (0xfbc2, 0x0103), (0xfbe2, 0x0163)]
        {
            assert_eq!(found(&[0xbf00, first, second]), (vec![0x1002], vec![]), "{first:#x} {second:#x}");
        }
        // udiv, sdiv r0, r1, r2
        assert_eq!(found(&[0xfbb1, 0xf0f2]), (vec![], vec![0x1000]));
        assert_eq!(found(&[0xfb91, 0xf0f2]), (vec![], vec![0x1000]));
        // muls r0, r1; mul, mla, smulbb r0, r1, r2; a second half that looks like a first
        assert_eq!(found(&[0x4348, 0xfb01, 0xf002, 0xfb01, 0x3002, 0xfb11, 0xf002]), (vec![], vec![]));
        assert_eq!(found(&[0xf8df, 0xfba2, 0xbf00]), (vec![], vec![]));
    }
}
