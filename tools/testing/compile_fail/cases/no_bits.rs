// SPDX-License-Identifier: GPL-2.0

//! A word has one bit at least.
//! error: E0080
//! emit: obj

use kernel::{
    prelude::*,
    spi::Buffer, //
};

pub fn command() -> Result<Buffer> {
    let command = Buffer::from_slice(&[1_u8], GFP_KERNEL)?;

    #[cfg(not(compile_pass))]
    return Ok(command.bits::<0>());
    #[cfg(compile_pass)]
    return Ok(command.bits::<1>());
}
