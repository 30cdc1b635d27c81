// SPDX-License-Identifier: GPL-2.0

//! A callback can't finish a message itself: what it returns finishes it, once.
//! error: E0599
//! defect: mux-M7, engine-C26, engine-A1

use kernel::{
    prelude::*,
    spi::controller::CurrentMessage, //
};

fn transfer_one_message(message: &mut CurrentMessage<'_>) -> Result {
    message.set_actual_length(4);

    #[cfg(not(compile_pass))]
    message.finish(Ok(()));

    Ok(())
}
