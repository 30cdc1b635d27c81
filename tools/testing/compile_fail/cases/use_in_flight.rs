// SPDX-License-Identifier: GPL-2.0

//! In flight a message belongs to the controller: its data can't be read.
//! error: E0382

use kernel::{
    prelude::*,
    spi::AsyncMessage, //
};

fn first_byte(message: AsyncMessage) -> Result<u8> {
    let pending = message.start()?;
    #[cfg(compile_pass)]
    let (message, result) = pending.wait();
    #[cfg(compile_pass)]
    result?;

    let byte = message.rx(0).ok_or(EIO)?[0];
    #[cfg(not(compile_pass))]
    pending.wait().1?;

    Ok(byte)
}
