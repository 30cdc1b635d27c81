// SPDX-License-Identifier: GPL-2.0

//! A message that an offload has recorded can't be dropped by itself.
//! error: E0382
//! defect: offload-F2

use kernel::{
    prelude::*,
    spi::{
        offload::Offload,
        Message, //
    }, //
};

fn prepare(offload: Offload<'_>, message: Message) -> Result {
    let prepared = offload.prepare(message)?;

    #[cfg(not(compile_pass))]
    drop(message);
    #[cfg(compile_pass)]
    drop(prepared);
    Ok(())
}
