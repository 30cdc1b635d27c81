// SPDX-License-Identifier: GPL-2.0

//! Data to be sent can't be changed while they are sent.
//! error: E0499

use kernel::{
    prelude::*,
    spi::Optimized, //
};

fn send(optimized: &mut Optimized<'_>) -> Result {
    let tx = optimized.tx_mut(0).ok_or(EINVAL)?;
    tx.fill(1);
    optimized.sync()?;

    #[cfg(compile_pass)]
    let tx = optimized.tx_mut(0).ok_or(EINVAL)?;
    tx.fill(2);
    optimized.sync()
}
