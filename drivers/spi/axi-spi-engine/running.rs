// SPDX-License-Identifier: GPL-2.0

//! A message that is being sent.

use crate::{
    flow::{
        Flow,
        Ids, //
    },
    hardware::Hardware,
    instruction::Instruction,
    regs, //
};
use kernel::{
    prelude::*,
    spi::controller::Words, //
};

/// A message that is being sent, and how far it got.
pub(crate) struct Running<'m> {
    flow: Flow<'m>,
    words: Words<'m>,
    /// What may interrupt.
    enabled: regs::INT_ENABLE,
    /// How it ended, once it has.
    result: Option<Result>,
}

impl<'m> Running<'m> {
    pub(crate) fn new(instructions: &'m [Instruction], sdi_words: u32, words: Words<'m>) -> Self {
        Self {
            flow: Flow::new(instructions, sdi_words),
            words,
            enabled: regs::INT_ENABLE::zeroed(),
            result: None,
        }
    }

    /// Returns how it ended; `None` if it has not.
    ///
    /// # Errors
    ///
    /// `EIO` if the engine says that it has ended, but words are missing, or left over.
    pub(crate) fn result(&self) -> Option<Result> {
        self.result
    }

    /// Starts it on an idle engine. `cmd_room` is how many instructions it takes.
    pub(crate) fn start(&mut self, hw: &Hardware<'_>, ids: &mut Ids, cmd_room: u32) {
        self.release(hw, ids, cmd_room);
        self.send(hw, hw.build().sdo_words);
        self.choose_interrupts(hw);
    }

    /// Goes on after an interrupt; returns whether it has ended.
    pub(crate) fn go_on(
        &mut self,
        hw: &Hardware<'_>,
        ids: &mut Ids,
        pending: regs::INT_PENDING,
    ) -> bool {
        if pending.sync() {
            self.result = self.take_report(hw);
            if self.result.is_some() {
                hw.interrupt_on(regs::INT_ENABLE::zeroed());
                return true;
            }
        }

        if self.flow.has_instructions() {
            self.release(hw, ids, hw.cmd_room());
        }
        if self.flow.to_send() > 0 {
            self.send(hw, hw.sdo_room());
        }
        self.choose_interrupts(hw);
        false
    }

    /// Takes what has come in before a report; returns how the message ended, if it was the last
    /// one.
    fn take_report(&mut self, hw: &Hardware<'_>) -> Option<Result> {
        hw.acknowledge_sync();
        let arrived = self.flow.arrived(hw.sync_id())?;

        // If words were lost, the last one is missing.
        let last = u32::from(arrived.is_all && arrived.words > 0);
        self.words.fill(arrived.words - last, || hw.receive());
        if last > 0 {
            let Some(word) = hw.try_receive() else {
                return Some(Err(EIO));
            };
            self.words.fill(1, || word);
        }

        arrived.is_end.then(|| self.check_end(hw))
    }

    /// Checks that all that was sent has been used.
    fn check_end(&self, hw: &Hardware<'_>) -> Result {
        if self.flow.has_sent() && hw.sdo_room() != hw.build().sdo_words {
            return Err(EIO);
        }
        Ok(())
    }

    /// Hands over instructions, `room` at most.
    fn release(&mut self, hw: &Hardware<'_>, ids: &mut Ids, room: u32) {
        self.flow
            .release(room, ids, |instruction| hw.command(instruction));
    }

    /// Sends words, `room` at most.
    fn send(&mut self, hw: &Hardware<'_>, room: u32) {
        let count = self.flow.to_send().min(room);
        self.words.take(count, |word| hw.send(word));
        self.flow.sent(count);
    }

    fn choose_interrupts(&mut self, hw: &Hardware<'_>) {
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
