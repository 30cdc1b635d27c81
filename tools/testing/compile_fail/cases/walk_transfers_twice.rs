// SPDX-License-Identifier: GPL-2.0

//! A transfer is in one hand at a time.
//! error: E0499

use kernel::{
    prelude::*,
    spi::controller::{
        CurrentMessage,
        CurrentTransfer, //
    }, //
};

fn copy(message: &mut CurrentMessage<'_>) -> Result {
    let mut data = [0; 4];

    let first = message.transfers().next().ok_or(EINVAL)?;
    #[cfg(compile_pass)]
    first.read_tx(0, &mut data)?;
    let mut again = message.transfers().next().ok_or(EINVAL)?;
    #[cfg(not(compile_pass))]
    first.read_tx(0, &mut data)?;

    again.write_rx(0, &data)
}
