// SPDX-License-Identifier: GPL-2.0

//! Only memory that is fit for DMA can be sent, not the stack.
//! error: E0277

use kernel::{
    prelude::*,
    spi::{
        Buffer,
        Transfer, //
    }, //
};

fn command() -> Result<Transfer> {
    let data = [0x9f_u8, 0];

    #[cfg(not(compile_pass))]
    let tx = &data;
    #[cfg(compile_pass)]
    let tx = Buffer::from_slice(&data, GFP_KERNEL)?;

    Ok(Transfer::write(tx))
}
