// SPDX-License-Identifier: GPL-2.0

//! A transfer that an interrupt handler finishes can't be said to be finished.
//! error: E0382

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
    pending: &'d Pending<ForLt!(())>,
    transfer: Starting<'t, 'd>,
) -> Result<Transferred<'t>> {
    let started = transfer.later(pending, ())?;

    #[cfg(not(compile_pass))]
    return {
        let _ = started;
        Ok(transfer.finish())
    };
    #[cfg(compile_pass)]
    return Ok(Transferred::Started(started));
}
