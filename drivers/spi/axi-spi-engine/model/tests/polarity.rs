// SPDX-License-Identifier: GPL-2.0

//! Chip selects are as active as the devices are that have them.

use super::bench::*;
use crate::{
    hw::Version,
    platform::{
        Device,
        Driver, //
    }, //
};
use kernel::prelude::*;

#[kernel::macros::kunit_tests(axi_spi_engine_polarity)]
mod suite {
    use super::*;

    /// With a polarity that was refused, the chip would be selected whenever no other one is.
    #[test]
    fn one_that_was_refused_is_forgotten() -> Result {
        for version in Version::ALL {
            let instance = looped(&params(version), Driver::Rust)?;
            let high = Device {
                mode: CS_HIGH,
                chip_select: 1,
                ..Device::new(10_000_000)
            };

            instance.with(|engine| engine.faults.stuck = true);
            assert!(instance.add_device(&high).is_err());
            instance.with(|engine| engine.faults.stuck = false);

            let device = device(&instance, &Device::new(10_000_000))?;
            assert!(echoes(&device, 3)?);
            assert_eq!(instance.with(|engine| engine.wire().pins() & 2), 2);
        }
        Ok(())
    }
}
