// SPDX-License-Identifier: GPL-2.0

//! What says that a transfer ends later can't be used for another transfer.
//! error: lifetime may not live long enough

use kernel::{
    prelude::*,
    spi::controller::{
        Pending,
        Starting,
        Transferred, //
    },
    types::ForLt, //
};

fn transfer_two<'t, 'u, 'd>(
    pending: &'d Pending<ForLt!(())>,
    first: Starting<'t, 'd>,
    second: Starting<'u, 'd>,
) -> Result<(Transferred<'t>, Transferred<'u>)> {
    let started = first.later(pending, ())?;

    #[cfg(not(compile_pass))]
    return Ok((second.finish(), Transferred::Started(started)));
    #[cfg(compile_pass)]
    return Ok((Transferred::Started(started), second.finish()));
}
