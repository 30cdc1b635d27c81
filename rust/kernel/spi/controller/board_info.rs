// SPDX-License-Identifier: GPL-2.0

//! Devices that no firmware describes.

use crate::{
    bindings,
    clk::Hertz,
    prelude::*,
    software_node::SoftwareNode,
    spi::{
        speed,
        Lines,
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
pub struct BoardInfo {
    raw: bindings::spi_board_info,
    node: Option<SoftwareNode>,
}

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
        Ok(Self {
            raw: info,
            node: None,
        })
    }

    /// Sets the chip select.
    #[inline]
    pub fn chip_select(mut self, chip_select: u8) -> Self {
        self.raw.chip_select = chip_select.into();
        self
    }

    /// Sets the highest speed of the clock; the default is that of the controller.
    #[inline]
    pub fn max_speed(mut self, speed: Hertz) -> Self {
        self.raw.max_speed_hz = speed::to_hz(speed);
        self
    }

    /// Sets how the device is wired and clocked.
    #[inline]
    pub fn modes(mut self, modes: Modes) -> Self {
        let lines = self.raw.mode & !Modes::all_bits();

        self.raw.mode = modes.as_raw() | lines;
        self
    }

    /// Sets on how many lines the device can be sent to, and can send; one by default.
    ///
    /// C constants: `SPI_TX_DUAL`, `SPI_RX_QUAD` and the like.
    #[inline]
    pub fn lines(mut self, tx: Lines, rx: Lines) -> Self {
        self.raw.mode = (self.raw.mode & Modes::all_bits()) | tx.tx_mode() | rx.rx_mode();
        self
    }

    /// Gives the device properties.
    ///
    /// The bus then names the device after the node.
    #[inline]
    pub fn software_node(mut self, node: SoftwareNode) -> Self {
        self.raw.swnode = node.as_raw();
        // Keeps the node at least until the device is added, which takes a reference of its own.
        self.node = Some(node);
        self
    }

    /// Returns a pointer for functions that only read it; C declares it mutable.
    #[inline]
    pub(super) fn as_raw(&self) -> *mut bindings::spi_board_info {
        core::ptr::from_ref(&self.raw).cast_mut()
    }
}
