// SPDX-License-Identifier: GPL-2.0

//! What is asked of the engine, as far as its programs depend on it.

use crate::timing::Divider;
use kernel::prelude::*;

/// The lanes that a transfer uses, one bit for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lanes {
    pub(crate) rx: u8,
    pub(crate) tx: u8,
}

/// Which lanes a transfer uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LaneUse {
    /// The first one.
    Single,
    /// All, a word on each.
    Stripe,
}

/// The settings of the device that a message goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// The number of its chip select, 0 to 7.
    pub(crate) chip_select: u8,
    /// What [`Setting::Mode`](crate::instruction::Setting::Mode) is set to.
    pub(crate) mode: u8,
    /// From an active chip select to the clock, in ns.
    pub(crate) setup_ns: u64,
    /// From the clock to an inactive chip select, in ns.
    pub(crate) hold_ns: u64,
    /// How long the chip select is inactive, in ns.
    pub(crate) inactive_ns: u64,
    /// The first of its lanes.
    pub(crate) single: Lanes,
    /// All of its lanes.
    pub(crate) striped: Lanes,
}

impl Target {
    /// The lanes for a use of them.
    #[inline]
    pub(crate) fn lanes(&self, lane_use: LaneUse) -> Lanes {
        match lane_use {
            LaneUse::Single => self.single,
            LaneUse::Stripe => self.striped,
        }
    }

    /// The pattern of the chip select lines.
    #[inline]
    pub(crate) fn pattern(&self, active: bool) -> u8 {
        if active {
            selecting(self.chip_select)
        } else {
            ALL_INACTIVE
        }
    }
}

/// The pattern of the chip select lines when a device is selected. `chip_select` is 0 to 7.
#[inline]
pub(crate) const fn selecting(chip_select: u8) -> u8 {
    !(1u8 << (chip_select & 7))
}

/// The pattern of the chip select lines when no device is selected.
pub(crate) const ALL_INACTIVE: u8 = 0xff;

/// One transfer of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// The length of the buffers, in words.
    pub(crate) len: u32,
    /// The length of a word, in bits.
    pub(crate) bits: u8,
    /// The speed of the clock.
    pub(crate) divider: Divider,
    /// Whether there is something to be sent.
    pub(crate) writes: bool,
    /// Whether what comes in is wanted.
    pub(crate) reads: bool,
    pub(crate) lane_use: LaneUse,
    /// How long to wait afterwards, in ns.
    pub(crate) delay_ns: u64,
    /// How long to wait between words, in ns.
    pub(crate) word_delay_ns: u64,
    /// Whether the chip select is to change afterwards, and for how long, in ns.
    pub(crate) cs_change: Option<u64>,
    /// Whether the chip select is inactive.
    pub(crate) cs_off: bool,
}

/// How the words of a transfer spread over lanes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    /// How many words each lane transfers.
    pub(crate) words: u32,
    /// How many lanes words come in on, 0 if they are not wanted.
    pub(crate) rx_lanes: u32,
    /// How many lanes words go out on, 0 if there are none.
    pub(crate) tx_lanes: u32,
}

impl Transfer {
    /// How the words spread over `lanes`.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the words do not spread evenly over the lanes, or go out on another number of
    /// lanes than they come in on.
    #[inline(always)]
    pub(crate) fn spread(&self, lanes: Lanes) -> Result<Spread> {
        match self.lane_use {
            LaneUse::Single => Ok(Spread {
                words: self.len,
                rx_lanes: self.reads.into(),
                tx_lanes: self.writes.into(),
            }),
            LaneUse::Stripe => self.stripe(lanes),
        }
    }

    fn stripe(&self, lanes: Lanes) -> Result<Spread> {
        let (rx, tx) = (lanes.rx.count_ones(), lanes.tx.count_ones());
        let lanes = match (self.reads, self.writes) {
            (true, true) if rx != tx => return Err(EINVAL),
            (true, _) => rx,
            (false, _) => tx,
        };

        if lanes == 0 || self.len % lanes != 0 {
            return Err(EINVAL);
        }
        Ok(Spread {
            words: self.len / lanes,
            rx_lanes: if self.reads { lanes } else { 0 },
            tx_lanes: if self.writes { lanes } else { 0 },
        })
    }
}
