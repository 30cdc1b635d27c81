// SPDX-License-Identifier: GPL-2.0

//! The counter behind SDI_FIFO_LEVEL of 2.00, which is not the fill of the FIFO.

use super::{
    bits,
    crossing::{
        Events,
        Number, //
    },
    Params,
    Picoseconds, //
};

/// Counts words in and out, modulo the size of the FIFO (R2), on the SPI side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    asynchronous: bool,
    mask: u32,
    lanes: u32,
    count: u32,
    pops: Events,
    back: Number,
    now: Picoseconds,
}

impl Level {
    pub(super) fn new(params: &Params) -> Self {
        Self {
            asynchronous: params.asynchronous,
            mask: bits::mask(params.sdi_width.into()),
            lanes: params.lanes.into(),
            count: 0,
            pops: Events::new(params),
            back: Number::new(params),
            now: 0,
        }
    }

    /// A word time went into the FIFO. It counts for all lanes, whatever the mask selects, unless
    /// that is the first lane alone (R5).
    pub(super) fn pushed(&mut self, at: Picoseconds, lane_mask: u8) {
        self.run(at);
        self.add(if lane_mask == 1 { 1 } else { self.lanes });
    }

    /// A word of one lane was popped.
    pub(super) fn popped(&mut self, at: Picoseconds) {
        self.run(at);
        if self.asynchronous {
            self.pops.send(at);
        } else {
            self.add(u32::MAX);
        }
    }

    /// What the register says.
    pub(super) fn read(&mut self, at: Picoseconds) -> u32 {
        self.run(at);
        if self.asynchronous {
            self.back.seen()
        } else {
            self.count
        }
    }

    fn add(&mut self, words: u32) {
        self.count = self.count.wrapping_add(words) & self.mask;
    }

    /// What is on its way between the clocks arrives, until `limit`.
    fn run(&mut self, limit: Picoseconds) {
        while let Some((at, is_pop)) = self.next().filter(|(at, _)| *at <= limit) {
            self.now = self.now.max(at);
            if !is_pop {
                self.back.step(self.count, at);
            } else if self.pops.step() {
                self.add(u32::MAX);
            }
        }
        self.now = self.now.max(limit);
    }

    /// The next thing to happen, and whether it is with a pop.
    fn next(&self) -> Option<(Picoseconds, bool)> {
        if !self.asynchronous {
            return None;
        }
        let pop = self.pops.next().map(|at| (at, true));
        let back = self.back.next(self.count, self.now).map(|at| (at, false));
        match (pop, back) {
            (Some(pop), Some(back)) => Some(pop.min(back)),
            (pop, back) => pop.or(back),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hw::Version;

    const NS: Picoseconds = 1000;

    fn level(spi_hz: u32, lanes: u8) -> Level {
        Level::new(&Params {
            spi_hz,
            lanes,
            ..Params::new(Version::V2_00)
        })
    }

    /// How much the level is too high after `pops` words were popped so far apart.
    fn drift(spi_hz: u32, apart: Picoseconds, pops: u32) -> u32 {
        let mut level = level(spi_hz, 1);
        for _ in 0..pops {
            level.pushed(0, 1);
        }
        let start = 100_000 * NS;
        for pop in 0..u64::from(pops) {
            level.popped(start + pop * apart);
        }
        level.read(2 * start)
    }

    #[test]
    fn fast_pops_merge_on_a_slow_clock() {
        assert_eq!(drift(50_000_000, 50 * NS, 8), 2);
        assert_eq!(drift(10_000_000, 210 * NS, 8), 2);
        assert_eq!(drift(100_000_000, 50 * NS, 8), 0);
        assert_eq!(drift(25_000_000, 140 * NS, 30), 0);
        assert_ne!(drift(20_000_000, 140 * NS, 30), 0);
    }

    #[test]
    fn the_level_lags() {
        let mut level = level(100_000_000, 1);
        let start = 1000 * NS;
        (0..3).for_each(|_| level.pushed(0, 1));
        assert_eq!(level.read(start), 3);

        for pop in 0..3 {
            level.popped(start + pop * 30 * NS);
        }
        assert_eq!(level.read(start + 90 * NS), 2);
        assert_eq!(level.read(start + 400 * NS), 0);
    }

    #[test]
    fn the_level_wraps_at_the_size_of_the_fifo() {
        let mut level = level(100_000_000, 1);
        (0..31).for_each(|_| level.pushed(0, 1));
        assert_eq!(level.read(1000 * NS), 31);
        level.pushed(1000 * NS, 1);
        assert_eq!(level.read(2000 * NS), 0);
    }

    #[test]
    fn all_lanes_count_unless_the_first_is_alone() {
        for (mask, words) in [(0b1, 1), (0b10, 4), (0b11, 4), (0b1111, 4)] {
            let mut level = level(100_000_000, 4);
            level.pushed(0, mask);
            assert_eq!(level.read(1000 * NS), words, "mask {mask:#x}");
        }
    }

    #[test]
    fn one_clock_makes_it_exact() {
        let mut level = Level::new(&Params {
            asynchronous: false,
            ..Params::new(Version::V2_00)
        });
        (0..3).for_each(|_| level.pushed(0, 1));
        level.popped(0);
        assert_eq!(level.read(0), 2);
    }
}
