// SPDX-License-Identifier: GPL-2.0

//! A callback that sends a message tells how it ended; there is no way to leave it open.
//! error: E0053
//! defect: mux-M1

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
type Outcome = ();
#[cfg(compile_pass)]
type Outcome = Result;

#[path = "../local_module.rs"]
mod local_module;
use local_module::LocalModule;

struct Controller;

#[vtable]
impl Operations for Controller {
    type Data<'a> = ();
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
    ) -> Outcome {
        #[cfg(compile_pass)]
        return Ok(());
    }
}
