// SPDX-License-Identifier: GPL-2.0

//! Received data belong to the controller, and can only be read.
//! error: E0594

use kernel::{
    prelude::*,
    spi::Optimized, //
};

fn clear(optimized: &mut Optimized<'_>) -> Result {
    #[cfg(not(compile_pass))]
    let data = optimized.rx(0).ok_or(EINVAL)?;
    #[cfg(compile_pass)]
    let data = optimized.tx_mut(0).ok_or(EINVAL)?;

    data[0] = 0;
    Ok(())
}
