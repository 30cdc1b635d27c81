// SPDX-License-Identifier: GPL-2.0

//! Memory that a channel works on is not written to.
//! error: E0599

use kernel::{
    dmaengine::{
        Handler,
        Issued, //
    },
    prelude::*, //
};

fn change<H: Handler>(issued: Issued<'_, H>) -> Result {
    #[cfg(not(compile_pass))]
    return issued.transfer().write(0, &[1]);
    #[cfg(compile_pass)]
    {
        let (_channel, mut transfer) = issued.terminate()?;
        transfer.as_mut().write(0, &[1])
    }
}
