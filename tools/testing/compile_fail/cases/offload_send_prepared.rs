// SPDX-License-Identifier: GPL-2.0

//! A message that an offload has recorded is not sent as a plain one.
//! error: E0599
//! defect: offload-F2

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        offload::Prepared, //
    }, //
};

fn send(prepared: Prepared<'_>, dev: &spi::Device<Bound>) -> Result {
    #[cfg(not(compile_pass))]
    return prepared.sync(dev);
    #[cfg(compile_pass)]
    {
        let (_offload, mut message) = prepared.into_parts();
        message.sync(dev)
    }
}
