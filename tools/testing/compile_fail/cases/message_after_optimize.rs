// SPDX-License-Identifier: GPL-2.0

//! What has been optimized is not a plain message any more.
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

fn send(mut message: Message, dev: &spi::Device<Bound>) -> Result {
    let mut optimized = message.optimize(dev)?;
    optimized.sync()?;

    #[cfg(compile_pass)]
    {
        message = optimized.into_message();
    }
    message.sync(dev)
}
