// SPDX-License-Identifier: GPL-2.0

//! A proxy can't outlive the device that it stands in for.
//! error: lifetime may not live long enough

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        controller::{
            Original,
            Proxy, //
        }, //
    }, //
};

#[cfg(not(compile_pass))]
type Kept<'a> = Proxy<'static>;
#[cfg(compile_pass)]
type Kept<'a> = Proxy<'a>;

fn proxy<'a>(dev: &'a spi::Device<Bound>) -> Result<Kept<'a>> {
    Proxy::new(&Original::new(dev)?, dev)
}
