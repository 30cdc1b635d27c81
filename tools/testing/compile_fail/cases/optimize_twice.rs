// SPDX-License-Identifier: GPL-2.0

//! A message is optimized once, not twice.
//! error: E0382
//! defect: core-C4

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        Message, //
    }, //
};

fn prepare(message: Message, dev: &spi::Device<Bound>) -> Result {
    let first = message.optimize(dev)?;

    #[cfg(not(compile_pass))]
    let second = message.optimize(dev)?;
    #[cfg(compile_pass)]
    let second = first.into_message().optimize(dev)?;

    drop(second);
    Ok(())
}
