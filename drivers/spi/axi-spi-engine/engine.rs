// SPDX-License-Identifier: GPL-2.0

//! An engine, and the message that it sends, if there is one.

use crate::{
    flow::Ids,
    hardware::Hardware,
    instruction::{
        Instruction,
        Setting, //
    },
    long::Long,
    program::Program,
    regs,
    request::ALL_INACTIVE,
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
    platform,
    prelude::*,
    spi::controller::{
        CurrentMessage,
        Loan, //
    },
    sync::Arc,
    time::{
        msecs_to_jiffies,
        Delta, //
    },
    types::ForLt, //
};

mod offload;

/// How long the engine may take for a few settings.
const SETTINGS_TIMEOUT: Delta = Delta::from_millis(10);

/// How many times to look for the report that ends them before their time is taken: they are done
/// after some cycles of the engine's clock, about as long as a register takes to be read.
const LOOKS: usize = 4;

/// What the engine has been told, apart from messages.
struct Control {
    ids: Ids,
    /// Which chip selects are active high, one bit for each.
    inverted: u8,
    /// The chip select that a message has left active.
    held: Option<u8>,
    offload: offload::State,
}

impl Control {
    /// The pattern of the chip select lines between messages.
    fn idle_pattern(&self) -> u8 {
        self.held
            .map_or(ALL_INACTIVE, |chip_select| !(1 << (chip_select & 7)))
    }
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
    /// What is lent is the running message. A late interrupt finds none.
    #[pin]
    loan: Loan<Control, Lent>,
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
            loan <- Loan::new(Control {
                ids: Ids::new(),
                inverted: 0,
                held: None,
                offload: offload::State::default(),
            }),
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

        let (is_armed, old) = self.loan.with(|control| {
            let is_armed = control.offload.is_armed();
            let old = control.inverted & bit;
            if is_armed && old != new {
                return Err(EBUSY);
            }
            control.inverted = control.inverted & !bit | new;
            control.held = control.held.filter(|&held| held != chip_select);
            Ok((is_armed, old))
        })?;
        if is_armed {
            // No chip select is held, and the program has the engine.
            return Ok(());
        }
        if self.hw.is_in_reset() || self.apply().is_err() {
            self.restart().inspect_err(|_| {
                // The device keeps the settings that it had, so the next restart has to find them.
                self.loan
                    .with(|control| control.inverted = control.inverted & !bit | old);
            })?;
        }
        Ok(())
    }

    /// Tells the engine the settings that are not those of a message, and waits until it has them.
    fn apply(&self) -> Result {
        let inverts = self.hw.build().version().inverts_chip_selects();

        let id = self.loan.with(|control| {
            // All messages start from this one, and leave it.
            self.hw.command(Instruction::set(
                Setting::ClockDivider,
                Divider::ONE.setting(),
            ));
            if inverts {
                self.hw
                    .command(Instruction::invert_chip_selects(control.inverted));
            }
            self.hw
                .command(Instruction::chip_selects(control.idle_pattern()));
            let id = control.ids.next();
            self.hw.command(Instruction::sync(id));
            id
        });

        self.wait_for_report(id)
    }

    /// Waits for the report that ends a few settings.
    fn wait_for_report(&self, id: u8) -> Result {
        // As a rule it arrives by then.
        let has_arrived = (0..LOOKS).any(|_| self.hw.sync_id() == id);

        if !has_arrived {
            read_poll_timeout(
                || Ok(self.hw.sync_id()),
                |&last| last == id,
                Delta::from_micros(1),
                SETTINGS_TIMEOUT,
            )?;
        }
        // The report stays pending although it did not interrupt.
        self.hw.acknowledge_sync();
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
        self.loan.with(|control| control.held = None);

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
    /// - `EBUSY` if another message is being sent.
    pub(crate) fn transfer(&self, message: &mut CurrentMessage<'_>, program: &Program) -> Result {
        if self.hw.is_in_reset() {
            self.restart()?;
        }

        let build = self.hw.build();
        let words = message.words();
        let mut running = match Short::fits(program, build) {
            Some(section) => Running::short(Short::new(program, section, words)),
            None => Running::long(Long::new(program, build.sdi_words, words)),
        };
        let result = self.run(&mut running, program);

        match result {
            Ok(()) => {
                message.set_actual_length(message.total_length());
                Ok(())
            }
            // The engine is another message's.
            Err(EBUSY) => Err(EBUSY),
            Err(error) => self.give_up(error),
        }
    }

    /// Runs a message to its end.
    #[inline(always)]
    fn run(&self, running: &mut Running<'_>, program: &Program) -> Result {
        self.loan.lend(
            running,
            |control, running| self.start(control, running, program),
            || {},
            msecs_to_jiffies(program.timeout()),
        )?;
        running.result()
    }

    /// Starts a message.
    #[inline(always)]
    fn start(&self, control: &mut Control, running: &mut Running<'_>, program: &Program) {
        let mut cmd_room = self.hw.build().cmd_words;

        if control
            .held
            .is_some_and(|held| held != program.chip_select())
        {
            // The device that is still selected must not see the clock change.
            self.hw.command(Instruction::chip_selects(ALL_INACTIVE));
            cmd_room = cmd_room.saturating_sub(1);
        }
        control.held = program.holds_chip_select().then_some(program.chip_select());

        // What a fault has left behind does not end this message: its reports have ids of their
        // own.
        running.start(&self.hw, &mut control.ids, cmd_room);
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

        self.loan.handle(|control, running| match running {
            Some(running) => running.go_on(&self.hw, &mut control.ids, pending),
            None => {
                self.hw.interrupt_on(regs::INT_ENABLE::zeroed());
                ControlFlow::Continue(())
            }
        });
        IrqReturn::Handled
    }
}
