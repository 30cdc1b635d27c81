// SPDX-License-Identifier: GPL-2.0

//! The message inside an optimized one can only be had by unoptimizing.
//! error: E0451
//! defect: core-C4

use kernel::{
    spi::{
        Message,
        Optimized, //
    }, //
};

fn take(optimized: Optimized<'_>) -> Message {
    #[cfg(not(compile_pass))]
    let Optimized { message, .. } = optimized;
    #[cfg(compile_pass)]
    let message = optimized.into_message();

    message
}
