// SPDX-License-Identifier: GPL-2.0

//! A controller is configured before it is registered, never after.
//! error: E0599

use kernel::{
    clk::Hertz,
    prelude::*,
    spi::controller::{
        Operations,
        Registration,
        Settings, //
    }, //
};

fn slow_down<T: Operations>(registration: Registration<'_, T>, settings: Settings) {
    #[cfg(not(compile_pass))]
    registration.max_speed(Hertz::from_mhz(1));
    #[cfg(compile_pass)]
    let _ = (registration, settings.max_speed(Hertz::from_mhz(1)));
}
