// SPDX-License-Identifier: GPL-2.0

//! What an engine does for its offload.
//!
//! Messages don't come while it is armed, and nothing else comes while it is being armed: the layer
//! above sees to that, and that one operation comes at a time. Settings may come while it is armed,
//! and then leave the engine alone: it belongs to who disarms.

use super::{
    Control,
    Engine,
    SETTINGS_TIMEOUT, //
};
use crate::{
    flow::Ids,
    held::Held,
    instruction::{
        Instruction,
        Setting, //
    },
    recording::Recorded,
    request::{
        selecting,
        ALL_INACTIVE, //
    },
    timing::Divider, //
};
use kernel::{
    io::poll::read_poll_timeout,
    prelude::*,
    time::Delta, //
};

/// How long to sleep until the program is looked at again.
const POLL: Delta = Delta::from_micros(20);

/// The state of the offload.
#[derive(Clone, Copy, Default)]
pub(super) struct State {
    /// What its memories hold.
    recorded: Option<Recorded>,
    /// Whether the trigger starts the program.
    armed: bool,
}

impl State {
    pub(super) fn is_armed(&self) -> bool {
        self.armed
    }
}

/// A few instructions.
struct Settings {
    items: [Instruction; Self::MAX],
    len: usize,
}

impl Settings {
    /// The chip selects, the mode, the divider, the word length, two for lanes, and the report.
    const MAX: usize = 7;

    fn new() -> Self {
        Self {
            items: [Instruction::zeroed(); Self::MAX],
            len: 0,
        }
    }

    /// Adds one; there is room for [`MAX`](Self::MAX).
    fn push(&mut self, instruction: Instruction) {
        if let Some(item) = self.items.get_mut(self.len) {
            *item = instruction;
            self.len += 1;
        }
    }

    fn set(&mut self, setting: Setting, value: u8) {
        self.push(Instruction::set(setting, value));
    }

    fn as_slice(&self) -> &[Instruction] {
        self.items.get(..self.len).unwrap_or(&[])
    }
}

impl Control {
    /// The instructions with which a program finds what it relies on, and the id of their report.
    /// From then on the offload counts as armed.
    ///
    /// # Errors
    ///
    /// `EINVAL` if nothing is recorded.
    fn settings_before(&mut self, held: &Held, ids: &Ids) -> Result<(Settings, u8)> {
        let Recorded {
            start, chip_select, ..
        } = self.offload.recorded.ok_or(EINVAL)?;
        let mut settings = Settings::new();

        if held.pass_on(selecting(chip_select), ALL_INACTIVE) {
            // The device that is still selected must not see the clock change.
            settings.push(Instruction::chip_selects(ALL_INACTIVE));
        }
        settings.set(Setting::Mode, start.mode);
        if start.divider != Divider::ONE {
            settings.set(Setting::ClockDivider, start.divider.setting());
        }
        if let Some(bits) = start.bits {
            settings.set(Setting::WordLength, bits);
        }
        if let Some(lanes) = start.lanes {
            settings.set(Setting::SdiLanes, lanes.rx);
            settings.set(Setting::SdoLanes, lanes.tx);
        }

        let id = ids.next();
        settings.push(Instruction::sync(id));
        self.offload.armed = true;
        Ok((settings, id))
    }
}

impl Engine<'_> {
    /// Notes what the memories of the offload hold now.
    pub(crate) fn note_recorded(&self, recorded: Recorded) {
        self.control.lock().offload.recorded = Some(recorded);
    }

    /// Forgets what the offload has recorded. It must not be armed.
    ///
    /// This sleeps.
    pub(crate) fn forget_recorded(&self) {
        self.control.lock().offload.recorded = None;
        self.hw.empty_memories();
    }

    /// Lets the trigger start the program that is recorded. It must not be armed.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if nothing is recorded.
    /// - `ETIMEDOUT` if the engine does not react. It has been reset.
    pub(crate) fn arm_offload(&self) -> Result {
        if self.hw.is_in_reset() {
            self.restart()?;
        }
        let (settings, id) = self.control.lock().settings_before(&self.held, &self.ids)?;

        if let Err(error) = self.tell(settings.as_slice(), id) {
            self.control.lock().offload.armed = false;
            return self.give_up(error);
        }
        self.hw.enable_offload(true);
        Ok(())
    }

    /// Gives instructions that end with a report of `id`, and waits for it.
    fn tell(&self, settings: &[Instruction], id: u8) -> Result {
        for (number, &instruction) in (0..).zip(settings) {
            if number >= self.hw.build().cmd_words {
                self.wait_for_room()?;
            }
            self.hw.command(instruction);
        }
        self.wait_for_report(id)
    }

    fn wait_for_room(&self) -> Result {
        read_poll_timeout(
            || Ok(self.hw.cmd_room()),
            |&room| room > 0,
            Delta::from_micros(1),
            SETTINGS_TIMEOUT,
        )?;
        Ok(())
    }

    /// Stops the program that is recorded. It must be armed.
    ///
    /// A run that has begun ends, if it can: it may be waiting for a stream without an end. Then
    /// the engine is reset. It is reset as well if a word of a stream may be waiting to be sent,
    /// which the next message would send (R11, C22). This sleeps.
    pub(crate) fn disarm_offload(&self, sends_stream: bool) {
        self.hw.enable_offload(false);

        let stopped = self.has_stopped();
        if !stopped {
            dev_warn!(
                self.dev,
                "the offload does not stop, resetting the engine\n"
            );
        }

        let resets = !stopped || sends_stream;
        if resets {
            // It says so if that does not help, and the next use tries again.
            let _ = self.restart();
        }
        let mut control = self.control.lock();
        if !resets {
            self.leave_as_messages_do(&control);
        }
        // The last thing, with the lock: from here on settings may use the engine.
        control.offload.armed = false;
    }

    /// Waits until the program has ended; returns whether it has.
    fn has_stopped(&self) -> bool {
        if !self.hw.offload_is_on() {
            return true;
        }
        let recorded = self.control.lock().offload.recorded;

        read_poll_timeout(
            || Ok(self.hw.offload_is_on()),
            |&is_on| !is_on,
            POLL,
            recorded.map_or(Delta::ZERO, |recorded| recorded.timeout),
        )
        .is_ok()
    }

    /// Makes the settings that messages rely on. What is told next ends with a report.
    fn leave_as_messages_do(&self, control: &Control) {
        let Some(recorded) = control.offload.recorded else {
            return;
        };

        if recorded.start.divider != Divider::ONE {
            self.hw.command(Instruction::set(
                Setting::ClockDivider,
                Divider::ONE.setting(),
            ));
        }
        if recorded.holds_chip_select {
            self.hw.command(Instruction::chip_selects(ALL_INACTIVE));
        }
    }
}
