// SPDX-License-Identifier: GPL-2.0

//! A message is not taken out of the bus lock to be sent without it.
//! error: E0596

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        BusLock,
        Device,
        Optimized, //
    }, //
};

fn convert(dev: &Device<Bound>, messages: &mut [Optimized<'_>; 2]) -> Result {
    let mut bus = BusLock::new(dev, messages)?;

    #[cfg(not(compile_pass))]
    return bus[0].sync();
    #[cfg(compile_pass)]
    return bus.sync(0);
}
