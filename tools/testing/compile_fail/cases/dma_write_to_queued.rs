// SPDX-License-Identifier: GPL-2.0

//! Memory that is in the queue of a channel is not written to, whether it is its turn or not.
//! error: E0599

use kernel::{
    dmaengine::{
        Handler,
        Queue, //
    },
    prelude::*, //
};

fn change<H: Handler>(queue: Queue<'_, H>) -> Result {
    #[cfg(not(compile_pass))]
    return queue.transfer(0).ok_or(EINVAL)?.write(0, &[1]);
    #[cfg(compile_pass)]
    {
        let (_channel, mut transfers) = queue.terminate()?;
        let first = transfers.first_mut().ok_or(EINVAL)?;
        first.as_mut().write(0, &[1])
    }
}
