// SPDX-License-Identifier: GPL-2.0

//! A counted handle keeps the memory of a device, not its driver, so nothing is sent through it.
//! error: E0308
//! defect: core-C17

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        Message, //
    },
    sync::aref::ARef, //
};

#[cfg(not(compile_pass))]
type Handle<'bound> = ARef<spi::Device>;
#[cfg(compile_pass)]
type Handle<'bound> = &'bound spi::Device<Bound>;

fn send(message: &mut Message, dev: Handle<'_>) -> Result {
    #[cfg(not(compile_pass))]
    return message.sync(&dev);
    #[cfg(compile_pass)]
    return message.sync(dev);
}
