// SPDX-License-Identifier: GPL-2.0

//! An interrupt handler finds a transfer in what stays as long as the controller, not in what
//! belongs to the message or to the device.
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

type Place = Pending<ForLt!(())>;

fn transfer_one<'t, 'd>(
    data: &'d Place,
    prepared: &'t Place,
    transfer: Starting<'t, 'd>,
) -> Result<Transferred<'t>> {
    #[cfg(not(compile_pass))]
    let pending = prepared;
    #[cfg(compile_pass)]
    let pending = data;

    let _ = (data, prepared);
    Ok(Transferred::Started(transfer.later(pending, ())?))
}
