// SPDX-License-Identifier: GPL-2.0

//! That a transfer ends later can only be said of one that was handed over.
//! error: E0423

use kernel::{
    prelude::*,
    spi::controller::{
        Pending,
        Started,
        Starting,
        Transferred, //
    },
    types::ForLt, //
};

fn transfer_one<'t, 'd>(
    pending: &'d Pending<ForLt!(())>,
    transfer: Starting<'t, 'd>,
) -> Result<Transferred<'t>> {
    #[cfg(not(compile_pass))]
    let started: Started<'t> = {
        let _ = (pending, transfer);
        Started(core::marker::PhantomData)
    };
    #[cfg(compile_pass)]
    let started: Started<'t> = transfer.later(pending, ())?;

    Ok(Transferred::Started(started))
}
