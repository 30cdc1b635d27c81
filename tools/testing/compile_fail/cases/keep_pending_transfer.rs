// SPDX-License-Identifier: GPL-2.0

//! An interrupt handler can't keep the transfer that it works on.
//! error: E0521

use kernel::{
    prelude::*,
    spi::controller::{
        CurrentTransfer,
        Pending,
        Progress, //
    },
    types::ForLt, //
};

fn interrupt(pending: &Pending<ForLt!(())>) {
    let mut kept: Option<&mut CurrentTransfer<'_>> = None;

    pending.handle(|transfer, ()| {
        #[cfg(not(compile_pass))]
        {
            kept = Some(transfer);
        }
        #[cfg(compile_pass)]
        transfer.loop_back();
        Progress::Done
    });
    drop(kept);
}
