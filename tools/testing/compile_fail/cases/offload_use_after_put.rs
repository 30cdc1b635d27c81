// SPDX-License-Identifier: GPL-2.0

//! An offload that was put is not used again.
//! error: E0382
//! defect: offload-F2

use kernel::{
    prelude::*,
    spi::{
        offload::Offload,
        Message, //
    }, //
};

fn use_twice(offload: Offload<'_>, message: Message) -> Result {
    #[cfg(not(compile_pass))]
    drop(offload);
    drop(offload.prepare(message)?);
    Ok(())
}
