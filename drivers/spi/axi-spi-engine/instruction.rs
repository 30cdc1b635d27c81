// SPDX-License-Identifier: GPL-2.0

//! The instructions of the engine.

use kernel::{
    bitfield,
    prelude::*, //
};

bitfield! {
    /// An instruction, as the engine takes it. Bit 15 is ignored.
    pub(crate) struct Instruction(u16) {
        14:12   opcode;
        11:8    argument;
        /// Of a transfer: whether the words that come in are kept.
        9:9     reads => bool;
        /// Of a transfer: whether words are sent. If not, the line is idle.
        8:8     writes => bool;
        7:0     value => u8;
    }
}

const CONFIG: u16 = 2;
const MISC: u16 = 3;
const SYNC: u16 = 0;

/// What the instruction that changes a setting changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// One less than the [`Divider`](crate::timing::Divider).
    ClockDivider,
    /// See [`Mode`](crate::target::Mode).
    Mode,
    /// The length of a word, in bits.
    WordLength,
    /// The lanes that are received from. Only from version 2.00 on: others have two bits for the
    /// number of the setting, and would change another one.
    SdiLanes,
    /// The lanes that are sent to, from version 2.00 on.
    SdoLanes,
}

impl Instruction {
    /// The number of words that one transfer can have.
    pub(crate) const MAX_WORDS: u32 = 256;

    /// Runs the clock for `extra` words and one more.
    pub(crate) fn transfer(extra: u8, writes: bool, reads: bool) -> Self {
        Self::zeroed()
            .with_value(extra)
            .with_writes(writes)
            .with_reads(reads)
    }

    /// Sets the chip select lines; a 1 is an inactive line.
    pub(crate) fn chip_selects(pattern: u8) -> Self {
        Self::zeroed().with_const_opcode::<1>().with_value(pattern)
    }

    /// Changes a setting.
    pub(crate) fn set(setting: Setting, value: u8) -> Self {
        let word = Self::zeroed().with_const_opcode::<{ CONFIG }>();
        match setting {
            Setting::ClockDivider => word.with_const_argument::<0>(),
            Setting::Mode => word.with_const_argument::<1>(),
            Setting::WordLength => word.with_const_argument::<2>(),
            Setting::SdiLanes => word.with_const_argument::<3>(),
            Setting::SdoLanes => word.with_const_argument::<4>(),
        }
        .with_value(value)
    }

    /// Reports `id` when all before has been executed.
    pub(crate) fn sync(id: u8) -> Self {
        Self::zeroed()
            .with_const_opcode::<{ MISC }>()
            .with_const_argument::<{ SYNC }>()
            .with_value(id)
    }

    /// Waits; see [`Sleeping`](crate::timing::Sleeping) for how long.
    pub(crate) fn sleep(t: u8) -> Self {
        Self::zeroed()
            .with_const_opcode::<{ MISC }>()
            .with_const_argument::<1>()
            .with_value(t)
    }

    /// Sets which chip select lines are inverted, from the next [`chip_selects`] on. Only from
    /// version 1.02 on: others would take it for a transfer.
    ///
    /// [`chip_selects`]: Self::chip_selects
    pub(crate) fn invert_chip_selects(mask: u8) -> Self {
        Self::zeroed().with_const_opcode::<4>().with_value(mask)
    }
}

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST_KUNIT_TEST)]
#[kernel::macros::kunit_tests(axi_spi_engine_instruction)]
mod tests {
    use super::*;

    #[test]
    fn encoding() {
        for (instruction, word) in [
            (Instruction::transfer(0, false, false), 0x0000),
            (Instruction::transfer(255, true, false), 0x01ff),
            (Instruction::transfer(7, false, true), 0x0207),
            (Instruction::transfer(7, true, true), 0x0307),
            (Instruction::chip_selects(0xfe), 0x10fe),
            (Instruction::set(Setting::ClockDivider, 255), 0x20ff),
            (Instruction::set(Setting::Mode, 3), 0x2103),
            (Instruction::set(Setting::WordLength, 32), 0x2220),
            (Instruction::set(Setting::SdiLanes, 0x0f), 0x230f),
            (Instruction::set(Setting::SdoLanes, 0x01), 0x2401),
            (Instruction::sync(0x5a), 0x305a),
            (Instruction::sleep(254), 0x31fe),
            (Instruction::invert_chip_selects(0x81), 0x4081),
        ] {
            assert_eq!(instruction.into_raw(), word);
        }
    }
}
