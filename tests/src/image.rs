//! What an ELF image takes on a device.

use object::{Object, ObjectSection, SectionFlags, SectionKind};
use std::path::Path;

/// The bytes of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// In flash: vectors, code, constants, and the initial values of variables.
    pub flash: u64,
    /// In RAM, without stack: variables, initialised or zero.
    pub ram: u64,
}

impl Size {
    /// Reads an ELF file.
    ///
    /// # Errors
    /// It cannot be read, or is no ELF file.
    pub fn read(elf: &Path) -> Result<Self, String> {
        let name = |error: &dyn std::fmt::Display| format!("{}: {error}", elf.display());
        let bytes = std::fs::read(elf).map_err(|error| name(&error))?;
        let file = object::File::parse(&*bytes).map_err(|error| name(&error))?;
        let mut size = Size::default();
        for section in file.sections() {
            let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
            if !sh_flags.contains(object::elf::SHF_ALLOC) {
                continue;
            }
            let zero = matches!(section.kind(), SectionKind::UninitializedData);
            if !zero {
                size.flash += section.size();
            }
            if sh_flags.contains(object::elf::SHF_WRITE) {
                size.ram += section.size();
            }
        }
        Ok(size)
    }
}
