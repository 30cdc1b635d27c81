// SPDX-License-Identifier: GPL-2.0

//! A controller can't send to the device of a message that it is to send.
//! error: E0308

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        controller::CurrentMessage,
        Message, //
    }, //
};

fn transfer_one_message(
    current: &mut CurrentMessage<'_>,
    own: &mut Message,
    parent: &spi::Device<Bound>,
) -> Result {
    #[cfg(not(compile_pass))]
    let dev = current.device();
    #[cfg(compile_pass)]
    let (_, dev) = (current, parent);

    own.sync(dev)
}
