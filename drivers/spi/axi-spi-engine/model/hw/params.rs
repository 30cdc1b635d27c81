// SPDX-License-Identifier: GPL-2.0

//! How a core was built.

use super::{
    Picoseconds,
    Version,
    MAX_LANES, //
};

/// The parameters of the core and its clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// Which version it is.
    pub version: Version,
    /// Whether the SPI side has a clock of its own.
    pub asynchronous: bool,
    /// Bits of a FIFO word: 8, 16, 24 or 32.
    pub data_width: u8,
    /// Data lanes: 1, 2, 4 or 8. Before 2.00 there is one SDO line, and only the offload's
    /// stream has more than one SDI lane.
    pub lanes: u8,
    /// Chip select pins, 1 to 8.
    pub chip_selects: u8,
    /// log2 of the command FIFO's words.
    pub cmd_width: u8,
    /// log2 of the SYNC FIFO's words.
    pub sync_width: u8,
    /// log2 of the SDO FIFO's words.
    pub sdo_width: u8,
    /// log2 of the SDI FIFO's words.
    pub sdi_width: u8,
    /// log2 of the offload's program memory.
    pub program_width: u8,
    /// log2 of the offload's SDO memory.
    pub memory_width: u8,
    /// The offload's SDO words come from a stream, not from its memory.
    pub streaming: bool,
    /// The bus clock in Hz.
    pub axi_hz: u32,
    /// The clock of the SPI side in Hz; without `asynchronous` it has to be `axi_hz`.
    pub spi_hz: u32,
    /// The divider after a reset.
    pub default_divider: u8,
    /// The mode after a reset.
    pub default_mode: u8,
    /// SDO's idle level as long as no mode sets it.
    pub sdo_idle: bool,
    /// The number in PERIPHERAL_ID.
    pub id: u32,
}

/// A combination that no core can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadParams;

const PS_PER_SECOND: u64 = 1_000_000_000_000;

impl Params {
    /// The largest `*_width`; it gives the size of an engine in memory.
    pub const MAX_ADDRESS_WIDTH: u8 = 7;

    /// What the vendor's scripts build of a version if nothing else is asked for, at 100 MHz.
    pub const fn new(version: Version) -> Self {
        Self {
            version,
            asynchronous: true,
            data_width: 32,
            lanes: 1,
            chip_selects: 1,
            cmd_width: 4,
            sync_width: 4,
            sdo_width: 5,
            sdi_width: 5,
            program_width: 4,
            memory_width: 4,
            streaming: false,
            axi_hz: 100_000_000,
            spi_hz: 100_000_000,
            default_divider: 0,
            default_mode: 0,
            sdo_idle: true,
            id: 0,
        }
    }

    /// Checks that there can be such a core.
    pub fn check(&self) -> Result<(), BadParams> {
        let widths = [
            self.cmd_width,
            self.sync_width,
            self.sdo_width,
            self.sdi_width,
            self.program_width,
            self.memory_width,
        ];
        let good = matches!(self.data_width, 8 | 16 | 24 | 32)
            && matches!(self.lanes, 1 | 2 | 4 | 8)
            && usize::from(self.lanes) <= MAX_LANES
            && (1..=8).contains(&self.chip_selects)
            && widths
                .iter()
                .all(|width| (1..=Self::MAX_ADDRESS_WIDTH).contains(width))
            && (1_000_000..=1_000_000_000).contains(&self.axi_hz)
            && (1_000_000..=1_000_000_000).contains(&self.spi_hz)
            && (self.asynchronous || self.axi_hz == self.spi_hz);
        good.then_some(()).ok_or(BadParams)
    }

    /// A cycle of the bus clock.
    pub(super) fn axi_cycle(&self) -> Picoseconds {
        PS_PER_SECOND / u64::from(self.axi_hz.max(1))
    }

    /// A cycle of the SPI side's clock.
    pub(super) fn spi_cycle(&self) -> Picoseconds {
        PS_PER_SECOND / u64::from(self.spi_hz.max(1))
    }

    /// A mask of all lanes.
    pub(super) fn all_lanes(&self) -> u8 {
        u8::MAX >> (8 - self.lanes.clamp(1, 8))
    }

    /// A mask of all chip select pins.
    pub(super) fn all_pins(&self) -> u8 {
        u8::MAX >> (8 - self.chip_selects.clamp(1, 8))
    }
}
