// SPDX-License-Identifier: GPL-2.0

//! A transfer is started when it has been submitted, and not before.
//! error: E0599

use kernel::{
    dmaengine::{
        Handler,
        Prepared, //
    },
    prelude::*, //
};

fn start<H: Handler>(prepared: Prepared<'_, H>) -> Result {
    #[cfg(not(compile_pass))]
    let issued = prepared.issue();
    #[cfg(compile_pass)]
    let issued = prepared.submit()?.issue();

    drop(issued);
    Ok(())
}
