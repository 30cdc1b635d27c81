// SPDX-License-Identifier: GPL-2.0

//! Chip select lines.

use crate::time::Delta;

/// What is on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Low; an ordinary chip select is active then.
    Low,
    /// High; an ordinary chip select is inactive then.
    High,
}

/// The timing of a chip select.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChipSelectTiming {
    /// From the chip select becoming active to the clock starting.
    ///
    /// C field: `cs_setup` of `struct spi_device`.
    pub setup: Delta,
    /// From the clock stopping to the chip select becoming inactive.
    ///
    /// C field: `cs_hold` of `struct spi_device`.
    pub hold: Delta,
    /// For how long the chip select is inactive at least.
    ///
    /// C field: `cs_inactive` of `struct spi_device`.
    pub inactive: Delta,
}
