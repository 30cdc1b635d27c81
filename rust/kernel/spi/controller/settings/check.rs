// SPDX-License-Identifier: GPL-2.0

//! Which settings make sense.

use super::{
    Settings,
    GPIO_SS,
    HALF_DUPLEX,
    MUST_RX,
    MUST_TX,
    NO_RX,
    NO_TX, //
};
use crate::{
    bindings,
    device,
    prelude::*, //
};

/// The operations of a controller that settings have to fit to.
pub(in crate::spi::controller) struct Offered {
    pub(in crate::spi::controller) can_dma: bool,
    pub(in crate::spi::controller) set_cs: bool,
}

/// A rule: whether it is broken, which setting breaks it, and why.
type Rule = (bool, &'static str, &'static str);

impl Settings {
    /// Checks the settings of a controller with these operations, on behalf of `dev`.
    ///
    /// # Errors
    ///
    /// The log says which setting is wrong.
    ///
    /// - `EOPNOTSUPP` if it is an SPI target, and the kernel has no support for them.
    /// - `EINVAL` for all others.
    pub(in crate::spi::controller) fn check(
        &self,
        dev: &device::Device,
        offered: &Offered,
    ) -> Result {
        if self.target && !cfg!(CONFIG_SPI_SLAVE) {
            dev_err!(dev, "SPI controller: target: CONFIG_SPI_SLAVE is not set\n");
            return Err(EOPNOTSUPP);
        }

        let rules: [&[Rule]; 4] = [
            &self.numbers(),
            &self.flags(),
            &self.chip_selects(offered),
            &self.roles(offered),
        ];
        for (broken, field, why) in rules.into_iter().flatten() {
            if *broken {
                dev_err!(dev, "SPI controller: {}: {}\n", *field, *why);
                return Err(EINVAL);
            }
        }
        Ok(())
    }

    fn numbers(&self) -> [Rule; 4] {
        let lanes = self.other.num_data_lanes.unwrap_or(1);
        let alignment = self.other.dma_alignment;
        // CAST: A small constant.
        const MAX_LANES: u16 = bindings::SPI_DEVICE_DATA_LANE_CNT_MAX as u16;

        [
            (
                self.bus_num
                    .is_some_and(|bus_num| i16::try_from(bus_num).is_err()),
                "bus_num",
                "above 32767",
            ),
            (
                self.max_speed_hz != 0 && self.min_speed_hz > self.max_speed_hz,
                "min_speed",
                "above max_speed",
            ),
            (lanes == 0 || lanes > MAX_LANES, "data_lanes", "not 1 to 8"),
            (
                alignment != 0 && !alignment.is_power_of_two(),
                "dma_alignment",
                "not a power of 2",
            ),
        ]
    }

    fn flags(&self) -> [Rule; 4] {
        let has = |flags| self.other.flags & flags == flags;

        [
            (
                has(NO_RX | NO_TX),
                "write_only",
                "read_only, too: no transfer is possible",
            ),
            (
                has(HALF_DUPLEX | MUST_TX),
                "needs_tx",
                "a transfer that receives can't have it",
            ),
            (
                has(HALF_DUPLEX | MUST_RX),
                "needs_rx",
                "a transfer that sends can't have it",
            ),
            (
                has(GPIO_SS) && !self.gpio_chip_selects,
                "gpio_needs_native",
                "there are no gpio_chip_selects",
            ),
        ]
    }

    fn chip_selects(&self, offered: &Offered) -> [Rule; 4] {
        let driven = self.gpio_chip_selects || offered.set_cs;
        let native = self.max_native_cs;

        [
            (self.num_chipselect == 0, "num_chipselect", "0"),
            // The core keeps the number of the active one in an `s8`, and compares it with a `u8`.
            (
                driven && self.num_chipselect > 128,
                "num_chipselect",
                "above 128, which the core can't make inactive",
            ),
            (
                native.is_some_and(|number| number == 0 || i8::try_from(number).is_err()),
                "native_chip_selects",
                "not 1 to 127",
            ),
            (
                native.is_some() && !self.gpio_chip_selects,
                "native_chip_selects",
                "there are no gpio_chip_selects",
            ),
        ]
    }

    fn roles(&self, offered: &Offered) -> [Rule; 3] {
        [
            (
                self.target && self.gpio_chip_selects,
                "gpio_chip_selects",
                "the host drives the chip select of a target",
            ),
            (
                self.other.flags & GPIO_SS != 0 && !offered.set_cs,
                "gpio_needs_native",
                "set_cs is not implemented",
            ),
            (
                self.max_dma_len.is_some() && !offered.can_dma,
                "max_dma_length",
                "can_dma is not implemented",
            ),
        ]
    }
}
