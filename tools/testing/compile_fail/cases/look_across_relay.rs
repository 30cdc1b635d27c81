// SPDX-License-Identifier: GPL-2.0

//! The transfers of a message can't be gone through while they are lent to a relay.
//! error: E0499

use kernel::{
    prelude::*,
    spi::controller::{
        CurrentMessage,
        Relay, //
    }, //
};

fn pass_on(message: &mut CurrentMessage<'_>, relay: Pin<&mut Relay<'_>>) -> Result<usize> {
    #[cfg(not(compile_pass))]
    let mut transfers = message.transfers();
    #[cfg(compile_pass)]
    let mut transfers = {
        let len = message.transfers().map(|transfer| transfer.len()).sum();
        core::iter::once(len)
    };

    let active = relay.activate(message)?;
    #[cfg(not(compile_pass))]
    let len = transfers.next().map_or(0, |transfer| transfer.len());
    #[cfg(compile_pass)]
    let len = transfers.next().unwrap_or(0);

    active.sync(message)?;
    Ok(len)
}
