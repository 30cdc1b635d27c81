// SPDX-License-Identifier: GPL-2.0

//! The SDI FIFO, which the driver empties.

use super::{
    level::Level,
    queue::CAPACITY,
    ring::Ring,
    Params,
    Picoseconds, //
};

/// Words on their way to the driver.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sdi {
    words: Ring<u32, CAPACITY>,
    ram: usize,
    /// 31 of the RAM's words, or all that it has: above it the interrupt is raised.
    threshold: usize,
    asynchronous: bool,
    counts: bool,
    cycle: Picoseconds,
    /// When the first word is seen in RAM, and when it is at the output.
    visible: Picoseconds,
    valid: Picoseconds,
    /// What was at the output last.
    stale: u32,
    level: Level,
}

/// Bus cycles from the SPI side until a word counts.
const SEEN: u64 = 3;
/// Bus cycles that it then stays in RAM.
const IN_RAM: u64 = 8;

impl Sdi {
    pub(super) fn new(params: &Params) -> Self {
        let ram = (1 << params.sdi_width) - 1;
        Self {
            words: Ring::new(),
            ram,
            threshold: ram - (31 % (ram + 1)),
            asynchronous: params.asynchronous,
            counts: params.version.has_lane_masks(),
            cycle: params.axi_cycle(),
            visible: 0,
            valid: 0,
            stale: 0,
            level: Level::new(params),
        }
    }

    /// Whether so many words have a place.
    pub(super) fn has_room(&self, words: usize) -> bool {
        self.words.len() + words <= self.ram + usize::from(self.asynchronous)
    }

    /// The words of a word time, of the lanes in `mask`.
    pub(super) fn push(&mut self, at: Picoseconds, words: impl Iterator<Item = u32>, mask: u8) {
        for word in words {
            if self.words.is_empty() {
                self.visible = at + self.crossing(SEEN);
                self.valid = self.visible + self.crossing(IN_RAM);
            }
            self.words.push(word);
        }
        self.level.pushed(at, mask);
    }

    fn crossing(&self, cycles: u64) -> Picoseconds {
        if self.asynchronous {
            cycles * self.cycle
        } else {
            0
        }
    }

    /// Whether a word is at the output.
    pub(super) fn is_valid(&self, now: Picoseconds) -> bool {
        !self.words.is_empty() && now >= self.valid
    }

    /// Takes the word at the output.
    pub(super) fn pop(&mut self, now: Picoseconds) -> Option<u32> {
        if !self.is_valid(now) {
            return None;
        }
        let word = self.words.pop()?;
        self.stale = word;
        self.level.popped(now);
        Some(word)
    }

    /// What is at the output, be it of use or not.
    pub(super) fn peek(&self, now: Picoseconds) -> u32 {
        match self.words.peek() {
            Some(word) if self.is_valid(now) => word,
            _ => self.stale,
        }
    }

    /// The words in RAM, as the bus side sees them.
    fn fill(&self, now: Picoseconds) -> usize {
        if self.words.is_empty() || now < self.visible {
            return 0;
        }
        let output = usize::from(self.asynchronous && self.is_valid(now));
        self.words.len() - output
    }

    /// The source of the interrupt.
    pub(super) fn is_almost_full(&self, now: Picoseconds) -> bool {
        self.fill(now) > self.threshold
    }

    /// The next times after `now` at which [`Self::is_almost_full`] may change by itself.
    pub(super) fn next_change(&self, now: Picoseconds) -> Option<Picoseconds> {
        if self.words.is_empty() {
            return None;
        }
        [self.visible, self.valid].into_iter().find(|at| *at > now)
    }

    /// The register SDI_FIFO_LEVEL. Before 2.00 it is the fill of the RAM, and one more if there
    /// is a word at the output; with one clock that one was counted already (R7).
    pub(super) fn level(&mut self, now: Picoseconds) -> u32 {
        if self.counts {
            return self.level.read(now);
        }
        let words = self.fill(now) + usize::from(self.is_valid(now));
        u32::try_from(words).unwrap_or(u32::MAX)
    }

    /// Drops all words.
    pub(super) fn clear(&mut self, params: &Params) {
        let stale = self.stale;
        *self = Self::new(params);
        self.stale = stale;
    }
}
