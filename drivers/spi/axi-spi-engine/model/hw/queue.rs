// SPDX-License-Identifier: GPL-2.0

//! The FIFOs that the driver fills: commands and SDO words.

use super::{
    ring::Ring,
    Params,
    Picoseconds, //
};

/// The places that any FIFO can have.
pub(super) const CAPACITY: usize = 1 << Params::MAX_ADDRESS_WIDTH;

/// A FIFO of 2^W - 1 words in RAM. With two clocks it has an output register besides, into which
/// the first word falls through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Queue<T> {
    words: Ring<T, CAPACITY>,
    ram: usize,
    output: usize,
    /// How long a word takes to the other side of an empty FIFO.
    latency: Picoseconds,
    /// When the first word is at the output.
    visible: Picoseconds,
}

impl<T: Copy + Default> Queue<T> {
    /// An empty FIFO with an address width of `width`.
    pub(super) fn new(params: &Params, width: u8) -> Self {
        let cycles = if params.asynchronous { 4 } else { 1 };
        Self {
            words: Ring::new(),
            ram: (1 << width) - 1,
            output: usize::from(params.asynchronous),
            latency: cycles * params.spi_cycle(),
            visible: 0,
        }
    }

    /// How many words are in RAM. While the other side is in reset, none falls through.
    fn fill(&self, output_works: bool) -> usize {
        let output = if output_works { self.output } else { 0 };
        self.words.len().saturating_sub(output)
    }

    /// The inverse of the fill of the RAM, in as many bits as an address has.
    pub(super) fn room(&self, output_works: bool) -> usize {
        self.ram.saturating_sub(self.fill(output_works))
    }

    /// Whether the RAM is empty.
    pub(super) fn is_almost_empty(&self, output_works: bool) -> bool {
        self.fill(output_works) == 0
    }

    /// Appends a word, and says so, or drops it when there is no place.
    pub(super) fn push(&mut self, now: Picoseconds, word: T, output_works: bool) -> bool {
        if self.room(output_works) == 0 {
            return false;
        }
        if self.words.is_empty() {
            self.visible = now + self.latency;
        }
        self.words.push(word)
    }

    /// When the first word can be taken, if there is one.
    pub(super) fn visible(&self) -> Option<Picoseconds> {
        (!self.words.is_empty()).then_some(self.visible)
    }

    /// The first word, which stays.
    pub(super) fn peek(&self) -> Option<T> {
        self.words.peek()
    }

    /// Takes the first word.
    pub(super) fn pop(&mut self) -> Option<T> {
        self.words.pop()
    }

    /// Drops all words.
    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.visible = 0;
    }
}
