// SPDX-License-Identifier: GPL-2.0

//! A transfer is in a queue once.
//! error: E0382

use kernel::{
    dmaengine::{
        Handler,
        Queue,
        Transfer, //
    },
    prelude::*, //
};

fn start<H: Handler>(
    mut queue: Queue<'_, H>,
    first: Pin<KBox<Transfer<H>>>,
    second: Pin<KBox<Transfer<H>>>,
) -> Result {
    queue.submit(first)?;
    #[cfg(not(compile_pass))]
    queue.submit(first)?;
    queue.submit(second)?;

    queue.issue();
    Ok(())
}
