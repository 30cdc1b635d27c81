// SPDX-License-Identifier: GPL-2.0

//! How many lines carry the data of a transfer.

use crate::{
    bindings,
    bits::bit_u32,
    prelude::*, //
};

/// The number of lines that carry a word, each of them a part of its bits.
///
/// C constants: `SPI_NBITS_SINGLE` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BusWidth {
    /// One line for each direction.
    Single,
    /// Two lines, in one direction at a time.
    Dual,
    /// Four lines, in one direction at a time.
    Quad,
    /// Eight lines, in one direction at a time.
    Octal,
}

impl BusWidth {
    /// Converts a value of the SPI core, in which 0 stands for one line.
    #[inline]
    pub(super) fn from_raw(nbits: u32) -> Self {
        match nbits {
            bindings::SPI_NBITS_DUAL => Self::Dual,
            bindings::SPI_NBITS_QUAD => Self::Quad,
            bindings::SPI_NBITS_OCTAL => Self::Octal,
            _ => Self::Single,
        }
    }

    /// Returns the number of lines: 1, 2, 4 or 8.
    #[inline]
    pub fn lines(self) -> u32 {
        match self {
            Self::Single => bindings::SPI_NBITS_SINGLE,
            Self::Dual => bindings::SPI_NBITS_DUAL,
            Self::Quad => bindings::SPI_NBITS_QUAD,
            Self::Octal => bindings::SPI_NBITS_OCTAL,
        }
    }

    /// Returns the mode bit with which a controller, or a device, says that it can send like this.
    #[inline]
    pub(super) fn tx_mode(self) -> u32 {
        match self {
            Self::Single => 0,
            Self::Dual => bit_u32(8),
            Self::Quad => bit_u32(9),
            Self::Octal => bit_u32(13),
        }
    }

    /// Returns the mode bit with which a controller, or a device, says that it can receive like
    /// this.
    #[inline]
    pub(super) fn rx_mode(self) -> u32 {
        match self {
            Self::Single => 0,
            Self::Dual => bit_u32(10),
            Self::Quad => bit_u32(11),
            Self::Octal => bit_u32(14),
        }
    }
}

/// How the words of a transfer use several data lanes, each with a serializer of its own.
///
/// C constants: `SPI_MULTI_LANE_MODE_SINGLE` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneMode {
    /// Only one lane is used.
    Single,
    /// Each lane carries a word of its own.
    Stripe,
    /// All lanes carry the same word.
    Mirror,
}

impl LaneMode {
    /// Converts a value of the SPI core.
    #[inline]
    pub(super) fn from_raw(mode: u32) -> Result<Self> {
        match mode {
            bindings::SPI_MULTI_LANE_MODE_SINGLE => Ok(Self::Single),
            bindings::SPI_MULTI_LANE_MODE_STRIPE => Ok(Self::Stripe),
            bindings::SPI_MULTI_LANE_MODE_MIRROR => Ok(Self::Mirror),
            _ => Err(EINVAL),
        }
    }
}
