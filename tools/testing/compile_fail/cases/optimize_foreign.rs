// SPDX-License-Identifier: GPL-2.0

//! A controller can't optimize a message that it was given to send.
//! error: E0599
//! defect: mux-M3, core-C4

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
    own: Message,
    dev: &spi::Device<Bound>,
) -> Result {
    #[cfg(not(compile_pass))]
    let message = current;
    #[cfg(compile_pass)]
    let (_, message) = (current, own);

    message.optimize(dev)?;
    Ok(())
}
