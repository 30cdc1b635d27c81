// SPDX-License-Identifier: GPL-2.0

//! The words of a stream have as many bits as their type is for.
//! error: E0080
//! emit: obj

use kernel::{
    prelude::*,
    spi::Transfer, //
};

pub fn samples() -> Result<Transfer> {
    #[cfg(not(compile_pass))]
    return Transfer::stream_in::<u16, 18>(4);
    #[cfg(compile_pass)]
    return Transfer::stream_in::<u32, 18>(4);
}
