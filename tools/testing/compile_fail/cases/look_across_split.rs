// SPDX-License-Identifier: GPL-2.0

//! A transfer that was looked at before splitting is not there any more.
//! error: E0502

use kernel::{
    prelude::*,
    spi::controller::OptimizingMessage, //
};

fn optimize(message: &mut OptimizingMessage<'_>) -> Result<usize> {
    #[cfg(compile_pass)]
    message.split_transfers_maxwords(16)?;

    let first = message.transfers().next().ok_or(EINVAL)?;

    #[cfg(not(compile_pass))]
    message.split_transfers_maxwords(16)?;

    Ok(first.len())
}
