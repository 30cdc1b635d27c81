// SPDX-License-Identifier: GPL-2.0

//! A channel that has a transfer does not get another one.
//! error: E0382

use kernel::{
    dmaengine::{
        Channel,
        Handler,
        Transfer, //
    },
    prelude::*, //
};

fn start<H: Handler>(
    channel: Channel<'_>,
    first: Pin<KBox<Transfer<H>>>,
    second: Pin<KBox<Transfer<H>>>,
) -> Result {
    let prepared = channel.prepare(first)?;

    #[cfg(compile_pass)]
    let (channel, _first) = prepared.terminate()?;
    let again = channel.prepare(second)?;

    #[cfg(not(compile_pass))]
    drop(prepared);
    drop(again);
    Ok(())
}
