// SPDX-License-Identifier: GPL-2.0

//! Messages that are longer than the FIFOs of the engine.

use crate::{
    flow::{
        Flow,
        Ids, //
    },
    hardware::Hardware,
    program::Program,
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

/// A message that is handed over in parts, and how far it got.
pub(crate) struct Long<'m> {
    flow: Flow<'m>,
    words: Words<'m>,
    /// What may interrupt.
    enabled: regs::INT_ENABLE,
}

impl<'m> Long<'m> {
    /// Starts it on an idle engine. `cmd_room` is how many instructions it takes.
    #[inline(always)]
    pub(crate) fn start(
        program: &'m Program,
        words: Words<'m>,
        hw: &Hardware<'_>,
        ids: &Ids,
        cmd_room: u32,
    ) -> Self {
        let build = hw.build();
        let mut long = Self {
            flow: Flow::new(program.instructions(), program.sections(), build.sdi_words),
            words,
            enabled: regs::INT_ENABLE::zeroed(),
        };

        long.flow.release(cmd_room, ids, hw);
        long.send(hw, build.sdo_words);
        long
    }

    /// Goes on after an interrupt; breaks with how it ended, when it has.
    #[inline]
    pub(crate) fn go_on(
        &mut self,
        hw: &Hardware<'_>,
        ids: &Ids,
        pending: regs::INT_PENDING,
    ) -> ControlFlow<Result> {
        if pending.sync() {
            self.take_report(hw)?;
        }

        if self.flow.has_instructions() {
            self.flow.release(hw.cmd_room(), ids, hw);
        }
        if self.flow.to_send() > 0 {
            self.send(hw, hw.sdo_room());
        }
        self.choose_interrupts(hw);
        ControlFlow::Continue(())
    }

    /// Takes what has come in before a report; breaks with how the message ended, if it was the
    /// last one.
    #[inline]
    fn take_report(&mut self, hw: &Hardware<'_>) -> ControlFlow<Result> {
        hw.acknowledge_sync();
        let Some(arrived) = self.flow.arrived(hw.sync_id()) else {
            return ControlFlow::Continue(());
        };

        if arrived.is_all {
            if let Err(error) = receive_all(&mut self.words, arrived.words, hw) {
                return ControlFlow::Break(Err(error));
            }
        } else {
            hw.receive(&mut self.words, arrived.words);
        }

        if arrived.is_end {
            return ControlFlow::Break(check_sent(self.flow.has_sent(), hw));
        }
        ControlFlow::Continue(())
    }

    /// Sends words, `room` at most.
    fn send(&mut self, hw: &Hardware<'_>, room: u32) {
        let count = self.flow.to_send().min(room);
        hw.send(&mut self.words, count);
        self.flow.sent(count);
    }

    /// Has it interrupt when something can be done for it.
    pub(crate) fn choose_interrupts(&mut self, hw: &Hardware<'_>) {
        let enable = regs::INT_ENABLE::zeroed()
            .with_sync(true)
            .with_cmd_almost_empty(self.flow.needs_instructions())
            .with_sdo_almost_empty(self.flow.needs_words());

        if enable != self.enabled {
            self.enabled = enable;
            hw.interrupt_on(enable);
        }
    }
}
