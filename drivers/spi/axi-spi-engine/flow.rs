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
//! An instruction is released only if there is room for all words that come in with it, so the
//! engine never has to wait for that. Words are sent only for instructions that were released, and
//! received only when a report tells that they are there.

use crate::{
    instruction::{
        Effect,
        Instruction, //
    },
    program::Fence, //
};

/// Gives the ids of reports, which have 8 bits.
///
/// An id comes again only after all others. 0 is never given; the engine has it after a reset.
pub(crate) struct Ids(u8);

impl Ids {
    pub(crate) const fn new() -> Self {
        Self(0)
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u8 {
        self.0 = self.0.checked_add(1).unwrap_or(1);
        self.0
    }
}

/// A report that has not arrived yet.
#[derive(Debug, Clone, Copy, Default)]
struct Report {
    id: u8,
    /// How many words come in after the report before this one.
    incoming: u32,
    /// How many words have to be sent before it arrives, see [`Flow::owed`].
    owed: u32,
    is_end: bool,
}

/// The reports that have not arrived yet, in their order.
#[derive(Default)]
struct Reports {
    items: [Report; Self::MAX],
    len: usize,
}

impl Reports {
    const MAX: usize = 4;

    #[inline]
    fn is_full(&self) -> bool {
        self.len == Self::MAX
    }

    #[inline]
    fn as_slice(&self) -> &[Report] {
        self.items.get(..self.len).unwrap_or(&[])
    }

    /// Adds one, if there is room.
    #[inline]
    fn push(&mut self, report: Report) {
        if let Some(item) = self.items.get_mut(self.len) {
            *item = report;
            self.len += 1;
        }
    }

    /// Takes out all up to the one of `id`, which comes last.
    #[inline]
    fn take(&mut self, id: u8) -> Option<Report> {
        let reports = self.as_slice();
        let last = reports.iter().position(|report| report.id == id)?;
        let taken = Report {
            incoming: reports.iter().take(last + 1).map(|r| r.incoming).sum(),
            ..*reports.get(last)?
        };

        self.items.copy_within(last + 1..self.len, 0);
        self.len -= last + 1;
        Some(taken)
    }
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
    instructions: core::slice::Iter<'p, Instruction>,
    /// How many words may be waiting to be received.
    capacity: u32,
    rx_lanes: u32,
    tx_lanes: u32,
    /// How many words come in with what was released, and are not received yet.
    outstanding: u32,
    /// How many of them come in after the last report.
    unreported: u32,
    /// How many words the released instructions send. It wraps around.
    owed: u32,
    /// How many words were sent. It wraps around.
    sent: u32,
    reports: Reports,
    /// Whether nothing may be released until all reports have arrived.
    waiting: bool,
}

impl<'p> Flow<'p> {
    /// Starts a program. `capacity` is how many words fit into the receive FIFO.
    pub(crate) fn new(instructions: &'p [Instruction], capacity: u32) -> Self {
        Self {
            instructions: instructions.iter(),
            capacity,
            rx_lanes: 1,
            tx_lanes: 1,
            outstanding: 0,
            unreported: 0,
            owed: 0,
            sent: 0,
            reports: Reports::default(),
            waiting: false,
        }
    }

    /// Hands instructions to `write`, `room` at most.
    #[inline]
    pub(crate) fn release(&mut self, room: u32, ids: &mut Ids, mut write: impl FnMut(Instruction)) {
        for _ in 0..room {
            let Some(&instruction) = self.instructions.as_slice().first() else {
                return;
            };
            if self.waiting {
                return;
            }
            let Some(released) = self.pass(instruction, ids) else {
                return;
            };
            write(released);
            self.instructions.next();
        }
    }

    /// Accounts for `instruction`, and returns what is to be written; `None` if it has to wait.
    #[inline]
    fn pass(&mut self, instruction: Instruction, ids: &mut Ids) -> Option<Instruction> {
        match instruction.effect() {
            Effect::Transfer {
                words,
                writes,
                reads,
            } => {
                if reads && !self.expect(words * self.rx_lanes) {
                    return None;
                }
                if writes {
                    self.owed = self.owed.wrapping_add(words * self.tx_lanes);
                }
            }
            Effect::Sync(id) => return self.report(Fence::from_id(id), ids),
            Effect::SdiLanes(lanes) => self.rx_lanes = lanes,
            Effect::SdoLanes(lanes) => self.tx_lanes = lanes,
            Effect::None => {}
        }
        Some(instruction)
    }

    /// Expects `words` to come in, if there is room for them.
    #[inline]
    fn expect(&mut self, words: u32) -> bool {
        let outstanding = self.outstanding.saturating_add(words);
        // Without a report to come, waiting would not help.
        if self.reports.len > 0 && outstanding > self.capacity {
            return false;
        }
        self.outstanding = outstanding;
        self.unreported += words;
        true
    }

    /// Expects a report.
    #[inline]
    fn report(&mut self, fence: Fence, ids: &mut Ids) -> Option<Instruction> {
        if self.reports.is_full() {
            return None;
        }
        let id = ids.next();
        self.reports.push(Report {
            id,
            incoming: core::mem::take(&mut self.unreported),
            owed: self.owed,
            is_end: fence == Fence::End,
        });
        self.waiting = fence == Fence::Waiting;
        Some(Instruction::sync(id))
    }

    /// Takes note of the report of `id`; `None` if it is not one of those that are expected.
    ///
    /// All words that it returns have to be received before anything else is done.
    #[inline]
    pub(crate) fn arrived(&mut self, id: u8) -> Option<Arrived> {
        let report = self.reports.take(id)?;

        self.outstanding = self.outstanding.saturating_sub(report.incoming);
        if self.reports.len == 0 {
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
        !self.instructions.as_slice().is_empty()
    }

    /// Returns whether there are instructions that the engine needs before it reports again.
    #[inline]
    pub(crate) fn needs_instructions(&self) -> bool {
        self.reports.len == 0 && self.has_instructions()
    }

    /// Returns whether there are words that the engine needs before it reports again.
    #[inline]
    pub(crate) fn needs_words(&self) -> bool {
        match self.reports.as_slice().first() {
            // CAST: The difference of two counters that are close to each other has a sign.
            Some(report) => (report.owed.wrapping_sub(self.sent) as i32) > 0,
            None => self.to_send() > 0,
        }
    }
}
