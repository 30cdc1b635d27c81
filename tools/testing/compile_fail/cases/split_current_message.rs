// SPDX-License-Identifier: GPL-2.0

//! Transfers are split while a message is prepared, not while it is sent.
//! error: E0599
//! defect: core-C3

use kernel::{
    prelude::*,
    spi::controller::{
        CurrentMessage,
        OptimizingMessage, //
    }, //
};

fn split(current: &mut CurrentMessage<'_>, optimizing: &mut OptimizingMessage<'_>) -> Result {
    #[cfg(not(compile_pass))]
    current.split_transfers_maxsize(64)?;
    current.set_actual_length(0);

    optimizing.split_transfers_maxsize(64)
}
