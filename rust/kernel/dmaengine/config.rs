// SPDX-License-Identifier: GPL-2.0

//! How a channel talks to its device.

use crate::{
    bindings,
    io::PhysAddr, //
};

/// Where data go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From memory to the device (`DMA_MEM_TO_DEV`).
    ToDevice,
    /// From the device to memory (`DMA_DEV_TO_MEM`).
    FromDevice,
}

impl Direction {
    #[inline]
    pub(super) fn to_raw(self) -> bindings::dma_transfer_direction {
        match self {
            Self::ToDevice => bindings::dma_transfer_direction_DMA_MEM_TO_DEV,
            Self::FromDevice => bindings::dma_transfer_direction_DMA_DEV_TO_MEM,
        }
    }

    /// The bit of this direction in `struct dma_slave_caps`.
    #[inline]
    pub(super) fn to_bit(self) -> u32 {
        1 << self.to_raw()
    }
}

/// How many bytes one access to the device moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BusWidth {
    Bytes1,
    Bytes2,
    Bytes4,
    Bytes8,
    Bytes16,
}

impl BusWidth {
    #[inline]
    fn to_raw(self) -> bindings::dma_slave_buswidth {
        match self {
            Self::Bytes1 => bindings::dma_slave_buswidth_DMA_SLAVE_BUSWIDTH_1_BYTE,
            Self::Bytes2 => bindings::dma_slave_buswidth_DMA_SLAVE_BUSWIDTH_2_BYTES,
            Self::Bytes4 => bindings::dma_slave_buswidth_DMA_SLAVE_BUSWIDTH_4_BYTES,
            Self::Bytes8 => bindings::dma_slave_buswidth_DMA_SLAVE_BUSWIDTH_8_BYTES,
            Self::Bytes16 => bindings::dma_slave_buswidth_DMA_SLAVE_BUSWIDTH_16_BYTES,
        }
    }
}

/// How a channel talks to its device, where that is not given by the wiring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Where data go.
    pub direction: Direction,
    /// The physical address of the register of the device.
    pub address: PhysAddr,
    /// How many bytes one access moves.
    pub width: BusWidth,
    /// How many accesses are made in one go, at most.
    pub max_burst: u32,
}

impl Config {
    pub(super) fn to_raw(self) -> bindings::dma_slave_config {
        let mut raw: bindings::dma_slave_config = pin_init::zeroed();

        raw.direction = self.direction.to_raw();
        match self.direction {
            Direction::ToDevice => {
                raw.dst_addr = self.address;
                raw.dst_addr_width = self.width.to_raw();
                raw.dst_maxburst = self.max_burst;
            }
            Direction::FromDevice => {
                raw.src_addr = self.address;
                raw.src_addr_width = self.width.to_raw();
                raw.src_maxburst = self.max_burst;
            }
        }
        raw
    }
}
