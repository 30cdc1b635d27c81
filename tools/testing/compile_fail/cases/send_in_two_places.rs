// SPDX-License-Identifier: GPL-2.0

//! A message is sent by one thread at a time.
//! error: E0596

use kernel::{
    prelude::*,
    spi::Optimized,
    sync::Mutex, //
};

#[cfg(not(compile_pass))]
struct Shared<'bound> {
    message: Optimized<'bound>,
}
#[cfg(compile_pass)]
#[pin_data]
struct Shared<'bound> {
    #[pin]
    message: Mutex<Optimized<'bound>>,
}

fn send(shared: &Shared<'_>) -> Result {
    #[cfg(not(compile_pass))]
    return shared.message.sync();
    #[cfg(compile_pass)]
    return shared.message.lock().sync();
}
