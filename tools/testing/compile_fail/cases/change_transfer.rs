// SPDX-License-Identifier: GPL-2.0

//! The transfers of an optimized message can't be changed.
//! error: E0599

use kernel::{
    prelude::*,
    spi::Optimized, //
};

fn slow_down(optimized: Optimized<'_>) {
    #[cfg(not(compile_pass))]
    let mut message = optimized;
    #[cfg(compile_pass)]
    let mut message = optimized.into_message();

    for transfer in message.transfers_mut() {
        if let Some(tx) = transfer.tx_mut() {
            tx.fill(0);
        }
    }
}
