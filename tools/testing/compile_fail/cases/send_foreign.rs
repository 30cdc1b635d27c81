// SPDX-License-Identifier: GPL-2.0

//! A controller can't send a message that it was given on to another controller.
//! error: E0599
//! defect: mux-M3

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
    dev: &spi::Device<Bound>,
) -> Result {
    #[cfg(not(compile_pass))]
    let message = current;
    #[cfg(compile_pass)]
    let (_, message) = (current, own);

    message.sync(dev)
}
