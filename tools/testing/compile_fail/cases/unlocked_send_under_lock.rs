// SPDX-License-Identifier: GPL-2.0

//! A message is not sent without the bus lock while that is held for it.
//! error: E0499

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

    bus.sync(0)?;
    #[cfg(not(compile_pass))]
    messages[1].sync()?;
    #[cfg(compile_pass)]
    bus.sync(1)?;
    drop(bus);

    messages[1].sync()
}
