// SPDX-License-Identifier: GPL-2.0

//! Registering is unsafe: the caller promises that the registration is dropped.
//! error: E0133

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

fn register<'a, T: Operations>(
    parent: &'a Device<Bound>,
    settings: &Settings,
    data: T::Data<'a>,
) -> Result<Registration<'a, T>> {
    let data = Ok::<_, Error>(data);

    #[cfg(not(compile_pass))]
    return Registration::new(parent, settings, data);
    #[cfg(compile_pass)]
    // SAFETY: Not run.
    return unsafe { Registration::new(parent, settings, data) };
}
