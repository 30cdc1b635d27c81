// SPDX-License-Identifier: GPL-2.0

//! Each compatible has an SPI id of its name, by which its module is loaded.
//! error: E0080
//! emit: obj

use kernel::{
    device::Core,
    of,
    prelude::*,
    spi, //
};

struct Driver;

kernel::of_device_table!(
    OF_TABLE,
    <Driver as spi::Driver>::IdInfo,
    [
        (of::DeviceId::new(c"vendor,chip-a"), ()),
        (of::DeviceId::new(c"vendor,chip-b"), ()),
    ]
);

#[cfg(not(compile_pass))]
kernel::spi_device_table!(
    SPI_TABLE,
    <Driver as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"chip-a"), ())]
);
#[cfg(compile_pass)]
kernel::spi_device_table!(
    SPI_TABLE,
    <Driver as spi::Driver>::IdInfo,
    [
        (spi::DeviceId::new(c"chip-a"), ()),
        (spi::DeviceId::new(c"chip-b"), ()),
    ]
);

impl spi::Driver for Driver {
    type IdInfo = ();
    type Data<'bound> = ();

    const SPI_ID_TABLE: Option<spi::IdTable<()>> = Some(&SPI_TABLE);
    const OF_ID_TABLE: Option<of::IdTable<()>> = Some(&OF_TABLE);

    fn probe<'bound>(
        _dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound ()>,
    ) -> impl PinInit<(), Error> + 'bound {
        Ok::<_, Error>(())
    }
}

kernel::module_spi_driver! {
    type: Driver,
    name: "id_tables_disagree",
    authors: ["The Rust SPI developers"],
    description: "A driver that does not compile",
    license: "GPL",
}
