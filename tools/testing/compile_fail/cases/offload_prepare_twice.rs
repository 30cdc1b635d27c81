// SPDX-License-Identifier: GPL-2.0

//! An offload records one message, and no second one before it has forgotten the first.
//! error: E0382
//! defect: offload-F2

use kernel::{
    prelude::*,
    spi::{
        offload::Offload,
        Message, //
    }, //
};

fn prepare(offload: Offload<'_>, first: Message, second: Message) -> Result {
    let prepared = offload.prepare(first)?;

    #[cfg(compile_pass)]
    let (offload, _first) = prepared.into_parts();
    let again = offload.prepare(second)?;

    #[cfg(not(compile_pass))]
    drop(prepared);
    drop(again);
    Ok(())
}
