// SPDX-License-Identifier: GPL-2.0

//! Devices whose settings are about to be applied.

use super::{
    delay,
    ChipSelectTiming, //
};
use crate::{
    spi::Device,
    time::Delta,
    types::NotThreadSafe, //
};

use core::ops::Deref;

/// A device that is in [`Operations::setup`](super::Operations::setup).
///
/// It is an ordinary [`Device`], and the proof that its settings do not change: whoever changes the
/// settings of a device is in `spi_setup()` now.
pub struct SettingUp<'a> {
    dev: &'a Device,
    _callback: NotThreadSafe,
}

impl<'a> SettingUp<'a> {
    /// # Safety
    ///
    /// The SPI core must be in the setup callback for `dev`, as long as `'a`.
    #[inline]
    pub(in crate::spi) unsafe fn new(dev: &'a Device) -> Self {
        Self {
            dev,
            _callback: NotThreadSafe,
        }
    }

    /// Returns the timing of the chip select that the device asks for.
    pub fn cs_timing(&self) -> ChipSelectTiming {
        let raw = self.dev.as_raw();

        // SAFETY: The device is valid, and nobody changes its settings now.
        unsafe {
            ChipSelectTiming {
                setup: delay::to_delta(&(*raw).cs_setup, 0),
                hold: delay::to_delta(&(*raw).cs_hold, 0),
                inactive: delay::to_delta(&(*raw).cs_inactive, 0),
            }
        }
    }

    /// Returns the lanes of the controller that the data lines of the device are on, for sending.
    ///
    /// Empty if the device was not described to have any. It does not change later.
    ///
    /// C fields: `tx_lane_map` and `num_tx_lanes` of `struct spi_device`.
    pub fn tx_lane_map(&self) -> &[u8] {
        let raw = self.dev.as_raw();

        // SAFETY: The device is valid, and its lanes do not change once it has been added.
        let (map, count) = unsafe { (&(*raw).tx_lane_map, (*raw).num_tx_lanes) };
        map.get(..usize::from(count)).unwrap_or(map)
    }

    /// Returns the lanes of the controller that the data lines of the device are on, for receiving.
    ///
    /// Empty if the device was not described to have any. It does not change later.
    ///
    /// C fields: `rx_lane_map` and `num_rx_lanes` of `struct spi_device`.
    pub fn rx_lane_map(&self) -> &[u8] {
        let raw = self.dev.as_raw();

        // SAFETY: As in `tx_lane_map()`.
        let (map, count) = unsafe { (&(*raw).rx_lane_map, (*raw).num_rx_lanes) };
        map.get(..usize::from(count)).unwrap_or(map)
    }

    /// Returns how long to wait after each word; transfers may ask for more.
    ///
    /// C field: `word_delay` of `struct spi_device`.
    pub fn word_delay(&self) -> Delta {
        let raw = self.dev.as_raw();

        // SAFETY: The device is valid, and nobody changes its settings now.
        let (delay, speed_hz) = unsafe { (&(*raw).word_delay, (*raw).max_speed_hz) };
        delay::to_delta(delay, speed_hz)
    }
}

impl Deref for SettingUp<'_> {
    type Target = Device;

    #[inline]
    fn deref(&self) -> &Device {
        self.dev
    }
}
