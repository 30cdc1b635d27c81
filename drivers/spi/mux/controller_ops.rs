// SPDX-License-Identifier: GPL-2.0

//! The controller behind which the children of the mux are.

use crate::selector::{
    Select,
    Selector, //
};
use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        controller::{
            self,
            AdjustableOperation,
            CurrentMessage,
            MemoryOperation,
            OptimizingMessage,
            Original,
            Proxy,
            Relay,
            SettingUp, //
        }, //
    },
    types::ForLt, //
};

use core::marker::PhantomData;

/// The controller of a mux of type `S`.
pub(crate) struct Mux<S>(PhantomData<S>);

/// The data of one mux.
#[pin_data]
pub(crate) struct Data<'a, S: Select> {
    /// The device on the parent's bus that all children are reached through.
    original: Original<'a>,
    #[pin]
    selector: Selector<S>,
}

impl<'a, S: Select> Data<'a, S> {
    pub(crate) fn new(dev: &'a spi::Device<Bound>, mux: S) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            original: Original::new(dev)?,
            selector <- Selector::new(mux),
        })
    }

    /// Selects the state for a message; `again` if the last one was to the same child, and kept
    /// nothing.
    #[inline]
    fn select(&self, state: u32, again: bool) -> Result<S::Selected<'_>> {
        let kept = if again {
            None
        } else {
            self.selector.take_up(state)
        };

        match kept {
            Some(selected) => Ok(selected),
            None => self.selector.select(state),
        }
    }
}

#[vtable]
impl<S> controller::Operations for Mux<S>
where
    S: ForLt + 'static,
    for<'a> S::Of<'a>: Select,
{
    type Data<'a> = Data<'a, S::Of<'a>>;

    /// Each child has a device of its own on the parent's bus, with its own settings.
    type DeviceState<'a> = Proxy<'a>;

    /// Each message of a child has a message of its own to that device.
    type Prepared<'p> = Relay<'p>;

    fn new_device_state<'a>(
        data: &Self::Data<'a>,
        dev: &spi::Device,
    ) -> impl PinInit<Proxy<'a>, Error> {
        Proxy::new(&data.original, dev)
    }

    fn setup<'a>(_data: &Self::Data<'a>, dev: &SettingUp<'_>, proxy: Pin<&Proxy<'a>>) -> Result {
        proxy.setup(dev)
    }

    fn cleanup<'a>(data: &Self::Data<'a>, proxy: Pin<&Proxy<'a>>) {
        if proxy.retire() {
            data.selector.give_up();
        }
    }

    fn max_transfer_size<'a>(_data: &Self::Data<'a>, proxy: Pin<&Proxy<'a>>) -> usize {
        proxy.max_transfer_size()
    }

    fn max_message_size<'a>(_data: &Self::Data<'a>, proxy: Pin<&Proxy<'a>>) -> usize {
        proxy.max_message_size()
    }

    fn optimize_message<'a, 'p>(
        _data: &'p Self::Data<'a>,
        proxy: Pin<&'p Proxy<'a>>,
        message: OptimizingMessage<'p>,
    ) -> impl PinInit<Relay<'p>, Error>
    where
        'a: 'p,
    {
        Relay::new(message, proxy.get_ref())
    }

    fn transfer_one_message<'a, 'p>(
        data: &Self::Data<'a>,
        _proxy: Pin<&Proxy<'a>>,
        message: &mut CurrentMessage<'_>,
        relay: Option<Pin<&mut Relay<'p>>>,
    ) -> Result {
        let state = message.device().chip_select().into();

        // Before the mux moves: this makes a chip select inactive that another child has left
        // active.
        let active = relay.ok_or(EINVAL)?.activate(message)?;

        let selected = data.select(state, active.is_again())?;

        if active.sync(message)? {
            data.selector.hold(state, selected);
        }
        Ok(())
    }

    fn supports_mem_op<'a>(
        _data: &Self::Data<'a>,
        proxy: Pin<&Proxy<'a>>,
        op: &MemoryOperation<'_>,
    ) -> bool {
        op.is_supported(&proxy)
    }

    fn adjust_mem_op<'a>(
        _data: &Self::Data<'a>,
        proxy: Pin<&Proxy<'a>>,
        op: AdjustableOperation<'_>,
    ) -> Result {
        op.adjust_size(&proxy)
    }

    fn exec_mem_op<'a>(
        data: &Self::Data<'a>,
        dev: &spi::Device,
        proxy: Pin<&Proxy<'a>>,
        op: MemoryOperation<'_>,
    ) -> Result {
        let active = op.activate(&proxy)?;
        let _selected = data.select(dev.chip_select().into(), active.is_again())?;

        active.exec()
    }
}
