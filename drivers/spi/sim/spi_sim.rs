// SPDX-License-Identifier: GPL-2.0

//! Simulated SPI controllers with simulated targets, for tests without hardware.
//!
//! User space describes them in configfs, or firmware does, see `Documentation/spi/spi-sim.rst`.

use kernel::{
    configfs::Subsystem,
    driver,
    platform,
    prelude::*, //
};

mod alarm;
mod bus;
mod config;
mod configfs;
mod controller;
mod faults;
mod files;
mod firmware;
mod instance;
mod line;
mod log;
mod log_text;
mod peer;
mod setting;
mod shifter;
mod target;
#[cfg(CONFIG_SPI_SIM_KUNIT_TEST)]
mod tests;
mod timing;
mod vcd;
mod wire;
mod word;

/// The module.
#[pin_data]
struct SpiSim {
    #[pin]
    _driver: driver::Registration<platform::Adapter<firmware::FirmwareDriver>>,
    #[pin]
    _subsystem: Subsystem<configfs::Root>,
}

impl kernel::InPlaceModule for SpiSim {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            _driver <- driver::Registration::new(c"spi_sim", module),
            _subsystem <- configfs::subsystem(),
        })
    }
}

module! {
    type: SpiSim,
    name: "spi_sim",
    authors: ["The Rust SPI developers"],
    description: "Simulated SPI controllers",
    license: "GPL",
}
