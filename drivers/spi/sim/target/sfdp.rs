// SPDX-License-Identifier: GPL-2.0

//! The description that a flash gives of itself (JESD216B, Serial Flash Discoverable Parameters).

/// The header, the header of the one table, and that table.
const WORDS: usize = 4 + TABLE_WORDS;
const TABLE_WORDS: usize = 16;

/// What a flash answers to "read SFDP".
pub(super) struct Sfdp([u32; WORDS]);

impl Sfdp {
    /// Describes a flash of `size` bytes, which is a power of two and at most 16 MiB, so that its
    /// number of bits fits.
    pub(super) fn new(size: usize) -> Self {
        let bits = u32::try_from(size).unwrap_or(0).saturating_mul(8);

        Self([
            // "SFDP"
            0x5044_4653,
            // Revision 1.6, one parameter header.
            0xff00_0106,
            // The basic table, revision 1.6, 16 words ...
            0x1001_0600,
            // ... that begin at byte 16.
            0xff00_0010,
            // Erase of 4 KiB by 20h; bytes can be programmed in any number; three bytes of address;
            // reads 1-1-2 and 1-1-4.
            0xff41_20e5,
            // Number of bits, less one.
            bits.wrapping_sub(1),
            // 1-4-4: none. 1-1-4: 6bh, 8 clocks between address and data.
            0x6b08_0000,
            // 1-1-2: 3bh, 8 clocks. 1-2-2: none.
            0x0000_3b08,
            // 2-2-2, 4-4-4: none.
            0xffff_ffee,
            0x0000_ffff,
            0x0000_ffff,
            // Erase of 2^12 bytes by 20h and of 2^16 by d8h.
            0xd810_200c,
            0x0000_0000,
            // Typical times of erase: unknown.
            0x0000_0000,
            // Pages of 2^8 bytes.
            0x0000_0080,
            // No suspend.
            0x0000_0000,
            0x0000_0000,
            // No deep power down; the status register tells of being busy.
            0x8000_0004,
            // Nothing has to be enabled for four lines.
            0x0000_0000,
            // Reset by 66h 99h.
            0x0000_1000,
        ])
    }

    /// Returns the byte at an address; there are ones behind the end.
    pub(super) fn byte(&self, address: usize) -> u8 {
        self.0
            .get(address / 4)
            .map_or(0xff, |word| word.to_le_bytes()[address % 4])
    }
}
