// SPDX-License-Identifier: GPL-2.0

//! Clock speeds, which the SPI core keeps in 32 bits.

use crate::clk::Hertz;

/// Converts a speed for the SPI core; what does not fit becomes the highest speed that does.
///
/// All speeds are upper limits, so this loses nothing that exists.
#[inline]
pub(super) fn to_hz(speed: Hertz) -> u32 {
    u32::try_from(speed.as_hz()).unwrap_or(u32::MAX)
}

/// Converts a speed of the SPI core.
#[inline]
pub(super) fn from_hz(hz: u32) -> Hertz {
    // CAST: `c_ulong` has 32 bits at least.
    Hertz(hz as crate::ffi::c_ulong)
}
