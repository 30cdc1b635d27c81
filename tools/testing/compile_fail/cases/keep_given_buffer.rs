// SPDX-License-Identifier: GPL-2.0

//! A buffer belongs to the transfer that it was given to.
//! error: E0382

use kernel::{
    prelude::*,
    spi::{
        Buffer,
        Transfer, //
    }, //
};

fn read() -> Result<Transfer> {
    let mut buffer = Buffer::<u8>::zeroed(4, GFP_KERNEL)?;

    #[cfg(compile_pass)]
    {
        buffer[0] = 0xff;
    }
    let transfer = Transfer::exchange_in_place(buffer);
    #[cfg(not(compile_pass))]
    {
        buffer[0] = 0xff;
    }

    Ok(transfer)
}
