// SPDX-License-Identifier: GPL-2.0

//! Delays, as the SPI core counts them.

use crate::{
    bindings,
    prelude::*,
    time::Delta, //
};

/// A delay in a transfer or a message: a time, or a number of clock cycles.
///
/// The SPI core has 16 bits for it. Delays are at least as long as they say.
///
/// # Examples
///
/// ```
/// use kernel::{
///     spi::Delay,
///     time::Delta, //
/// };
///
/// assert_eq!(Delay::try_from(Delta::from_micros(2))?, Delay::from_nanos(2000));
/// // Rounded up.
/// assert_eq!(Delay::try_from(Delta::from_nanos(65_536))?, Delay::from_micros(66));
/// assert_eq!(Delay::try_from(Delta::from_millis(66)), Err(EINVAL));
/// assert_eq!(Delay::try_from(Delta::from_nanos(-1)), Err(EINVAL));
/// // Half a byte at any speed, and nothing.
/// assert!(Delay::from_clocks(4) != Delay::ZERO);
/// # Ok::<(), Error>(())
/// ```
///
/// C type: `struct spi_delay`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    value: u16,
    unit: u8,
}

impl Delay {
    /// No delay.
    pub const ZERO: Self = Self::from_micros(0);

    /// A delay in microseconds.
    #[inline]
    pub const fn from_micros(us: u16) -> Self {
        Self::new(us, bindings::SPI_DELAY_UNIT_USECS)
    }

    /// A delay in nanoseconds.
    #[inline]
    pub const fn from_nanos(ns: u16) -> Self {
        Self::new(ns, bindings::SPI_DELAY_UNIT_NSECS)
    }

    /// A delay in cycles of the transfer's clock.
    ///
    /// The core takes the clock for half as fast as the transfer asks for, unless it knows better.
    /// It computes in 32 bits: what is longer than 2 s at that speed becomes shorter, or none.
    #[inline]
    pub const fn from_clocks(cycles: u16) -> Self {
        Self::new(cycles, bindings::SPI_DELAY_UNIT_SCK)
    }

    #[inline]
    const fn new(value: u16, unit: u32) -> Self {
        Self {
            value,
            // CAST: There are three units.
            unit: unit as u8,
        }
    }

    #[inline]
    pub(super) fn to_raw(self) -> bindings::spi_delay {
        bindings::spi_delay {
            value: self.value,
            unit: self.unit,
        }
    }

    #[inline]
    pub(super) fn from_raw(raw: bindings::spi_delay) -> Self {
        Self {
            value: raw.value,
            unit: raw.unit,
        }
    }
}

impl TryFrom<Delta> for Delay {
    type Error = Error;

    /// Takes a time; it is rounded up to a microsecond if it is longer than 65 535 ns.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if it is negative or longer than 65 535 µs.
    fn try_from(delta: Delta) -> Result<Self> {
        if delta.is_negative() {
            return Err(EINVAL);
        }
        if let Ok(ns) = u16::try_from(delta.as_nanos()) {
            return Ok(Self::from_nanos(ns));
        }

        let us = u16::try_from(delta.as_micros_ceil()).map_err(|_| EINVAL)?;
        Ok(Self::from_micros(us))
    }
}
