// SPDX-License-Identifier: GPL-2.0

//! The controller state of a device is of one type, when it is made and when it is used.
//! error: E0053

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
type Used = u32;
#[cfg(compile_pass)]
type Used = u64;

#[path = "../local_module.rs"]
mod local_module;
use local_module::LocalModule;

struct Controller;

#[vtable]
impl Operations for Controller {
    type Data<'a> = ();
    type DeviceState<'a> = u64;
    type Prepared<'p> = ();

    fn new_device_state<'a>(_data: &Self::Data<'a>, _dev: &Device) -> impl PinInit<u64, Error> {
        Ok::<_, Error>(0)
    }

    fn setup<'a>(_data: &Self::Data<'a>, _dev: &SettingUp<'_>, _state: Pin<&Used>) -> Result {
        Ok(())
    }

    fn transfer_one_message<'a, 'p>(
        _data: &Self::Data<'a>,
        _state: Pin<&u64>,
        _message: &mut CurrentMessage<'_>,
        _prepared: Option<Pin<&mut ()>>,
    ) -> Result {
        Ok(())
    }
}
