// SPDX-License-Identifier: GPL-2.0

//! A callback that does a transfer says whether it is done; there is no way to leave that open.
//! error: E0308

use kernel::{
    prelude::*,
    spi::controller::{
        Starting,
        Transferred, //
    }, //
};

fn transfer_one<'t>(mut transfer: Starting<'t, '_>) -> Result<Transferred<'t>> {
    transfer.loop_back();

    #[cfg(not(compile_pass))]
    return Ok(());
    #[cfg(compile_pass)]
    return Ok(transfer.finish());
}
