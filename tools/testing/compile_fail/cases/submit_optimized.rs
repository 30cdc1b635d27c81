// SPDX-License-Identifier: GPL-2.0

//! A message that is tied to a borrowed device is sent by waiting for it.
//! error: E0599

use kernel::{
    prelude::*,
    spi::Optimized, //
};

fn submit(message: Optimized<'_>) -> Result {
    #[cfg(not(compile_pass))]
    return message.start()?.wait().1;
    #[cfg(compile_pass)]
    return message.into_async(GFP_KERNEL)?.start()?.wait().1;
}
