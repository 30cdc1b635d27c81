// SPDX-License-Identifier: GPL-2.0

//! A controller can't keep a message beyond the callback that it was given in.
//! error: E0521

use kernel::{
    prelude::*,
    spi::controller::CurrentMessage,
    sync::Mutex, //
};

#[cfg(not(compile_pass))]
type Kept<'m, 'n> = &'static mut CurrentMessage<'static>;
#[cfg(compile_pass)]
type Kept<'m, 'n> = &'m mut CurrentMessage<'n>;

fn transfer_one_message<'m, 'n>(
    kept: &Mutex<Option<Kept<'m, 'n>>>,
    message: &'m mut CurrentMessage<'n>,
) {
    *kept.lock() = Some(message);
}
