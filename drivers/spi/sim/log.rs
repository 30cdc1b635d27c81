// SPDX-License-Identifier: GPL-2.0

//! What happened on the wire: a record that does not grow.

use crate::{
    timing::{
        cycles,
        cycles_ns, //
    },
    word::Word, //
};
use kernel::prelude::*;

/// The clock polarity and phase, and the rest of what one needs to draw a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clocking {
    /// Cycles in a second.
    pub(crate) hz: u32,
    /// The clock is high while idle.
    pub(crate) polarity: bool,
    /// Data are sampled on the second edge.
    pub(crate) phase: bool,
}

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The level of the chip select changes; the flags are those of [`Clocking`], for the level of
    /// the idle clock.
    ChipSelect {
        /// Whether it is high now.
        level: bool,
        /// Whether the device is selected now.
        active: bool,
    },
    /// A transfer.
    Transfer {
        /// The format of its words.
        word: Word,
        /// The number of lines that carry the data.
        lines: u8,
        /// The number of its bytes in memory.
        len: u32,
        /// The time between two words in which the clock rests, in nanoseconds.
        gap: u64,
    },
}

impl What {
    /// Returns how long it takes with a clock of `hz`, in nanoseconds.
    pub(crate) fn duration_ns(self, hz: u32) -> u64 {
        let Self::Transfer {
            word,
            lines,
            len,
            gap,
        } = self
        else {
            return 0;
        };
        let words = usize::try_from(len).unwrap_or(usize::MAX) / word.size();
        let gaps = u64::try_from(words.saturating_sub(1)).unwrap_or(u64::MAX);

        cycles_ns(cycles(words, word.bits(), lines), hz).saturating_add(gaps.saturating_mul(gap))
    }
}

/// An event and where and when it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// In nanoseconds.
    pub(crate) time: u64,
    /// The chip select.
    pub(crate) chip_select: u8,
    /// How the device is clocked.
    pub(crate) clocking: Clocking,
    /// What happened.
    pub(crate) what: What,
}

/// An event, and what the record has of its data.
pub(crate) struct Entry<'a> {
    log: &'a Log,
    slot: Slot,
}

impl Entry<'_> {
    /// Returns the event.
    pub(crate) fn event(&self) -> &Event {
        &self.slot.event
    }

    /// Returns the number of bytes that are there of each direction; there may have been more.
    pub(crate) fn len(&self) -> usize {
        self.slot.kept
    }

    /// Returns a byte that was sent, and the one that was received meanwhile.
    pub(crate) fn bytes(&self, index: usize) -> (u8, u8) {
        let at = |offset: usize| self.log.byte(self.slot.data, 2 * index + offset);
        (at(0), at(1))
    }
}

/// One event in the ring.
#[derive(Clone, Copy)]
struct Slot {
    event: Event,
    /// Where its data begin, counted from the first byte ever stored.
    data: u64,
    /// The number of bytes kept of each direction.
    kept: usize,
}

/// The last events, and the last of their data.
///
/// All memory is allocated when it is created. What is old is forgotten.
pub(crate) struct Log {
    /// At most as many as it has room for from the beginning.
    slots: KVVec<Slot>,
    /// The number of events ever stored.
    stored: u64,
    /// The first event that is not forgotten on purpose.
    first: u64,
    /// Bytes that were sent and received, by turns.
    data: KVVec<u8>,
    /// The number of bytes ever stored.
    written: u64,
}

/// How many bytes of data there are for each event that fits.
const DATA_PER_EVENT: usize = 32;

impl Log {
    /// Makes a record for `size` bytes of data, rounded up to a power of two; 0 for none.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the size is too large for that, `ENOMEM` if there is no memory.
    pub(crate) fn new(size: usize) -> Result<Self> {
        let size = match size {
            0 => 0,
            size => size
                .max(DATA_PER_EVENT)
                .checked_next_power_of_two()
                .ok_or(EINVAL)?,
        };
        Ok(Self {
            slots: KVVec::with_capacity(size / DATA_PER_EVENT, GFP_KERNEL)?,
            stored: 0,
            first: 0,
            data: KVVec::from_elem(0, size, GFP_KERNEL)?,
            written: 0,
        })
    }

    /// Returns the number of bytes of data that there is room for.
    pub(crate) fn size(&self) -> usize {
        self.data.len()
    }

    /// Makes this the same as another one of the same size.
    pub(crate) fn copy_from(&mut self, other: &Self) -> Result {
        if self.size() != other.size() {
            return Err(EINVAL);
        }
        self.slots.clear();
        self.slots.extend_from_slice(&other.slots, GFP_KERNEL)?;
        self.data.copy_from_slice(&other.data);
        (self.stored, self.first, self.written) = (other.stored, other.first, other.written);
        Ok(())
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.first = self.stored;
    }

    /// Returns how many of the bytes of a transfer are kept; no transfer takes all of the memory.
    pub(crate) fn keeps(&self, len: usize) -> usize {
        len.min(self.data.len() / 4)
    }

    /// Adds an event.
    pub(crate) fn push(&mut self, event: Event) {
        let capacity = self.capacity();
        let slot = Slot {
            event,
            data: self.written,
            kept: 0,
        };
        if self.slots.len() < capacity {
            // There is room for it.
            if self.slots.push_within_capacity(slot).is_err() {
                return;
            }
        } else if let Some(place) = self.slots.get_mut(wrap(self.stored, capacity)) {
            *place = slot;
        } else {
            return;
        }
        self.stored += 1;
    }

    /// Adds data to the last event: what was sent, and as many bytes that were received.
    ///
    /// All in all not more than the transfer [`keeps`](Self::keeps).
    pub(crate) fn append(&mut self, tx: &[u8], rx: &[u8]) {
        let (size, capacity) = (self.data.len(), self.capacity());
        let Some(last) = self.stored.checked_sub(1) else {
            return;
        };
        if let Some(slot) = self.slots.get_mut(wrap(last, capacity)) {
            slot.kept += tx.len();
        }

        for byte in tx.iter().zip(rx).flat_map(|(tx, rx)| [*tx, *rx]) {
            if let Some(place) = self.data.get_mut(wrap(self.written, size)) {
                *place = byte;
                self.written += 1;
            }
        }
    }

    fn capacity(&self) -> usize {
        self.data.len() / DATA_PER_EVENT
    }

    /// Returns a byte of data, counted from `start`.
    fn byte(&self, start: u64, offset: usize) -> u8 {
        let start = wrap(start, self.data.len());
        let index = (start + offset) & self.data.len().saturating_sub(1);
        self.data.get(index).copied().unwrap_or(0)
    }

    fn slot(&self, number: u64) -> Option<&Slot> {
        self.slots.get(wrap(number, self.capacity()))
    }

    /// Returns the number of the first event that is still there with all its data.
    fn oldest(&self) -> u64 {
        let room = |slots: usize| u64::try_from(slots).unwrap_or(u64::MAX);
        let data = self.written.saturating_sub(room(self.data.len()));
        let first = self.first.max(self.stored - room(self.slots.len()));

        (first..self.stored)
            .find(|number| self.slot(*number).is_some_and(|slot| slot.data >= data))
            .unwrap_or(self.stored)
    }

    /// Returns the number of events that had to be forgotten to make room.
    pub(crate) fn lost(&self) -> u64 {
        self.oldest() - self.first
    }

    /// Goes through the events, from old to new.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (self.oldest()..self.stored).filter_map(|number| {
            let slot = *self.slot(number)?;
            Some(Entry { log: self, slot })
        })
    }
}

/// Returns the place of a number in a ring, whose size is a power of two or 0.
fn wrap(number: u64, size: usize) -> usize {
    // CAST: The upper bits do not matter.
    (number as usize) & size.saturating_sub(1)
}
