// SPDX-License-Identifier: GPL-2.0

//! An optimized message can't be optimized for another device as well.
//! error: E0599
//! defect: core-C4

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        Optimized, //
    }, //
};

fn move_over<'bound>(
    optimized: Optimized<'_>,
    other: &'bound spi::Device<Bound>,
) -> Result<Optimized<'bound>> {
    #[cfg(not(compile_pass))]
    return Ok(optimized.optimize(other)?);
    #[cfg(compile_pass)]
    return Ok(optimized.into_message().optimize(other)?);
}
