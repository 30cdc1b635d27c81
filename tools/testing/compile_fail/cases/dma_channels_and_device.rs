// SPDX-License-Identifier: GPL-2.0

//! The buffers of a controller are mapped for its DMA channels or for another device, not for both.
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
            DmaChannels,
            Operations,
            Registration,
            SettingUp,
            Settings,
            TransferRef, //
        },
        Device, //
    }, //
};

#[path = "../local_module.rs"]
mod local_module;
use local_module::LocalModule;

struct Controller;

/// What belongs to it.
pub struct Data<'a> {
    channels: Pin<KBox<DmaChannels<'a>>>,
    device: &'a device::Device<Bound>,
}

#[vtable]
impl Operations for Controller {
    type Data<'a> = Data<'a>;
    type DeviceState<'a> = ();
    type Prepared<'p> = ();

    fn new_device_state<'a>(_data: &Self::Data<'a>, _dev: &Device) -> impl PinInit<(), Error> {
        Ok::<_, Error>(())
    }

    fn setup<'a>(data: &Self::Data<'a>, _dev: &SettingUp<'_>, _state: Pin<&()>) -> Result {
        dev_dbg!(data.device, "setup\n");
        Ok(())
    }

    fn can_dma<'a>(_data: &Self::Data<'a>, _state: Pin<&()>, _transfer: &TransferRef<'_>) -> bool {
        true
    }

    fn dma_channels<'x, 'a>(data: &'x Self::Data<'a>) -> Option<&'x DmaChannels<'a>> {
        Some(&data.channels)
    }

    #[cfg(not(compile_pass))]
    fn dma_device<'x, 'a>(data: &'x Self::Data<'a>) -> &'x device::Device<Bound> {
        data.device
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

/// Registers the controller; the compiler finds the error when it makes code for this type.
pub fn register<'a>(
    parent: &'a device::Device<Bound>,
    settings: &Settings,
    data: Data<'a>,
) -> Result {
    // SAFETY: Dropped right here.
    drop(unsafe { Registration::<'_, Controller>::new(parent, settings, Ok::<_, Error>(data)) }?);
    Ok(())
}
