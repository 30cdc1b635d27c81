// SPDX-License-Identifier: GPL-2.0

//! How far a program got, and what may be handed to the engine next.
//!
//! ```text
//!   program ---release---> instruction FIFO ---> executed ---> report
//!   tx words ---send-----> transmit FIFO   ----^     |           |
//!   rx words <--receive--- receive FIFO <------------+           |
//!                ^-- as many as come in before the report -------+
//! ```
//!
//! A section is released only if there is room for all words that come in with it, so the engine
//! never has to wait for that. Words are sent only for sections of which something was released,
//! and received only when a report tells that they are there.

use crate::{
    instruction::Instruction,
    program::{
        Fence,
        Section, //
    }, //
};
use kernel::spi::controller::Racy;

/// Gives the ids of reports, which have 8 bits.
///
/// An id comes again only after all others. 0 is never given; the engine has it after a reset. Who
/// takes one has it executed, or resets the engine, so the last report never has the id of one that
/// is to come.
///
/// Only who has the engine takes one, so they are not taken at the same time: who sends a message
/// or makes settings, the interrupt handler while it has the message, and who arms and disarms the
/// offload.
pub(crate) struct Ids(Racy<u8>);

impl Ids {
    pub(crate) const fn new() -> Self {
        Self(Racy::new(0))
    }

    #[inline]
    pub(crate) fn next(&self) -> u8 {
        let id = self.0.get().checked_add(1).unwrap_or(1);
        self.0.set(id);
        id
    }
}

/// A report that has not arrived yet.
#[derive(Debug, Clone, Copy)]
struct Report {
    /// How many words come in after the report before this one.
    incoming: u32,
    /// How many words have to be sent before it arrives, see [`Flow::owed`].
    owed: u32,
    id: u8,
    is_end: bool,
}

impl Report {
    const NONE: Self = Self {
        incoming: 0,
        owed: 0,
        id: 0,
        is_end: false,
    };
}

/// The reports that have not arrived yet, in their order.
struct Reports {
    items: [Report; Self::MAX],
    /// The place of the first one, but for the rounds that were made.
    first: usize,
    len: usize,
}

impl Reports {
    const MAX: usize = 4;

    #[inline]
    const fn new() -> Self {
        Self {
            items: [Report::NONE; Self::MAX],
            first: 0,
            len: 0,
        }
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.len == Self::MAX
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The one that is `index` behind the first.
    #[inline]
    fn get(&self, index: usize) -> &Report {
        &self.items[self.first.wrapping_add(index) % Self::MAX]
    }

    /// The first one, if there is one.
    #[inline]
    fn first(&self) -> Option<&Report> {
        (!self.is_empty()).then(|| self.get(0))
    }

    /// Adds one. There must be room.
    #[inline]
    fn push(&mut self, report: Report) {
        self.items[self.first.wrapping_add(self.len) % Self::MAX] = report;
        self.len += 1;
    }

    /// Takes out all up to the one of `id`, which comes last.
    #[inline]
    fn take(&mut self, id: u8) -> Option<Report> {
        let mut incoming = 0u32;

        for index in 0..self.len {
            let report = *self.get(index);
            incoming = incoming.saturating_add(report.incoming);
            if report.id == id {
                self.first = self.first.wrapping_add(index + 1);
                self.len -= index + 1;
                return Some(Report { incoming, ..report });
            }
        }
        None
    }
}

/// Where instructions go.
pub(crate) trait Sink {
    /// Takes `instructions` as they are.
    fn write(&mut self, instructions: &[u16]);

    /// Takes one.
    fn write_one(&mut self, instruction: Instruction);
}

/// What has arrived with a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrived {
    /// How many words can be received.
    pub(crate) words: u32,
    /// Whether no other word can have come in.
    pub(crate) is_all: bool,
    /// Whether the program has ended.
    pub(crate) is_end: bool,
}

/// How far a program got.
pub(crate) struct Flow<'p> {
    /// The instructions of the sections that were not begun yet.
    instructions: &'p [u16],
    /// The sections that were not begun yet.
    sections: &'p [Section],
    /// The section that was begun last.
    section: Section,
    /// Its instructions, but for the report.
    body: &'p [u16],
    /// Those that were not released yet, unless the report was.
    todo: Option<&'p [u16]>,
    /// How many more times it is to be executed.
    again: u32,
    /// How many words may be waiting to be received.
    capacity: u32,
    /// How many words come in with sections that were begun, and are not received yet.
    outstanding: u32,
    /// How many words the sections send that were begun. It wraps around.
    owed: u32,
    /// How many words were sent. It wraps around.
    sent: u32,
    reports: Reports,
    /// Whether nothing may be released until all reports have arrived.
    waiting: bool,
}

impl<'p> Flow<'p> {
    /// Starts a program. `capacity` is how many words fit into the receive FIFO.
    #[inline]
    pub(crate) fn new(instructions: &'p [u16], sections: &'p [Section], capacity: u32) -> Self {
        Self {
            instructions,
            sections,
            section: Section::EMPTY,
            body: &[],
            todo: None,
            again: 0,
            capacity,
            outstanding: 0,
            owed: 0,
            sent: 0,
            reports: Reports::new(),
            waiting: false,
        }
    }

    /// Hands instructions to `sink`, `room` at most.
    pub(crate) fn release(&mut self, room: u32, ids: &Ids, mut sink: impl Sink) {
        // CAST: `usize` has 32 bits at least.
        let mut room = room as usize;

        while room > 0 {
            let Some(todo) = self.todo.take().or_else(|| self.begin_section()) else {
                return;
            };
            if let Some((now, later)) = todo.split_at_checked(room) {
                sink.write(now);
                self.todo = Some(later);
                return;
            }
            sink.write(todo);
            sink.write_one(self.end_section(ids));
            room -= todo.len() + 1;
        }
    }

    /// Begins the next section, if there is one, and room for what comes in with it; returns its
    /// instructions, but for the report.
    // Not inline: `release()` has nothing else to keep in registers then.
    #[inline(never)]
    fn begin_section(&mut self) -> Option<&'p [u16]> {
        if self.again > 0 {
            if !self.has_room(self.section.incoming) {
                return None;
            }
            self.again -= 1;
        } else {
            let (section, sections) = self.sections.split_first()?;
            if !self.has_room(section.incoming) {
                return None;
            }
            self.next_section(section, sections);
        }

        self.outstanding = self.outstanding.saturating_add(self.section.incoming);
        self.owed = self.owed.wrapping_add(self.section.outgoing);
        Some(self.body)
    }

    /// Whether a section may begin with which `incoming` words come in.
    #[inline]
    fn has_room(&self, incoming: u32) -> bool {
        // Without a report to come, waiting would not help.
        self.reports.is_empty()
            || (!self.waiting
                && !self.reports.is_full()
                && self.outstanding.saturating_add(incoming) <= self.capacity)
    }

    /// Goes from one section to another, which is before `sections`.
    #[inline]
    fn next_section(&mut self, section: &'p Section, sections: &'p [Section]) {
        // CAST: `usize` has 32 bits at least.
        let count = (section.instructions as usize).min(self.instructions.len());
        let (own, others) = self.instructions.split_at(count);

        self.section = *section;
        self.sections = sections;
        self.instructions = others;
        // The last one is a report without an id.
        self.body = own.split_last().map_or(&[], |(_, body)| body);
        self.again = section.times.saturating_sub(1);
    }

    /// Ends the section; returns the report.
    #[inline]
    fn end_section(&mut self, ids: &Ids) -> Instruction {
        let id = ids.next();

        self.reports.push(Report {
            incoming: self.section.incoming,
            owed: self.owed,
            id,
            is_end: self.section.fence == Fence::End,
        });
        self.waiting = self.section.fence == Fence::Waiting;
        Instruction::sync(id)
    }

    /// Takes note of the report of `id`; `None` if it is not one of those that are expected.
    ///
    /// All words that it returns have to be received before anything else is done.
    #[inline]
    pub(crate) fn arrived(&mut self, id: u8) -> Option<Arrived> {
        let report = self.reports.take(id)?;

        self.outstanding = self.outstanding.saturating_sub(report.incoming);
        if self.reports.is_empty() {
            self.waiting = false;
        }
        Some(Arrived {
            words: report.incoming,
            is_all: self.outstanding == 0,
            is_end: report.is_end,
        })
    }

    /// Returns how many words may be sent.
    #[inline]
    pub(crate) fn to_send(&self) -> u32 {
        self.owed.wrapping_sub(self.sent)
    }

    /// Takes note that `count` words were sent.
    #[inline]
    pub(crate) fn sent(&mut self, count: u32) {
        self.sent = self.sent.wrapping_add(count);
    }

    /// Returns whether there were words to be sent.
    #[inline]
    pub(crate) fn has_sent(&self) -> bool {
        self.sent != 0
    }

    /// Returns whether there are instructions that were not released yet.
    #[inline]
    pub(crate) fn has_instructions(&self) -> bool {
        self.todo.is_some() || self.again > 0 || !self.sections.is_empty()
    }

    /// Returns whether there are instructions that the engine needs before it reports again.
    #[inline]
    pub(crate) fn needs_instructions(&self) -> bool {
        self.reports.is_empty() && self.has_instructions()
    }

    /// Returns whether there are words that the engine needs before it reports again.
    #[inline]
    pub(crate) fn needs_words(&self) -> bool {
        match self.reports.first() {
            // CAST: The difference of two counters that are close to each other has a sign.
            Some(report) => (report.owed.wrapping_sub(self.sent) as i32) > 0,
            None => self.to_send() > 0,
        }
    }
}
