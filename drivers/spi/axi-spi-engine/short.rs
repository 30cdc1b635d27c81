// SPDX-License-Identifier: GPL-2.0

//! Messages that fit into the FIFOs of the engine.

use crate::{
    flow::{
        Ids,
        Sink, //
    },
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
    spi::controller::Words, //
};

/// A message that is handed over at once. The only report that it makes ends it.
pub(crate) struct Short<'m> {
    instructions: &'m [u16],
    words: Words<'m>,
    outgoing: u32,
    incoming: u32,
    /// The id of the report.
    id: u8,
}

impl<'m> Short<'m> {
    /// Returns what `program` does, if it is short enough for an engine of this kind.
    #[inline]
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
    #[inline]
    pub(crate) fn new(program: &'m Program, section: &Section, words: Words<'m>) -> Self {
        Self {
            instructions: program.instructions(),
            words,
            outgoing: section.outgoing,
            incoming: section.incoming,
            id: 0,
        }
    }

    /// Starts it on an idle engine.
    #[inline]
    pub(crate) fn start(&mut self, hw: &Hardware<'_>, ids: &mut Ids) {
        let mut commands = hw;
        self.id = ids.next();

        // The last one is a report without an id.
        if let Some((_, others)) = self.instructions.split_last() {
            commands.write(others);
        }
        commands.write_one(Instruction::sync(self.id));
        hw.send(&mut self.words, self.outgoing);
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
        ControlFlow::Break(
            receive_all(&mut self.words, self.incoming, hw)
                .and_then(|()| check_sent(self.outgoing > 0, hw)),
        )
    }
}
