// SPDX-License-Identifier: GPL-2.0

//! The wires between a controller and its chips: the time on them, and what has happened.

use crate::{
    log::{
        Clocking,
        Event,
        Log,
        What, //
    },
    timing::{
        cycles_ns,
        WireTime, //
    }, //
};

/// The wires, and the record of them.
pub(crate) struct Wire {
    /// A bit for each chip select that is active.
    active: u32,
    time: WireTime,
    log: Log,
}

impl Wire {
    /// Makes wires on which nothing has happened.
    pub(crate) fn new(log: Log) -> Self {
        Self {
            active: 0,
            time: WireTime::default(),
            log,
        }
    }

    /// Returns the record.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// As [`log`](Self::log), to change it.
    pub(crate) fn log_mut(&mut self) -> &mut Log {
        &mut self.log
    }

    fn push(&mut self, time: u64, chip_select: u8, clocking: Clocking, what: What) {
        self.log.push(Event {
            time,
            chip_select,
            clocking,
            what,
        });
    }

    /// Makes a chip select active or inactive, and returns when that happens; nothing if it is so
    /// already.
    ///
    /// The chip select is active while it is `high`, or else low.
    pub(crate) fn select(
        &mut self,
        now: u64,
        chip_select: u8,
        clocking: Clocking,
        high: bool,
        active: bool,
    ) -> Option<u64> {
        let bit = 1 << u32::from(chip_select);
        if (self.active & bit != 0) == active {
            return None;
        }
        self.active ^= bit;

        let level = active == high;
        let time = self.time.at(now);
        self.push(
            time,
            chip_select,
            clocking,
            What::ChipSelect { level, active },
        );
        // Nothing else happens before the chip has seen this.
        self.time.pass(half_cycle_ns(clocking));
        Some(time)
    }

    /// Begins a transfer, and returns when it ends.
    pub(crate) fn transfer(
        &mut self,
        now: u64,
        chip_select: u8,
        clocking: Clocking,
        what: What,
    ) -> u64 {
        let time = self.time.at(now);
        self.push(time, chip_select, clocking, what);

        let end = self.time.pass(what.duration_ns(clocking.hz));
        // Time for the edge of a chip select after the last one of the clock.
        self.time.pass(half_cycle_ns(clocking));
        end
    }
}

fn half_cycle_ns(clocking: Clocking) -> u64 {
    cycles_ns(1, clocking.hz.saturating_mul(2))
}
