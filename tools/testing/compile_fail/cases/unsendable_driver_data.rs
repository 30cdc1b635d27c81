// SPDX-License-Identifier: GPL-2.0

//! The data of a driver may be dropped by another thread than the one that made them.
//! error: E0277

use kernel::{
    device::Core,
    prelude::*,
    spi::{
        self, //
    }, //
};

struct Driver;

#[cfg(not(compile_pass))]
type Data = *mut u8;
#[cfg(compile_pass)]
type Data = u8;

impl spi::Driver for Driver {
    type IdInfo = ();
    type Data<'bound> = Data;

    fn probe<'bound>(
        _dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
        Err(ENODEV)
    }
}
