// SPDX-License-Identifier: GPL-2.0

//! Engines that a devicetree tells of, and a chip on the bus of each.

use super::bench::*;
use crate::{
    hw::Version,
    platform::{
        Driver,
        Instance,
        Transfer, //
    }, //
};
use kernel::prelude::*;

const COMPATIBLE: &CStr = c"adi,axi-spi-engine-1.00.a";

/// Checks that a driver takes the node, and sends to the chip as that of the chip says.
fn sends_to_the_chip(driver: Driver) -> Result {
    for version in Version::ALL {
        let instance = Instance::new(&params(version))?;
        instance.bind_node(driver, COMPATIBLE)?;
        let device = instance.find_device()?;
        instance.with(|engine| engine.forget_sync());
        instance.clear_log();

        device.sync(&mut [Transfer::write(&[0x5a])])?;
        let words = words(&instance)?;
        assert_eq!(words.len(), 1);
        assert_eq!(words[0].sdo[0], 0x5a);
        assert_eq!(words[0].pins, 0xfb);
        assert_eq!(words[0].mode & 3, CPHA as u8);
        assert_eq!(words[0].divider, 10);
    }
    Ok(())
}

/// Checks that a driver leaves the node of another device alone, and comes and goes with its own.
fn takes_its_node_only(driver: Driver) -> Result {
    let instance = looped(&params(Version::V1_05), Driver::C)?;
    instance.unbind();

    for compatible in [c"adi,axi-spi-engine", c"adi,axi-spi-engine-1.00.b"] {
        assert_eq!(instance.bind_node(driver, compatible), Err(ENODEV));
    }
    for _ in 0..3 {
        instance.bind_node(driver, COMPATIBLE)?;
        instance.unbind();
    }
    instance.bind(driver)
}

#[kernel::macros::kunit_tests(axi_spi_engine_devicetree)]
mod suite {
    use super::*;

    #[test]
    fn the_c_driver_sends_to_the_chip() -> Result {
        sends_to_the_chip(Driver::C)
    }

    #[test]
    fn the_c_driver_takes_its_node_only() -> Result {
        takes_its_node_only(Driver::C)
    }
}

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
#[kernel::macros::kunit_tests(axi_spi_engine_rust_devicetree)]
mod rust_suite {
    use super::*;
    use crate::platform::Device;

    #[test]
    fn the_driver_sends_to_the_chip() -> Result {
        sends_to_the_chip(Driver::Rust)
    }

    #[test]
    fn the_driver_takes_its_node_only() -> Result {
        takes_its_node_only(Driver::Rust)
    }

    #[test]
    fn the_node_says_how_many_chip_selects_there_are() -> Result {
        let instance = Instance::new(&params(Version::V1_05))?;
        instance.bind_node(Driver::Rust, COMPATIBLE)?;
        let at = |chip_select| {
            instance.add_device(&Device {
                chip_select,
                ..Device::new(1_000_000)
            })
        };

        assert!(at(3).is_ok());
        assert_eq!(at(4).err(), Some(EINVAL));
        Ok(())
    }
}
