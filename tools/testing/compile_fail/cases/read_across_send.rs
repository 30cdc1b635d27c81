// SPDX-License-Identifier: GPL-2.0

//! Received data can't be looked at while the next send overwrites them.
//! error: E0502

use kernel::{
    prelude::*,
    spi::Optimized, //
};

fn difference(optimized: &mut Optimized<'_>) -> Result<bool> {
    optimized.sync()?;

    #[cfg(not(compile_pass))]
    let first = optimized.rx(0).ok_or(EINVAL)?;
    #[cfg(compile_pass)]
    let first = *optimized
        .rx(0)
        .ok_or(EINVAL)?
        .first_chunk::<4>()
        .ok_or(EINVAL)?;

    optimized.sync()?;
    Ok(optimized.rx(0).ok_or(EINVAL)? != first)
}
