// SPDX-License-Identifier: GPL-2.0

//! A controller that is to prepare a message can't have another one prepare it.
//! error: E0599
//! defect: core-C4

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
    let message = given;
    #[cfg(compile_pass)]
    let (_, message) = (given, own);

    message.optimize(dev)?;
    Ok(())
}
