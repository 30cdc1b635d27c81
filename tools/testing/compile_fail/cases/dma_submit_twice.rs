// SPDX-License-Identifier: GPL-2.0

//! A descriptor is submitted once.
//! error: E0382

use kernel::{
    dmaengine::{
        Handler,
        Prepared, //
    },
    prelude::*, //
};

fn start<H: Handler>(prepared: Prepared<'_, H>) -> Result {
    let first = prepared.submit()?;
    #[cfg(not(compile_pass))]
    drop(prepared.submit()?);

    drop(first.issue());
    Ok(())
}
