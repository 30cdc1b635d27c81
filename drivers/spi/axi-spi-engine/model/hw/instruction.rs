// SPDX-License-Identifier: GPL-2.0

//! The instructions, as the hardware decodes them.

use super::{
    bits,
    version::{
        config_register,
        Version, //
    }, //
};

/// A decoded instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instruction {
    /// Clock so many words.
    Transfer { read: bool, write: bool, words: u16 },
    /// Set the chip select pattern after `t` delays.
    ChipSelect { t: u8, pattern: u8 },
    /// Write a config register.
    Config { register: ConfigRegister, value: u8 },
    /// Report an id.
    Sync(u8),
    /// Wait.
    Sleep(u8),
    /// Set the inversion of the chip select pins.
    Invert(u8),
    /// An opcode without a meaning.
    Nothing,
}

/// What a CONFIG instruction writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConfigRegister {
    Divider,
    Mode,
    Bits,
    SdiMask,
    SdoMask,
    None,
}

impl ConfigRegister {
    fn new(version: Version, instruction: u16) -> Self {
        match config_register(version, instruction) {
            0 => Self::Divider,
            1 => Self::Mode,
            2 => Self::Bits,
            3 if version.has_lane_masks() => Self::SdiMask,
            4 => Self::SdoMask,
            _ => Self::None,
        }
    }
}

impl Instruction {
    /// Decodes a command word. Bit 15 means nothing; before 1.02 bit 14 neither (R14).
    pub(super) fn decode(version: Version, word: u16) -> Self {
        let opcode_mask = if version.has_cs_inversion() { 7 } else { 3 };
        let [argument, high] = word.to_le_bytes();
        let flag = |bit: u8| (high >> bit) & 1 == 1;

        match (high >> 4) & opcode_mask {
            0 => Self::Transfer {
                read: flag(1),
                write: flag(0),
                words: u16::from(argument) + 1,
            },
            1 => Self::ChipSelect {
                t: high & 3,
                pattern: argument,
            },
            2 => Self::Config {
                register: ConfigRegister::new(version, word),
                value: argument,
            },
            3 if flag(0) => Self::Sleep(argument),
            3 => Self::Sync(argument),
            4 => Self::Invert(argument),
            _ => Self::Nothing,
        }
    }
}

/// The id in a command word if that is a SYNC.
pub(super) fn sync_id(version: Version, word: u32) -> Option<u8> {
    match Instruction::decode(version, bits::half(word)) {
        Instruction::Sync(id) => Some(id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_where_the_documentation_says() {
        let decode = |word| Instruction::decode(Version::V2_00, word);

        assert_eq!(
            decode(0x03ff),
            Instruction::Transfer {
                read: true,
                write: true,
                words: 256
            }
        );
        assert_eq!(
            decode(0x8100),
            Instruction::Transfer {
                read: false,
                write: true,
                words: 1
            }
        );
        assert_eq!(
            decode(0x12fe),
            Instruction::ChipSelect {
                t: 2,
                pattern: 0xfe
            }
        );
        assert_eq!(decode(0x30aa), Instruction::Sync(0xaa));
        assert_eq!(decode(0x3107), Instruction::Sleep(7));
        assert_eq!(decode(0x4003), Instruction::Invert(3));
        assert_eq!(decode(0x5000), Instruction::Nothing);
    }

    #[test]
    fn config_registers_alias_before_2_00() {
        let decode = |version, word| match Instruction::decode(version, word) {
            Instruction::Config { register, .. } => register,
            other => panic!("{other:?}"),
        };
        let table = [
            (0x2001, ConfigRegister::Divider, ConfigRegister::Divider),
            (0x2100, ConfigRegister::Mode, ConfigRegister::Mode),
            (0x2208, ConfigRegister::Bits, ConfigRegister::Bits),
            (0x2301, ConfigRegister::None, ConfigRegister::SdiMask),
            (0x2401, ConfigRegister::Divider, ConfigRegister::SdoMask),
        ];

        for (word, old, new) in table {
            assert_eq!(decode(Version::V1_05, word), old);
            assert_eq!(decode(Version::V2_00, word), new);
        }
    }

    #[test]
    fn inversion_is_a_transfer_before_1_02() {
        let transfer = Instruction::Transfer {
            read: false,
            write: false,
            words: 2,
        };

        assert_eq!(Instruction::decode(Version::V1_01, 0x4001), transfer);
        assert_eq!(
            Instruction::decode(Version::V1_02, 0x4001),
            Instruction::Invert(1)
        );
    }
}
