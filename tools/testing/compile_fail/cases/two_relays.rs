// SPDX-License-Identifier: GPL-2.0

//! There is one relay of a message.
//! error: E0382

use kernel::{
    spi::controller::{
        OptimizingMessage,
        Proxy,
        Relay, //
    }, //
};

fn relays<'p>(message: OptimizingMessage<'p>, proxy: &'p Proxy<'_>) {
    let first = Relay::new(message, proxy);

    #[cfg(not(compile_pass))]
    let second = Relay::new(message, proxy);

    drop(first);
    #[cfg(not(compile_pass))]
    drop(second);
}
