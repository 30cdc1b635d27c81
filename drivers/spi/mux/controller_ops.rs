// SPDX-License-Identifier: GPL-2.0

//! The controller behind which the children of the mux are.

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        controller::{
            self,
            CurrentMessage,
            OptimizingMessage,
            Proxy,
            Relay, //
        }, //
    },
    types::ForLt, //
};

use core::marker::PhantomData;

/// What the mux driver needs of a mux.
pub(crate) trait Select: Send + Sync {
    /// Keeps a state selected until it is dropped.
    type Selected<'s>
    where
        Self: 's;

    /// Selects a state; waits while somebody else has one selected.
    fn select(&self, state: u32) -> Result<Self::Selected<'_>>;
}

/// The controller of a mux of type `S`.
pub(crate) struct Mux<S>(PhantomData<S>);

/// The data of one mux.
pub(crate) struct Data<'a, S> {
    /// The device on the parent's bus that all children are reached through.
    dev: &'a spi::Device<Bound>,
    select: S,
}

impl<'a, S> Data<'a, S> {
    pub(crate) fn new(dev: &'a spi::Device<Bound>, select: S) -> Self {
        Self { dev, select }
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
        _dev: &spi::Device,
    ) -> impl PinInit<Proxy<'a>, Error> {
        Proxy::new(data.dev)
    }

    fn setup<'a>(_data: &Self::Data<'a>, dev: &spi::Device, proxy: Pin<&Proxy<'a>>) -> Result {
        proxy.setup(dev)
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
        message: &mut CurrentMessage<'_>,
        relay: Option<Pin<&mut Relay<'p>>>,
    ) -> Result {
        let relay = relay.ok_or(EINVAL)?;
        let state = message.device().chip_select().into();

        let _selected = data.select.select(state)?;
        relay.sync(message)
    }
}
