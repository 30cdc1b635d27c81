// SPDX-License-Identifier: GPL-2.0

//! A controller does single transfers or whole messages, not both.
//! error: E0080
//! emit: obj

use kernel::{
    device::{
        self,
        Bound, //
    },
    prelude::*,
    spi::{
        controller::{
            CurrentMessage,
            Operations,
            Registration,
            SettingUp,
            Settings,
            Starting,
            Transferred, //
        },
        Device, //
    }, //
};

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
    ) -> Result {
        Ok(())
    }

    #[cfg(not(compile_pass))]
    fn transfer_one<'t, 'd, 'a, 'p>(
        _data: &'d Self::Data<'a>,
        _state: Pin<&'t ()>,
        transfer: Starting<'t, 'd>,
        _prepared: Option<Pin<&'t mut ()>>,
    ) -> Result<Transferred<'t>> {
        Ok(transfer.finish())
    }
}

/// Registers the controller; the compiler finds the error when it makes code for this type.
pub fn register(parent: &device::Device<Bound>, settings: &Settings) -> Result {
    // SAFETY: Dropped right here.
    drop(unsafe { Registration::<'_, Controller>::new(parent, settings, Ok::<_, Error>(())) }?);
    Ok(())
}
