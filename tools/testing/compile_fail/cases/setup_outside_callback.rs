// SPDX-License-Identifier: GPL-2.0

//! The settings of a device are changed in callbacks of its driver, and nowhere else.
//! error: E0599

use kernel::{
    device::{
        Bound,
        Core, //
    },
    prelude::*,
    spi::{
        self, //
    }, //
};

#[cfg(not(compile_pass))]
type Context<'c> = Bound;
#[cfg(compile_pass)]
type Context<'c> = Core<'c>;

fn slow_down(dev: &spi::Device<Context<'_>>) -> Result {
    dev.setup(dev.settings())
}
