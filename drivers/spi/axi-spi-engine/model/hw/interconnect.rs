// SPDX-License-Identifier: GPL-2.0

//! Who of the two sides has the execution engine.

use super::version::Version;

/// A source of instructions and SDO words, and a drain of SDI words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Registers,
    Offload,
}

/// The interconnect. Until 1.04 it arbitrates: a side keeps the engine until its SYNC. Since 1.05
/// it is a multiplexer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interconnect {
    arbitrates: bool,
    owner: Option<Side>,
}

impl Interconnect {
    pub(super) fn new(version: Version) -> Self {
        Self {
            arbitrates: version.arbitrates(),
            owner: None,
        }
    }

    /// Who has the engine; `offload_on`: the offload is enabled or active.
    pub(super) fn owner(&self, offload_on: bool) -> Option<Side> {
        if self.arbitrates {
            self.owner
        } else if offload_on {
            Some(Side::Offload)
        } else {
            Some(Side::Registers)
        }
    }

    /// Who may give the next instruction, if those with one are as told. The offload comes first
    /// when the engine is free.
    pub(super) fn grant(&self, registers: bool, offload: bool, offload_on: bool) -> Option<Side> {
        let side = match self.owner(offload_on) {
            Some(side) => side,
            None if offload => Side::Offload,
            None => Side::Registers,
        };
        let has_one = match side {
            Side::Registers => registers,
            Side::Offload => offload,
        };
        has_one.then_some(side)
    }

    /// An instruction of `side` was accepted.
    pub(super) fn accepted(&mut self, side: Side) {
        self.owner = Some(side);
    }

    /// The owner's SYNC was delivered.
    pub(super) fn synced(&mut self) {
        self.owner = None;
    }

    /// Nobody has the engine.
    pub(super) fn reset(&mut self) {
        self.owner = None;
    }
}
