// SPDX-License-Identifier: GPL-2.0

//! The controller that the SPI core sees.

use crate::{
    alarm::Alarm,
    bus::Bus,
    config::Config,
    faults::{
        Fault,
        Plan, //
    },
    line::Line, //
};
use kernel::{
    prelude::*,
    spi::{
        controller::{
            CurrentTransfer,
            Level,
            Operations,
            OptimizingMessage,
            SettingUp,
            Starting,
            Transferred, //
        },
        Device, //
    },
    sync::Arc, //
};

/// The data of a simulated controller.
#[pin_data]
pub(crate) struct Data {
    bus: Arc<Bus>,
    max_transfer_size: usize,
    max_message_size: usize,
    split_words: Option<usize>,
    #[pin]
    alarm: Alarm,
}

impl Data {
    pub(crate) fn new(config: &Config, bus: Arc<Bus>) -> impl PinInit<Self, Error> {
        let max_transfer_size = config.max_transfer_size.get(usize::MAX);
        let max_message_size = config.max_message_size.get(usize::MAX);
        let split_words = config.split_words.0;

        try_pin_init!(Self {
            bus,
            max_transfer_size,
            max_message_size,
            split_words,
            alarm <- Alarm::new(),
        })
    }

    fn setup(&self) -> Result {
        let refused = self
            .bus
            .faults()
            .with(|knobs| knobs.get(Fault::RefuseSetup));

        if refused != 0 {
            return Err(EINVAL);
        }
        Ok(())
    }

    fn optimize(&self, message: OptimizingMessage<'_>) -> Result<Prepared> {
        match self.split_words {
            Some(max) => split(message, max),
            None => Ok(Prepared),
        }
    }

    fn transfer_one<'t, 'd>(&'d self, mut transfer: Starting<'t, 'd>) -> Result<Transferred<'t>> {
        let plan = self.bus.exchange(&mut transfer)?;
        self.end(transfer, plan)
    }

    /// Ends a transfer whose data have been exchanged.
    fn end<'t, 'd>(&'d self, transfer: Starting<'t, 'd>, plan: Plan) -> Result<Transferred<'t>> {
        match plan {
            Plan {
                times_out: true, ..
            } => self.alarm.never(transfer).map(Transferred::Started),
            Plan {
                hard_irq: true,
                delay_us,
                ..
            } => self
                .alarm
                .after_us(transfer, delay_us)
                .map(Transferred::Started),
            _ => Ok(transfer.finish()),
        }
    }
}

#[cold]
fn split(mut message: OptimizingMessage<'_>, max: usize) -> Result<Prepared> {
    message.split_transfers_maxwords(max)?;
    Ok(Prepared)
}

/// A controller that takes messages as they are.
pub(crate) struct Plain;

/// A controller that prepares messages, as one does that translates them.
pub(crate) struct Preparing;

/// What a controller that prepares messages makes of one.
pub(crate) struct Prepared;

/// Implements a kind of controllers: what all have in common, and more.
macro_rules! operations {
    ($controller:ty, $prepared:ty, { $($more:tt)* }) => {
        #[vtable]
        impl Operations for $controller {
            type Data<'a> = Data;
            type DeviceState<'a> = Line;
            type Prepared<'p> = $prepared;

            fn new_device_state<'a>(data: &Data, dev: &Device) -> impl PinInit<Line, Error> {
                Line::new(&data.bus, dev.chip_select())
            }

            fn setup<'a>(data: &Data, _dev: &SettingUp<'_>, _line: Pin<&Line>) -> Result {
                data.setup()
            }

            fn max_transfer_size<'a>(data: &Data, _line: Pin<&Line>) -> usize {
                data.max_transfer_size
            }

            fn max_message_size<'a>(data: &Data, _line: Pin<&Line>) -> usize {
                data.max_message_size
            }

            fn set_cs<'a>(data: &Data, dev: &Device, line: Pin<&Line>, level: Level) {
                line.set_cs(&data.bus, dev, level);
            }

            fn transfer_at_once<'a>(
                _data: &Data,
                line: Pin<&Line>,
                transfer: &mut CurrentTransfer<'_>,
            ) -> bool {
                line.loop_back(transfer)
            }

            fn transfer_one<'t, 'd, 'a, 'p>(
                data: &'d Data,
                _line: Pin<&'t Line>,
                transfer: Starting<'t, 'd>,
                _prepared: Option<Pin<&'t mut $prepared>>,
            ) -> Result<Transferred<'t>> {
                data.transfer_one(transfer)
            }

            $($more)*
        }
    };
}

operations!(Plain, (), {});

operations!(Preparing, Prepared, {
    fn optimize_message<'a, 'p>(
        data: &'p Data,
        _line: Pin<&'p Line>,
        message: OptimizingMessage<'p>,
    ) -> impl PinInit<Prepared, Error>
    where
        'a: 'p,
    {
        data.optimize(message)
    }
});
