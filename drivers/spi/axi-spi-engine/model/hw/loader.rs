// SPDX-License-Identifier: GPL-2.0

//! The words that the engine took from the SDO stream and has not sent yet.

use super::{
    bits,
    Lanes,
    Picoseconds,
    MAX_LANES, //
};

/// A word for each lane of a word time, taken one by one.
///
/// The set is complete once all lanes of the mask that was valid *then* have a word; another mask
/// later does not change that (R4). The same holds for the word length with which they were
/// aligned (R3), for some cycles.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loader {
    words: Lanes,
    filled: u8,
    complete: bool,
    /// The word length when the first of them was taken, and when that was.
    bits: u8,
    taken: Picoseconds,
}

impl Loader {
    /// The lane that the next word is for, if one is needed.
    pub(super) fn wants(&mut self, mask: u8) -> Option<usize> {
        if !self.complete {
            self.complete = self.filled & mask == mask;
        }
        if self.complete {
            return None;
        }
        (0..MAX_LANES).find(|lane| bits::has(mask & !self.filled, *lane))
    }

    /// A word for a lane.
    pub(super) fn fill(&mut self, lane: usize, word: u32, bits: u8, now: Picoseconds) {
        if self.filled == 0 {
            self.bits = bits;
            self.taken = now;
        }
        if let Some(slot) = self.words.get_mut(lane) {
            *slot = word;
        }
        self.filled |= 1u8
            .checked_shl(u32::try_from(lane).unwrap_or(8))
            .unwrap_or(0);
    }

    /// Whether a word time can begin.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// The word length that the words are aligned with, if a change to `bits` at `changed` took
    /// effect only on words taken since.
    pub(super) fn aligned(&self, bits: u8, changed: Picoseconds) -> u8 {
        if self.filled != 0 && self.taken < changed {
            self.bits
        } else {
            bits
        }
    }

    /// Gives the words, and which lanes have one, and is empty then.
    pub(super) fn take(&mut self) -> (Lanes, u8) {
        let taken = (self.words, self.filled);
        *self = Self::default();
        taken
    }
}
