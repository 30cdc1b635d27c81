// SPDX-License-Identifier: GPL-2.0

//! Parts of words, without casts.

/// The low 8 bits.
pub(super) const fn byte(value: u32) -> u8 {
    value.to_le_bytes()[0]
}

/// The low 16 bits.
pub(super) const fn half(value: u32) -> u16 {
    let [low, high, ..] = value.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// A mask of the low `bits` bits, 32 at most.
pub(super) const fn mask(bits: u32) -> u32 {
    match u32::MAX.checked_shr(32u32.saturating_sub(bits)) {
        Some(mask) => mask,
        None => 0,
    }
}

/// `value` moved up by `bits`; nothing is left of it from 32 on.
pub(super) const fn up(value: u32, bits: u32) -> u32 {
    match value.checked_shl(bits) {
        Some(value) => value,
        None => 0,
    }
}

/// `value` moved down by `bits`; nothing is left of it from 32 on.
pub(super) const fn down(value: u32, bits: u32) -> u32 {
    match value.checked_shr(bits) {
        Some(value) => value,
        None => 0,
    }
}

/// Whether lane or chip select `index` is in a mask.
pub(super) const fn has(mask: u8, index: usize) -> bool {
    index < 8 && (mask >> index) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_shifts_have_no_upper_limit() {
        assert_eq!(
            [mask(0), mask(1), mask(31), mask(32)],
            [0, 1, 0x7fff_ffff, u32::MAX]
        );
        assert_eq!([up(3, 1), up(3, 32), down(6, 1), down(6, 40)], [6, 0, 3, 0]);
        assert_eq!((byte(0x12_34_56), half(0x12_34_56)), (0x56, 0x3456));
        assert!(has(0b100, 2) && !has(0b100, 1) && !has(0xff, 8));
    }
}
