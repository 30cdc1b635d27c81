// SPDX-License-Identifier: GPL-2.0

//! The type of the words and the number of their bits belong together.
//! error: E0080
//! emit: obj

use kernel::{
    prelude::*,
    spi::Buffer, //
};

pub fn samples() -> Result<Buffer<u16>> {
    let samples = Buffer::<u16>::zeroed(4, GFP_KERNEL)?;

    #[cfg(not(compile_pass))]
    return Ok(samples.bits::<24>());
    #[cfg(compile_pass)]
    return Ok(samples.bits::<12>());
}
