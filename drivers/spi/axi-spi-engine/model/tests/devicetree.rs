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

/// Whether a driver takes the node, and sends to the chip as that of the chip says.
fn sends_to_the_chip(version: Version, driver: Driver) -> Result<bool> {
    let instance = Instance::new(&params(version))?;
    instance.bind_node(driver, COMPATIBLE)?;
    let device = instance.find_device()?;
    instance.with(|engine| engine.forget_sync());
    instance.clear_log();

    device.sync(&mut [Transfer::write(&[0x5a])])?;
    let words = words(&instance)?;
    let [word] = words[..] else {
        return Ok(false);
    };
    let settings = (u32::from(word.mode) & 3, word.divider);
    Ok(word.sdo[0] == 0x5a && word.pins == 0xfb && settings == (CPHA, 10))
}

/// Whether a driver leaves the nodes of other devices alone, and comes and goes with its own.
fn takes_its_node_only(driver: Driver) -> Result<bool> {
    let instance = Instance::new(&params(Version::V1_05))?;
    let mut refused = true;

    for compatible in [c"adi,axi-spi-engine", c"adi,axi-spi-engine-1.00.b"] {
        refused = refused && instance.bind_node(driver, compatible) == Err(ENODEV);
    }
    for _ in 0..3 {
        instance.bind_node(driver, COMPATIBLE)?;
        instance.unbind();
    }
    Ok(refused)
}

#[kernel::macros::kunit_tests(axi_spi_engine_devicetree)]
mod suite {
    use super::*;

    #[test]
    fn the_c_driver_sends_to_the_chip() -> Result {
        for version in Version::ALL {
            assert!(sends_to_the_chip(version, Driver::C)?);
        }
        Ok(())
    }

    #[test]
    fn the_c_driver_takes_its_node_only() -> Result {
        assert!(takes_its_node_only(Driver::C)?);
        Ok(())
    }
}

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
#[kernel::macros::kunit_tests(axi_spi_engine_rust_devicetree)]
mod rust_suite {
    use super::*;
    use crate::platform::Device;

    #[test]
    fn the_driver_sends_to_the_chip() -> Result {
        for version in Version::ALL {
            assert!(sends_to_the_chip(version, Driver::Rust)?);
        }
        Ok(())
    }

    #[test]
    fn the_driver_takes_its_node_only() -> Result {
        assert!(takes_its_node_only(Driver::Rust)?);
        Ok(())
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
