// SPDX-License-Identifier: GPL-2.0

//! A controller without hardware can be kept for ever, so its data can't borrow anything.
//! error: E0521

use kernel::{
    prelude::*,
    spi::controller::{
        Operations,
        Settings,
        Standalone, //
    }, //
};

#[cfg(not(compile_pass))]
type Borrowed<'a> = &'a Settings;
#[cfg(compile_pass)]
type Borrowed<'a> = &'static Settings;

fn register<'a, T>(settings: &Settings, data: Borrowed<'a>) -> Result<Standalone<T>>
where
    for<'b> T: Operations<Data<'b> = &'b Settings>,
{
    Standalone::new(c"standalone", settings, Ok::<_, Error>(data))
}
