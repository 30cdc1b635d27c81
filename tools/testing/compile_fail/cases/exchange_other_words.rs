// SPDX-License-Identifier: GPL-2.0

//! What is sent and received at the same time has the same type of words.
//! error: E0277

use kernel::{
    prelude::*,
    spi::{
        Buffer,
        Transfer, //
    }, //
};

fn exchange() -> Result<Transfer> {
    let tx = Buffer::<u8>::zeroed(4, GFP_KERNEL)?;
    #[cfg(not(compile_pass))]
    let rx = Buffer::<u16>::zeroed(4, GFP_KERNEL)?;
    #[cfg(compile_pass)]
    let rx = Buffer::<u8>::zeroed(4, GFP_KERNEL)?;

    Ok(Transfer::exchange::<u8>(tx, rx)?)
}
