// SPDX-License-Identifier: GPL-2.0

//! Channels move only the transfer that a controller is to start now.
//! error: E0308

use kernel::{
    prelude::*,
    spi::controller::{
        CurrentTransfer,
        DmaChannels,
        Moved,
        Starting, //
    }, //
};

#[cfg(not(compile_pass))]
fn run(channels: &DmaChannels<'_>, transfer: &mut CurrentTransfer<'_>) -> Result<Moved> {
    channels.run(transfer, || Ok(()))
}

#[cfg(compile_pass)]
fn run(channels: &DmaChannels<'_>, transfer: &mut Starting<'_, '_>) -> Result<Moved> {
    // Another transfer can't come out of it.
    let _: &CurrentTransfer<'_> = transfer;
    channels.run(transfer, || Ok(()))
}
