// SPDX-License-Identifier: GPL-2.0

//! Words are of a type that the SPI core has; there is no way to send others.
//! error: E0277, E0599

use kernel::{
    prelude::*,
    spi::Buffer, //
};

fn buffer() -> Result {
    #[cfg(not(compile_pass))]
    Buffer::<u64>::zeroed(4, GFP_KERNEL)?;
    #[cfg(compile_pass)]
    Buffer::<u32>::zeroed(4, GFP_KERNEL)?;

    Ok(())
}
