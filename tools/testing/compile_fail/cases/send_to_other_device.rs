// SPDX-License-Identifier: GPL-2.0

//! An optimized message is sent to the device it is prepared for, and to no other.
//! error: E0061
//! defect: core-C4

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        Optimized, //
    }, //
};

fn send(optimized: &mut Optimized<'_>, other: &spi::Device<Bound>) -> Result {
    #[cfg(not(compile_pass))]
    return optimized.sync(other);
    #[cfg(compile_pass)]
    {
        let _ = other;
        optimized.sync()
    }
}
