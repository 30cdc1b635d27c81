// SPDX-License-Identifier: GPL-2.0

//! The data of a controller are used by several threads at once.
//! error: E0277

use kernel::{
    prelude::*,
    spi::{
        controller::{
            CurrentMessage,
            Operations,
            SettingUp, //
        },
        Device, //
    }, //
};

#[cfg(not(compile_pass))]
type Counter = core::cell::Cell<u32>;
#[cfg(compile_pass)]
type Counter = kernel::sync::atomic::Atomic<u32>;

#[path = "../local_module.rs"]
mod local_module;
use local_module::LocalModule;

struct Controller;

#[vtable]
impl Operations for Controller {
    type Data<'a> = Counter;
    type DeviceState<'a> = ();
    type Prepared<'p> = ();

    fn new_device_state<'a>(_data: &Self::Data<'a>, _dev: &Device) -> impl PinInit<(), Error> {
        Ok::<_, Error>(())
    }

    fn setup<'a>(_data: &Self::Data<'a>, _dev: &SettingUp<'_>, _state: Pin<&()>) -> Result {
        Ok(())
    }

    fn transfer_one_message<'a, 'p>(
        _data: &Self::Data<'a>,
        _state: Pin<&()>,
        _message: &mut CurrentMessage<'_>,
        _prepared: Option<Pin<&mut ()>>,
    ) -> Result {
        Ok(())
    }
}
