// SPDX-License-Identifier: GPL-2.0

//! A controller can't stay registered when its parent may be unbound.
//! error: lifetime may not live long enough

use kernel::{
    device::{
        Bound,
        Device, //
    },
    prelude::*,
    spi::controller::{
        Operations,
        Registration,
        Settings, //
    }, //
};

#[cfg(not(compile_pass))]
type Kept<'a, T> = Registration<'static, T>;
#[cfg(compile_pass)]
type Kept<'a, T> = Registration<'a, T>;

fn register<'a, T>(parent: &'a Device<Bound>, settings: &Settings) -> Result<Kept<'a, T>>
where
    for<'b> T: Operations<Data<'b> = ()>,
{
    // SAFETY: Not run.
    unsafe { Registration::new(parent, settings, Ok::<_, Error>(())) }
}
