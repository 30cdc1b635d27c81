// SPDX-License-Identifier: GPL-2.0

//! Only a prepared message can be submitted: preparing may sleep.
//! error: E0599
//! defect: core-C10

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        AsyncMessage,
        Device,
        Message, //
    }, //
};

fn submit(message: Message, dev: &Device<Bound>) -> Result {
    #[cfg(not(compile_pass))]
    let prepared = (message, dev).0;
    #[cfg(compile_pass)]
    let prepared: AsyncMessage = message.optimize(dev)?.into_async(GFP_KERNEL)?;

    prepared.start().map_err(|_| EIO)?.wait().1
}
