// SPDX-License-Identifier: GPL-2.0

//! A controller can't make a message one for another device.
//! error: E0599
//! defect: mux-M3

use kernel::{
    device::Bound,
    spi::{
        self,
        controller::CurrentMessage, //
    }, //
};

fn transfer_one_message(message: &mut CurrentMessage<'_>, other: &spi::Device<Bound>) {
    #[cfg(not(compile_pass))]
    message.set_device(other);
    #[cfg(compile_pass)]
    let _ = (message.device(), other);
}
