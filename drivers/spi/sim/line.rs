// SPDX-License-Identifier: GPL-2.0

//! What the line to a device has at its other end, in short.

use crate::bus::Bus;
use kernel::{
    prelude::*,
    spi::{
        controller::{
            CurrentTransfer,
            Level,
            Racy, //
        },
        Device, //
    },
    sync::Arc,
    time::Instant, //
};

/// What each transfer, and each change of the chip select, looks at.
pub(crate) struct Line {
    /// Whether more is to be done than to send back what was sent.
    does_more: Arc<Racy<bool>>,
    /// How many care for the chip select: a chip, and the record.
    watchers: u8,
}

impl Line {
    /// Describes the line to a chip select.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    pub(crate) fn new(bus: &Bus, chip_select: u8) -> Result<Self> {
        let does_more = if bus.loops_back(chip_select) {
            // Unless a fault is asked for, that is all.
            bus.faults().active().clone()
        } else {
            Arc::new(Racy::new(true), GFP_KERNEL)?
        };

        Ok(Self {
            does_more,
            watchers: bus.watchers(chip_select),
        })
    }

    /// Drives the chip select.
    #[inline]
    pub(crate) fn set_cs(&self, bus: &Bus, dev: &Device, level: Level) {
        if self.watchers != 0 {
            bus.set_cs(Instant::now(), dev, level);
        }
    }

    /// Does a transfer for which nothing is to be done but to send back what was sent.
    ///
    /// Returns whether it was one.
    #[inline]
    pub(crate) fn loop_back(&self, transfer: &mut CurrentTransfer<'_>) -> bool {
        let bits = transfer.bits_per_word();

        // Words of other sizes than 8, 16 and 32 bits don't come back with all that is in memory.
        let is_plain = bits % 8 == 0 && bits != 24 && !self.does_more.get();

        if is_plain {
            transfer.loop_back();
        }
        is_plain
    }
}
