// SPDX-License-Identifier: GPL-2.0

//! A channel that has a queue does not get other transfers besides.
//! error: E0382

use kernel::{
    dmaengine::{
        Channel,
        Handler,
        Queue,
        Transfer, //
    },
    prelude::*, //
};

fn start<H: Handler>(
    channel: Channel<'_>,
    first: Pin<KBox<Transfer<H>>>,
    second: Pin<KBox<Transfer<H>>>,
) -> Result {
    let mut queue = Queue::new(channel, 1, GFP_KERNEL)?;
    queue.submit(first)?;

    #[cfg(compile_pass)]
    let (channel, _first) = queue.terminate()?;
    let prepared = channel.prepare(second)?;

    #[cfg(not(compile_pass))]
    drop(queue);
    drop(prepared);
    Ok(())
}
