// SPDX-License-Identifier: GPL-2.0

//! A register has a size that is copied on the stack.
//! error: E0080
//! emit: obj

use kernel::{
    device::Bound,
    prelude::*,
    spi::Device, //
};

pub fn set(dev: &Device<Bound>) -> Result {
    #[cfg(not(compile_pass))]
    return dev.write_register(1, [0; 64]);
    #[cfg(compile_pass)]
    return dev.write_register(1, [0; 2]);
}
