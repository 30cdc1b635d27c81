// SPDX-License-Identifier: GPL-2.0

//! The data lines that a transfer uses.

use crate::{
    bindings,
    bits::bit_u32,
    prelude::*, //
};

/// How many data lines a transfer uses in one direction.
///
/// More than one needs a device with that mode, such as [`Mode::TxQuad`](super::Mode::TxQuad).
///
/// C fields: `tx_nbits` and `rx_nbits` of `struct spi_transfer`.
///
/// # Examples
///
/// ```
/// use kernel::{
///     device::Bound,
///     spi::{
///         self,
///         Lines,
///         Mode, //
///     }, //
/// };
///
/// /// Returns on how many lines a flash can be read.
/// fn read_lines(dev: &spi::Device<Bound>) -> Lines {
///     let modes = dev.settings().modes;
///
///     if modes.contains(Mode::RxQuad) {
///         Lines::Quad
///     } else if modes.contains(Mode::RxDual) {
///         Lines::Dual
///     } else {
///         Lines::Single
///     }
/// }
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// # assert_eq!(read_lines(dev).count(), 1);
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Lines {
    /// One line, as in plain SPI (`SPI_NBITS_SINGLE`).
    Single = 1,
    /// Two lines (`SPI_NBITS_DUAL`).
    Dual = 2,
    /// Four lines (`SPI_NBITS_QUAD`).
    Quad = 4,
    /// Eight lines (`SPI_NBITS_OCTAL`).
    Octal = 8,
}

impl Lines {
    #[inline]
    pub(super) fn to_raw(self) -> u32 {
        // CAST: The values are those of the C side.
        u32::from(self as u8)
    }

    /// Converts what a transfer has; nothing means one line.
    #[inline]
    pub(super) fn from_raw(raw: u32) -> Self {
        match raw {
            bindings::SPI_NBITS_DUAL => Self::Dual,
            bindings::SPI_NBITS_QUAD => Self::Quad,
            bindings::SPI_NBITS_OCTAL => Self::Octal,
            _ => Self::Single,
        }
    }

    /// Returns the number of lines.
    #[inline]
    pub fn count(self) -> u8 {
        // CAST: The discriminant is the number.
        self as u8
    }

    /// Returns the mode of a device that sends on so many lines; nothing for one.
    #[inline]
    pub(super) fn tx_mode(self) -> u32 {
        match self {
            Self::Single => 0,
            Self::Dual => bit_u32(8),
            Self::Quad => bit_u32(9),
            Self::Octal => bit_u32(13),
        }
    }

    /// Returns the mode of a device that receives on so many lines; nothing for one.
    #[inline]
    pub(super) fn rx_mode(self) -> u32 {
        match self {
            Self::Single => 0,
            Self::Dual => bit_u32(10),
            Self::Quad => bit_u32(11),
            Self::Octal => bit_u32(14),
        }
    }

    /// Returns the modes of a controller that has so many lines: those of all devices with up to as
    /// many.
    pub(super) fn modes_up_to(self, mode: fn(Self) -> u32) -> u32 {
        [Self::Dual, Self::Quad, Self::Octal]
            .into_iter()
            .filter(|lines| lines.count() <= self.count())
            .fold(0, |modes, lines| modes | mode(lines))
    }
}

/// How a transfer uses the lanes of a device that has several.
///
/// Each lane is a data line of its own, with its own words.
///
/// C field: `multi_lane_mode` of `struct spi_transfer`; see
/// [multiple data lanes](https://docs.kernel.org/spi/multiple-data-lanes.html).
///
/// # Examples
///
/// ```
/// use kernel::{
///     device::Bound,
///     prelude::*,
///     spi::{
///         self,
///         Buffer,
///         LaneMode,
///         Transfer, //
///     }, //
/// };
///
/// /// One sample of each of the converters in a chip, each with a lane of its own if it has one.
/// fn samples(dev: &spi::Device<Bound>, converters: usize) -> Result<Transfer> {
///     let buffer = Buffer::<u16>::zeroed(converters, GFP_KERNEL)?.bits::<16>();
///     let mode = match dev.rx_lanes() {
///         [_] => LaneMode::Single,
///         _ => LaneMode::Stripe,
///     };
///     Ok(Transfer::read(buffer).lane_mode(mode))
/// }
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// # spi::Message::new([samples(dev, 2)?], GFP_KERNEL)?.sync(dev)?;
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum LaneMode {
    /// Only the first lane is used (`SPI_MULTI_LANE_MODE_SINGLE`).
    Single = 0,
    /// Words go to the lanes in turn (`SPI_MULTI_LANE_MODE_STRIPE`).
    ///
    /// The number of words must be a multiple of the number of lanes.
    Stripe = 1,
    /// Each word goes to all lanes (`SPI_MULTI_LANE_MODE_MIRROR`).
    Mirror = 2,
}

impl LaneMode {
    #[inline]
    pub(super) fn to_raw(self) -> u32 {
        // CAST: The values are those of the C side.
        u32::from(self as u8)
    }

    /// Converts what a transfer has.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it has no meaning.
    #[inline]
    pub(super) fn from_raw(raw: u32) -> Result<Self> {
        match raw {
            bindings::SPI_MULTI_LANE_MODE_SINGLE => Ok(Self::Single),
            bindings::SPI_MULTI_LANE_MODE_STRIPE => Ok(Self::Stripe),
            bindings::SPI_MULTI_LANE_MODE_MIRROR => Ok(Self::Mirror),
            _ => Err(EINVAL),
        }
    }
}
