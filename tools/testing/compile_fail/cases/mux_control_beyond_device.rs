// SPDX-License-Identifier: GPL-2.0

//! A mux control can't be kept when its consumer, and then the mux, may be unbound.
//! error: lifetime may not live long enough

use kernel::{
    device::{
        Bound,
        Device, //
    },
    mux::Control,
    prelude::*, //
};

#[cfg(not(compile_pass))]
type Kept<'bound> = Control<'static>;
#[cfg(compile_pass)]
type Kept<'bound> = Control<'bound>;

fn get<'bound>(dev: &'bound Device<Bound>) -> Result<Kept<'bound>> {
    Control::get(dev, None)
}
