// SPDX-License-Identifier: GPL-2.0

//! What is handed over with a transfer stays as long as the transfer, not only as the callback.
//! error: E0597

use kernel::{
    prelude::*,
    spi::controller::{
        Pending,
        Starting,
        Transferred, //
    },
    types::ForLt, //
};

fn transfer_one<'t, 'd>(
    pending: &'d Pending<ForLt!(&[u8])>,
    state: &'t [u8; 4],
    transfer: Starting<'t, 'd>,
) -> Result<Transferred<'t>> {
    let local = *state;

    #[cfg(not(compile_pass))]
    let work = &local[..];
    #[cfg(compile_pass)]
    let work = {
        let _ = local;
        &state[..]
    };
    Ok(Transferred::Started(transfer.later(pending, work)?))
}
