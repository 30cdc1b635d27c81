// SPDX-License-Identifier: GPL-2.0

//! Delays, as the SPI core keeps them.

use crate::{
    bindings,
    time::{
        Delta,
        NSEC_PER_SEC,
        NSEC_PER_USEC, //
    }, //
};

/// Converts a delay; `speed_hz` is that of the clock, for delays that are given in its cycles.
///
/// `spi_delay_to_ns()` computes in 32 bits, and takes a long delay at a low speed for an error.
pub(super) fn to_delta(delay: &bindings::spi_delay, speed_hz: u32) -> Delta {
    let value = i64::from(delay.value);

    let ns = match u32::from(delay.unit) {
        bindings::SPI_DELAY_UNIT_USECS => value * NSEC_PER_USEC,
        bindings::SPI_DELAY_UNIT_SCK => value * cycle_ns(speed_hz),
        _ => value,
    };
    Delta::from_nanos(ns)
}

/// Returns how long a cycle of the clock takes, rounded up.
fn cycle_ns(speed_hz: u32) -> i64 {
    // CAST: It has 30 bits.
    const SECOND: u32 = NSEC_PER_SEC as u32;

    match speed_hz {
        0 => 0,
        hz => SECOND.div_ceil(hz).into(),
    }
}
