// SPDX-License-Identifier: GPL-2.0

//! A controller sends relays to a proxy, not messages of its own.
//! error: E0308

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        controller::Proxy,
        Message, //
    }, //
};

fn send(message: &mut Message, dev: &spi::Device<Bound>, proxy: &Proxy<'_>) -> Result {
    let _ = proxy;

    #[cfg(not(compile_pass))]
    return message.sync(proxy);
    #[cfg(compile_pass)]
    return message.sync(dev);
}
