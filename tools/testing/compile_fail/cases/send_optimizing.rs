// SPDX-License-Identifier: GPL-2.0

//! A message that is being prepared is not sent.
//! error: E0599

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        controller::OptimizingMessage,
        Message, //
    }, //
};

fn optimize_message(
    given: OptimizingMessage<'_>,
    own: Message,
    dev: &spi::Device<Bound>,
) -> Result {
    #[cfg(not(compile_pass))]
    let mut message = given;
    #[cfg(compile_pass)]
    let (_, mut message) = (given, own);

    message.sync(dev)
}
