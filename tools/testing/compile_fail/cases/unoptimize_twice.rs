// SPDX-License-Identifier: GPL-2.0

//! A message is unoptimized once, not twice.
//! error: E0382
//! defect: core-C4

use kernel::{
    prelude::*,
    spi::Optimized, //
};

fn finish(optimized: Optimized<'_>) {
    let message = optimized.into_message();

    #[cfg(not(compile_pass))]
    drop(optimized);

    drop(message);
}
