// SPDX-License-Identifier: GPL-2.0

//! A transfer is handed over to one interrupt handler, once.
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
    let started = transfer.later(pending, ())?;

    Ok(Transferred::Started(started))
}
