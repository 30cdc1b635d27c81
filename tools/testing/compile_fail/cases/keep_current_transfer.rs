// SPDX-License-Identifier: GPL-2.0

//! A controller can't keep a transfer beyond the callback that its message was given in.
//! error: lifetime may not live long enough

use kernel::{
    prelude::*,
    spi::controller::{
        CurrentMessage,
        CurrentTransfer, //
    }, //
};

#[cfg(not(compile_pass))]
type Kept<'m> = CurrentTransfer<'static>;
#[cfg(compile_pass)]
type Kept<'m> = CurrentTransfer<'m>;

fn first<'m>(message: &'m mut CurrentMessage<'_>) -> Option<Kept<'m>> {
    message.transfers().next()
}
