// SPDX-License-Identifier: GPL-2.0

//! Messages are optimized for devices that are bound to a driver.
//! error: E0308
//! defect: core-C17

use kernel::{
    device::{
        Bound,
        Normal, //
    },
    prelude::*,
    spi::{
        self,
        Message, //
    }, //
};

#[cfg(not(compile_pass))]
type Context = Normal;
#[cfg(compile_pass)]
type Context = Bound;

fn prepare(message: Message, dev: &spi::Device<Context>) -> Result {
    message.optimize(dev)?;
    Ok(())
}
