// SPDX-License-Identifier: GPL-2.0

//! Messages that fit into the FIFOs of the engine.

use crate::{
    flow::Sink,
    hardware::{
        Build,
        Hardware, //
    },
    instruction::Instruction,
    program::{
        Program,
        Section, //
    },
    regs,
    running::{
        check_sent,
        receive_all, //
    }, //
};
use core::ops::ControlFlow;
use kernel::{
    prelude::*,
    spi::controller::Words,
    time::{
        delay::udelay,
        Delta, //
    }, //
};

/// A message that is handed over at once. The only report that it makes ends it.
pub(crate) struct Short<'m> {
    words: Words<'m>,
    outgoing: u32,
    incoming: u32,
    /// The id of the report.
    id: u8,
}

impl<'m> Short<'m> {
    /// Returns what `program` does, if it is short enough for an engine of this kind.
    #[inline(always)]
    pub(crate) fn fits<'p>(program: &'p Program, build: &Build) -> Option<&'p Section> {
        let [section] = program.sections() else {
            return None;
        };
        // One more instruction may be needed for another chip select.
        let fits = section.times == 1
            && section.instructions < build.cmd_words
            && section.outgoing <= build.sdo_words;

        fits.then_some(section)
    }

    /// `section` is the only one of the program.
    #[inline(always)]
    pub(crate) fn new(section: &Section, words: Words<'m>, id: u8) -> Self {
        Self {
            words,
            outgoing: section.outgoing,
            incoming: section.incoming,
            id,
        }
    }

    /// Starts it on an idle engine.
    #[inline(always)]
    pub(crate) fn start(&mut self, program: &Program, hw: &Hardware<'_>) {
        let mut commands = hw;

        // The last one is a report without an id.
        if let Some((_, others)) = program.instructions().split_last() {
            commands.write(others);
        }
        commands.write_one(Instruction::sync(self.id));
        hw.send(&mut self.words, self.outgoing);
    }

    /// Waits without an interrupt, `duration` and a bit; returns whether it has ended.
    #[inline(always)]
    pub(crate) fn wait_busily(&self, duration: Delta, hw: &Hardware<'_>) -> bool {
        udelay(duration);
        hw.take_report(self.id)
    }

    /// Has it interrupt when it ends, or has ended.
    #[inline]
    pub(crate) fn interrupt(&self, hw: &Hardware<'_>) {
        hw.interrupt_on(regs::INT_ENABLE::zeroed().with_sync(true));
    }

    /// Goes on after an interrupt; breaks with how it ended, when it has.
    #[inline]
    pub(crate) fn go_on(
        &mut self,
        hw: &Hardware<'_>,
        pending: regs::INT_PENDING,
    ) -> ControlFlow<Result> {
        if !pending.sync() {
            return ControlFlow::Continue(());
        }
        hw.acknowledge_sync();
        if hw.sync_id() != self.id {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(self.end(hw))
    }

    /// Takes what has come in.
    ///
    /// # Errors
    ///
    /// `EIO` if words are missing, or left over.
    #[inline(always)]
    pub(crate) fn end(&mut self, hw: &Hardware<'_>) -> Result {
        // In this order: there is some time for the last word to come in.
        check_sent(self.outgoing > 0, hw)?;
        receive_all(&mut self.words, self.incoming, hw)
    }
}
