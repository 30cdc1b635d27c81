// SPDX-License-Identifier: GPL-2.0

//! An engine, and the message that it sends, if there is one.

use crate::{
    flow::Ids,
    hardware::Hardware,
    held::Held,
    instruction::{
        Instruction,
        Setting, //
    },
    long::Long,
    program::Program,
    regs,
    request::{
        selecting,
        ALL_INACTIVE, //
    },
    running::Running,
    short::Short,
    timing::Divider,
    version::Limits, //
};
use core::ops::ControlFlow;
use kernel::{
    device::{
        Bound,
        Device, //
    },
    io::poll::read_poll_timeout,
    irq::{
        self,
        IrqReturn, //
    },
    new_spinlock,
    platform,
    prelude::*,
    spi::controller::{
        CurrentMessage,
        Loan,
        Words, //
    },
    sync::{
        Arc,
        SpinLock, //
    },
    time::{
        msecs_to_jiffies,
        Delta, //
    },
    types::ForLt, //
};

mod offload;

/// How long the engine may take for a few settings.
const SETTINGS_TIMEOUT: Delta = Delta::from_millis(10);

/// What the engine has been told, apart from messages.
struct Control {
    /// Which chip selects are active high, one bit for each.
    inverted: u8,
    offload: offload::State,
}

/// What is lent to the interrupt handler.
type Lent = ForLt!(Running<'_>);

/// An engine, and the message that it sends.
///
/// Settings and messages don't come at the same time: the SPI core sees to that.
#[pin_data]
pub(crate) struct Engine<'bound> {
    dev: &'bound Device<Bound>,
    hw: Hardware<'bound>,
    limits: Limits,
    ids: Ids,
    held: Held,
    #[pin]
    control: SpinLock<Control>,
    /// What is lent is the running message. A late interrupt finds none.
    #[pin]
    loan: Loan<(), Lent>,
}

impl<'bound> Engine<'bound> {
    pub(crate) fn new(
        dev: &'bound platform::Device<Bound>,
        hw: Hardware<'bound>,
    ) -> impl PinInit<Self, Error> + 'bound {
        let limits = hw.build().limits();

        try_pin_init!(Self {
            dev: dev.as_ref(),
            hw,
            limits,
            ids: Ids::new(),
            held: Held::new(),
            control <- new_spinlock!(Control {
                inverted: 0,
                offload: offload::State::default(),
            }),
            loan <- Loan::new(()),
        })
    }

    #[inline]
    pub(crate) fn hw(&self) -> &Hardware<'bound> {
        &self.hw
    }

    #[inline]
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Makes a chip select inactive, and sets whether it is active high.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `EBUSY` if the offload is armed, and the polarity another one.
    /// - `ETIMEDOUT` if the engine does not react, not even after a reset.
    pub(crate) fn set_polarity(&self, chip_select: u8, active_high: bool) -> Result {
        let bit = 1 << (chip_select & 7);
        let new = if active_high { bit } else { 0 };

        let old = {
            let mut control = self.control.lock();
            let old = control.inverted & bit;

            if control.offload.is_armed() {
                // No chip select is held, and the program has the engine.
                return if old == new { Ok(()) } else { Err(EBUSY) };
            }
            control.inverted = control.inverted & !bit | new;
            old
        };
        self.held.release(selecting(chip_select));
        if self.hw.is_in_reset() || self.apply().is_err() {
            self.restart().inspect_err(|_| {
                // The device keeps the settings that it had, so the next restart has to find them.
                let mut control = self.control.lock();
                control.inverted = control.inverted & !bit | old;
            })?;
        }
        Ok(())
    }

    /// Tells the engine the settings that are not those of a message, and waits until it has them.
    fn apply(&self) -> Result {
        let id = self.ids.next();

        // All messages start from this one, and leave it.
        self.hw.command(Instruction::set(
            Setting::ClockDivider,
            Divider::ONE.setting(),
        ));
        if self.hw.build().version().inverts_chip_selects() {
            let inverted = self.control.lock().inverted;
            self.hw.command(Instruction::invert_chip_selects(inverted));
        }
        self.hw
            .command(Instruction::chip_selects(self.held.pattern()));
        self.hw.command(Instruction::sync(id));

        self.wait_for_report(id)
    }

    /// Waits for the report that ends a few settings.
    fn wait_for_report(&self, id: u8) -> Result {
        // As a rule it arrives at once.
        if self.hw.take_report(id) {
            return Ok(());
        }
        read_poll_timeout(
            || Ok(self.hw.take_report(id)),
            |&has_arrived| has_arrived,
            Delta::from_micros(1),
            SETTINGS_TIMEOUT,
        )?;
        Ok(())
    }

    /// Makes the engine work again, with its settings.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// `ETIMEDOUT` if it does not react. It is left in reset then, and the next use tries again.
    fn restart(&self) -> Result {
        self.hw.reset();
        self.held.clear();

        self.apply().inspect_err(|_| {
            self.hw.hold_reset();
            dev_err!(self.dev, "the engine does not react after a reset\n");
        })
    }

    /// Sends a message. `program` is what it was compiled to.
    ///
    /// After an error the engine is reset, and ready for the next message. This sleeps.
    ///
    /// # Errors
    ///
    /// - `ETIMEDOUT` if the engine does not finish in time.
    /// - `EIO` if words were lost.
    pub(crate) fn transfer(&self, message: &mut CurrentMessage<'_>, program: &Program) -> Result {
        if self.hw.is_in_reset() {
            self.restart()?;
        }

        self.run(message.words(), program)
            .or_else(|error| self.give_up(error))?;
        message.set_actual_length(message.total_length());
        Ok(())
    }

    /// Runs a message to its end.
    #[inline(always)]
    fn run(&self, words: Words<'_>, program: &Program) -> Result {
        let (hw, ids) = (&self.hw, &self.ids);
        let mut cmd_room = hw.build().cmd_words;

        if self.held.pass_on(program.wanted(), program.left()) {
            // The device that is still selected must not see the clock change.
            hw.command(Instruction::chip_selects(ALL_INACTIVE));
            cmd_room = cmd_room.saturating_sub(1);
        }

        // What a fault has left behind does not end this message: its reports have ids of their
        // own.
        let Some(section) = Short::fits(program, hw.build()) else {
            let long = Long::start(program, words, hw, ids, cmd_room);
            return self.wait(Running::long(long), program);
        };

        let mut short = Short::new(section, words, ids.next());
        short.start(program, hw);
        if let Some(duration) = program.brief() {
            if short.wait_busily(duration, hw) {
                return short.end(hw);
            }
        }
        self.wait(Running::short(short), program)
    }

    /// Waits for the end of a message that was started.
    // Not inline: those that have ended need no room for it.
    #[inline(never)]
    fn wait(&self, mut running: Running<'_>, program: &Program) -> Result {
        self.loan.lend(
            &mut running,
            |(), running| running.interrupt(&self.hw),
            || {},
            msecs_to_jiffies(program.timeout()),
        )?;
        running.result()
    }

    /// Gets rid of a message that did not end as it should.
    fn give_up(&self, error: Error) -> Result {
        dev_err!(self.dev, "resetting the engine: {:?}\n", error);
        self.restart()?;
        Err(error)
    }
}

/// The interrupt handler's share of an engine.
pub(crate) struct Handler<'bound>(pub(crate) Arc<Engine<'bound>>);

impl irq::Handler for Handler<'_> {
    fn handle(&self) -> IrqReturn {
        self.0.handle()
    }
}

impl Engine<'_> {
    fn handle(&self) -> IrqReturn {
        let pending = self.hw.pending();
        if pending.into_raw() == 0 {
            return IrqReturn::None;
        }

        self.loan.handle(|(), running| match running {
            Some(running) => running.go_on(&self.hw, &self.ids, pending),
            None => {
                self.hw.interrupt_on(regs::INT_ENABLE::zeroed());
                ControlFlow::Continue(())
            }
        });
        IrqReturn::Handled
    }
}
