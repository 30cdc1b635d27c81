// SPDX-License-Identifier: GPL-2.0

//! An optimized message can't be kept when its device may be unbound.
//! error: lifetime may not live long enough
//! defect: core-C17

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        Message,
        Optimized, //
    }, //
};

#[cfg(not(compile_pass))]
type Kept<'bound> = Optimized<'static>;
#[cfg(compile_pass)]
type Kept<'bound> = Optimized<'bound>;

fn prepare<'bound>(message: Message, dev: &'bound spi::Device<Bound>) -> Result<Kept<'bound>> {
    Ok(message.optimize(dev)?)
}
