// SPDX-License-Identifier: GPL-2.0

//! Messages are sent to devices that are bound to a driver.
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

fn send(message: &mut Message, dev: &spi::Device<Context>) -> Result {
    message.sync(dev)
}
