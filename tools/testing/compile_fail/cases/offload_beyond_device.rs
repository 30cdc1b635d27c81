// SPDX-License-Identifier: GPL-2.0

//! An offload can't be kept when its controller may be gone.
//! error: lifetime may not live long enough
//! defect: offload-F4

use kernel::{
    device::Bound,
    prelude::*,
    spi::{
        self,
        offload::{
            Capability,
            Offload, //
        }, //
    }, //
};

#[cfg(not(compile_pass))]
type Kept<'bound> = Offload<'static>;
#[cfg(compile_pass)]
type Kept<'bound> = Offload<'bound>;

fn get<'bound>(dev: &'bound spi::Device<Bound>) -> Result<Kept<'bound>> {
    Offload::get(dev, Capability::Trigger.into())
}
