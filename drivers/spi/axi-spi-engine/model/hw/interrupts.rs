// SPDX-License-Identifier: GPL-2.0

//! The interrupt registers.

/// CMD_ALMOST_EMPTY, a level.
pub(super) const CMD: u32 = 1 << 0;
/// SDO_ALMOST_EMPTY, a level.
pub(super) const SDO: u32 = 1 << 1;
/// SDI_ALMOST_FULL, a level.
pub(super) const SDI: u32 = 1 << 2;
/// SYNC_EVENT, latched.
pub(super) const SYNC: u32 = 1 << 3;
/// OFFLOAD_SYNC, latched.
pub(super) const OFFLOAD_SYNC: u32 = 1 << 4;

const LATCHED: u32 = SYNC | OFFLOAD_SYNC;
const ALL: u32 = LATCHED | SDI | SDO | CMD;

/// The mask, the latched sources, and the ids behind them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Interrupts {
    mask: u32,
    latched: u32,
    /// The last id of the register side.
    pub(super) sync_id: u8,
    /// The last id of the offload.
    pub(super) offload_sync_id: u8,
}

impl Interrupts {
    /// The register IRQ_MASK.
    pub(super) fn mask(&self) -> u32 {
        self.mask
    }

    /// Writes it.
    pub(super) fn set_mask(&mut self, mask: u32) {
        self.mask = mask & ALL;
    }

    /// Latches, masked or not.
    pub(super) fn latch(&mut self, source: u32) {
        self.latched |= source & LATCHED;
    }

    /// A write to IRQ_PENDING; the levels don't mind it.
    pub(super) fn acknowledge(&mut self, bits: u32) {
        self.latched &= !bits;
    }

    /// The register IRQ_SOURCE, if the levels are these.
    pub(super) fn source(&self, levels: u32) -> u32 {
        self.latched | levels
    }
}
