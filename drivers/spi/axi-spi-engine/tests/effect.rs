// SPDX-License-Identifier: GPL-2.0

//! What an instruction means for the data that go in and out.

/// The effect of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// So many words are transferred on each lane.
    Transfer {
        words: u32,
        writes: bool,
        reads: bool,
    },
    /// Reports that all before has been executed.
    Sync(u8),
    /// From now on each word comes in on so many lanes.
    SdiLanes(u32),
    /// From now on each word goes out on so many lanes.
    SdoLanes(u32),
    /// Nothing.
    None,
}

impl Effect {
    pub(super) fn of(instruction: u16) -> Self {
        let [high, low] = instruction.to_be_bytes();

        match high {
            0x00..=0x0f => Self::Transfer {
                words: u32::from(low) + 1,
                writes: high & 1 != 0,
                reads: high & 2 != 0,
            },
            0x23 => Self::SdiLanes(low.count_ones()),
            0x24 => Self::SdoLanes(low.count_ones()),
            0x30 => Self::Sync(low),
            _ => Self::None,
        }
    }
}

#[kernel::macros::kunit_tests(axi_spi_engine_effect)]
mod suite {
    use super::*;
    use crate::instruction::{
        Instruction,
        Setting, //
    };

    #[test]
    fn of_instructions() {
        for (instruction, effect) in [
            (
                Instruction::transfer(255, true, false),
                Effect::Transfer {
                    words: 256,
                    writes: true,
                    reads: false,
                },
            ),
            (
                Instruction::transfer(0, false, true),
                Effect::Transfer {
                    words: 1,
                    writes: false,
                    reads: true,
                },
            ),
            (Instruction::sync(9), Effect::Sync(9)),
            (
                Instruction::set(Setting::SdiLanes, 0x0f),
                Effect::SdiLanes(4),
            ),
            (
                Instruction::set(Setting::SdoLanes, 0x82),
                Effect::SdoLanes(2),
            ),
            (Instruction::set(Setting::Mode, 3), Effect::None),
            (Instruction::sleep(1), Effect::None),
            (Instruction::chip_selects(0xff), Effect::None),
            (Instruction::invert_chip_selects(3), Effect::None),
        ] {
            assert_eq!(Effect::of(instruction.into_raw()), effect);
        }
    }
}
