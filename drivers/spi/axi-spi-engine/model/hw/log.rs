// SPDX-License-Identifier: GPL-2.0

//! What happened on the pins, in order.

use super::{
    Lanes,
    Picoseconds,
    Word, //
};
use core::ops::DerefMut;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The chip select pins changed to these levels.
    Select(Picoseconds, u8),
    /// SCLK's idle level changed: high or low.
    ClockRests(Picoseconds, bool),
    /// A word was clocked.
    Word(Word),
    /// A reset cut a word short.
    Cut(Picoseconds),
    /// SCLK runs without an end.
    RunsAway(Picoseconds),
    /// The offload's stream gave a word of each lane.
    Streamed(Picoseconds, Lanes),
    /// The driver queued an instruction.
    Command(Picoseconds, u16),
}

impl Default for Event {
    fn default() -> Self {
        Self::Cut(0)
    }
}

/// A list of [`Event`]s in memory that the owner provides. When that is full, later events are
/// counted and not kept.
#[derive(Debug)]
pub struct Log<S> {
    storage: S,
    len: usize,
    lost: usize,
}

impl<S: DerefMut<Target = [Event]>> Log<S> {
    /// An empty log; it can hold as many events as there are in `storage`.
    pub const fn new(storage: S) -> Self {
        Self {
            storage,
            len: 0,
            lost: 0,
        }
    }

    /// What was kept, the oldest first.
    pub fn events(&self) -> &[Event] {
        self.storage.get(..self.len).unwrap_or(&[])
    }

    /// The words among the events.
    pub fn words(&self) -> impl Iterator<Item = &Word> + '_ {
        self.events().iter().filter_map(|event| match event {
            Event::Word(word) => Some(word),
            _ => None,
        })
    }

    /// The instructions that the driver queued.
    pub fn commands(&self) -> impl Iterator<Item = u16> + '_ {
        self.events().iter().filter_map(|event| match event {
            Event::Command(_, command) => Some(*command),
            _ => None,
        })
    }

    /// How many events there was no place for.
    pub fn lost(&self) -> usize {
        self.lost
    }

    /// Forgets all events.
    pub fn clear(&mut self) {
        self.len = 0;
        self.lost = 0;
    }

    pub(super) fn push(&mut self, event: Event) {
        match self.storage.get_mut(self.len) {
            Some(slot) => {
                *slot = event;
                self.len += 1;
            }
            None => self.lost = self.lost.saturating_add(1),
        }
    }
}
