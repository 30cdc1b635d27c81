// SPDX-License-Identifier: GPL-2.0

//! A relay can't be kept beyond the time for which its message is prepared.
//! error: lifetime may not live long enough

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        controller::{
            CurrentMessage,
            Operations,
            OptimizingMessage,
            Original,
            Proxy,
            Relay,
            SettingUp, //
        }, //
    },
    sync::Mutex, //
};

struct Data<'a> {
    parent: Original<'a>,
    kept: Mutex<Option<Pin<KBox<Relay<'a>>>>>,
}

#[path = "../local_module.rs"]
mod local_module;
use local_module::LocalModule;

struct Controller;

#[vtable]
impl Operations for Controller {
    type Data<'a> = Data<'a>;
    type DeviceState<'a> = Proxy<'a>;
    type Prepared<'p> = Relay<'p>;

    fn new_device_state<'a>(
        data: &Self::Data<'a>,
        dev: &spi::Device,
    ) -> impl PinInit<Proxy<'a>, Error> {
        Proxy::new(&data.parent, dev)
    }

    fn setup<'a>(_data: &Self::Data<'a>, dev: &SettingUp<'_>, proxy: Pin<&Proxy<'a>>) -> Result {
        proxy.setup(dev)
    }

    fn optimize_message<'a, 'p>(
        data: &'p Self::Data<'a>,
        proxy: Pin<&'p Proxy<'a>>,
        message: OptimizingMessage<'p>,
    ) -> impl PinInit<Relay<'p>, Error>
    where
        'a: 'p,
    {
        let relay = Relay::new(message, proxy.get_ref());
        #[cfg(not(compile_pass))]
        let relay = {
            *data.kept.lock() = Some(KBox::pin_init(relay, GFP_KERNEL)?);
            Err::<Relay<'p>, _>(EBUSY)
        };
        #[cfg(compile_pass)]
        drop(data.kept.lock());

        relay
    }

    fn transfer_one_message<'a, 'p>(
        _data: &Self::Data<'a>,
        _state: Pin<&Proxy<'a>>,
        message: &mut CurrentMessage<'_>,
        relay: Option<Pin<&mut Relay<'p>>>,
    ) -> Result {
        relay.ok_or(EINVAL)?.activate(message)?.sync(message)?;
        Ok(())
    }
}
