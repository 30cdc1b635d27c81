// SPDX-License-Identifier: GPL-2.0

//! The versions of the core, and in what they differ.

use super::bits;

/// A version of the core. Each stands for the last release of its minor number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 1.00.71 as in the releases up to 2022: another timing, and a trigger by level.
    V1_00Release2022,
    /// 1.00.71 as of March 2024.
    V1_00,
    /// 1.01.71: the sizes of the FIFOs can be read.
    V1_01,
    /// 1.02.01: chip selects can be inverted.
    V1_02,
    /// 1.03.01: SDO's idle level can be set.
    V1_03,
    /// 1.04.01, with the arbitrating interconnect.
    V1_04,
    /// 1.05.04: the offload needs no SYNC.
    V1_05,
    /// 2.00.00: as many SDO as SDI lanes, with masks.
    V2_00,
}

/// When the execution engine takes a word from the SDO stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefetch {
    /// When it is sent.
    Never,
    /// One word ahead, always.
    Always,
    /// One word ahead while the last instruction is a TRANSFER, or the offload runs.
    InTransfer,
}

impl Version {
    /// All of them, the oldest first.
    pub const ALL: [Self; 8] = [
        Self::V1_00Release2022,
        Self::V1_00,
        Self::V1_01,
        Self::V1_02,
        Self::V1_03,
        Self::V1_04,
        Self::V1_05,
        Self::V2_00,
    ];

    /// The content of the register: major, minor, and the patch number in 8 bits.
    pub const fn register(self) -> u32 {
        match self {
            Self::V1_00Release2022 | Self::V1_00 => 0x01_0071,
            Self::V1_01 => 0x01_0171,
            Self::V1_02 => 0x01_0201,
            Self::V1_03 => 0x01_0301,
            Self::V1_04 => 0x01_0401,
            Self::V1_05 => 0x01_0504,
            Self::V2_00 => 0x02_0000,
        }
    }

    /// The sizes of FIFOs and offload memories can be read.
    pub(super) fn has_sizes(self) -> bool {
        self >= Self::V1_01
    }

    /// The opcode has three bits; the fourth instruction inverts chip selects.
    pub(super) fn has_cs_inversion(self) -> bool {
        self >= Self::V1_02
    }

    /// Bit 3 of the mode sets SDO's idle level.
    pub(super) fn has_idle_level(self) -> bool {
        self >= Self::V1_03
    }

    /// Config registers have three bits for their number, there are masks for lanes, SDI words
    /// go lane by lane through the FIFO, and its level has a counter of its own.
    pub(super) fn has_lane_masks(self) -> bool {
        self >= Self::V2_00
    }

    /// SLEEP 255 never ends (R1).
    pub(super) fn sleep_255_hangs(self) -> bool {
        (Self::V1_03..=Self::V1_05).contains(&self)
    }

    /// A TRANSFER of more than one word of DATA_WIDTH bits never ends (R9).
    pub(super) fn full_width_hangs(self) -> bool {
        matches!(self, Self::V1_03 | Self::V1_04)
    }

    /// A word of one bit never ends (R15).
    pub(super) fn one_bit_hangs(self) -> bool {
        self <= Self::V1_04
    }

    /// A word of one bit is received wrong without a divider (R15).
    pub(super) fn one_bit_is_wrong_at_full_speed(self) -> bool {
        self == Self::V2_00
    }

    /// The words of the SDO memory are empty when there are as many as fit (R8).
    pub(super) fn full_memory_is_empty(self) -> bool {
        self >= Self::V1_04
    }

    /// An offload program of one command runs on through the whole memory (R10).
    pub(super) fn short_program_runs_away(self) -> bool {
        self >= Self::V1_05
    }

    /// The interconnect gives the engine to one side until its SYNC; later it is a multiplexer.
    pub(super) fn arbitrates(self) -> bool {
        self <= Self::V1_04
    }

    /// The offload starts whenever the trigger is high, not on its rising edge.
    pub(super) fn level_trigger(self) -> bool {
        self == Self::V1_00Release2022
    }

    /// When SDO words are taken (R11 is that such a word stays).
    pub(super) fn prefetch(self) -> Prefetch {
        match self {
            Self::V1_04 | Self::V1_05 => Prefetch::Always,
            Self::V2_00 => Prefetch::InTransfer,
            _ => Prefetch::Never,
        }
    }

    /// How many received words wait outside of a full SDI FIFO before the engine stalls, be it
    /// before the next word or at the end of a TRANSFER.
    pub(super) fn words_before_stall(self) -> u8 {
        if self >= Self::V1_05 {
            1
        } else {
            2
        }
    }
}

impl core::fmt::Display for Version {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let [_, minor, major, _] = self.register().to_le_bytes();
        let when = match self {
            Self::V1_00Release2022 => " (2022)",
            _ => "",
        };
        write!(f, "{major}.{minor:02}{when}")
    }
}

/// The number of a config register in a CONFIG instruction.
pub(super) fn config_register(version: Version, instruction: u16) -> u8 {
    let number = bits::byte(u32::from(instruction) >> 8);
    if version.has_lane_masks() {
        number & 7
    } else {
        number & 3
    }
}
