// SPDX-License-Identifier: GPL-2.0

//! An interrupt handler can't put something shorter-lived into what was handed over.
//! error: lifetime may not live long enough

use kernel::{
    prelude::*,
    spi::controller::{
        Pending,
        Progress, //
    },
    types::ForLt, //
};

fn interrupt(pending: &Pending<ForLt!(&[u8])>, bytes: &[u8]) {
    pending.handle(|_transfer, work| {
        #[cfg(not(compile_pass))]
        {
            *work = bytes;
        }
        #[cfg(compile_pass)]
        {
            *work = &work[bytes.len()..];
        }
        Progress::Pending
    });
}
