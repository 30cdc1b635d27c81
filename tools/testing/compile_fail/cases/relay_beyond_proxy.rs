// SPDX-License-Identifier: GPL-2.0

//! A relay can't outlive the proxy that it is sent to.
//! error: E0597

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        controller::{
            OptimizingMessage,
            Original,
            Proxy,
            Relay, //
        }, //
    }, //
};

fn relay<'p>(
    message: OptimizingMessage<'p>,
    dev: &'p spi::Device<Bound>,
    proxy: &'p Proxy<'p>,
) -> Result<impl PinInit<Relay<'p>, Error>> {
    #[cfg(not(compile_pass))]
    let own = Proxy::new(&Original::new(dev)?, dev)?;
    #[cfg(not(compile_pass))]
    let proxy = &own;

    let _ = dev;
    Ok(Relay::new(message, proxy))
}
