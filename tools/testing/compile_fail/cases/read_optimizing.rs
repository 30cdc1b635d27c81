// SPDX-License-Identifier: GPL-2.0

//! The data of a message are not there to be read while it is prepared; they may still change.
//! error: E0599

use kernel::{
    prelude::*,
    spi::controller::OptimizingMessage, //
};

fn optimize(message: &OptimizingMessage<'_>) -> Result<usize> {
    let first = message.transfers().next().ok_or(EINVAL)?;

    #[cfg(not(compile_pass))]
    first.read_tx(0, &mut [0])?;

    Ok(first.len())
}
