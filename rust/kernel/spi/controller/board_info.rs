// SPDX-License-Identifier: GPL-2.0

//! Devices that no firmware describes.

use crate::{
    bindings,
    clk::Hertz,
    prelude::*,
    spi::{
        speed,
        Modes, //
    }, //
};

/// The description of a device for [`Registration::new_device`](super::Registration::new_device).
///
/// C type: `struct spi_board_info`.
///
/// # Examples
///
/// ```
/// use kernel::{
///     clk::Hertz,
///     spi::{
///         controller::BoardInfo,
///         Mode, //
///     }, //
/// };
///
/// let info = BoardInfo::new(c"spidev")?
///     .chip_select(1)
///     .max_speed(Hertz::from_mhz(10))
///     .modes(Mode::ClockPhase | Mode::ClockPolarity);
/// # let _ = info;
/// # Ok::<(), Error>(())
/// ```
pub struct BoardInfo(bindings::spi_board_info);

impl BoardInfo {
    /// Describes a device on chip select 0 with the id `name`, by which drivers are found.
    ///
    /// # Errors
    ///
    /// `EINVAL` if `name` is longer than 31 bytes.
    pub fn new(name: &CStr) -> Result<Self> {
        let mut info: bindings::spi_board_info = pin_init::zeroed();
        let name = name.to_bytes_with_nul();

        info.modalias
            .get_mut(..name.len())
            .ok_or(EINVAL)?
            .copy_from_slice(name);
        Ok(Self(info))
    }

    /// Sets the chip select.
    #[inline]
    pub fn chip_select(mut self, chip_select: u8) -> Self {
        self.0.chip_select = chip_select.into();
        self
    }

    /// Sets the highest speed of the clock; the default is that of the controller.
    #[inline]
    pub fn max_speed(mut self, speed: Hertz) -> Self {
        self.0.max_speed_hz = speed::to_hz(speed);
        self
    }

    /// Sets how the device is wired and clocked.
    #[inline]
    pub fn modes(mut self, modes: Modes) -> Self {
        self.0.mode = modes.as_raw();
        self
    }

    /// Returns a pointer for functions that only read it; C declares it mutable.
    #[inline]
    pub(super) fn as_raw(&self) -> *mut bindings::spi_board_info {
        core::ptr::from_ref(&self.0).cast_mut()
    }
}
