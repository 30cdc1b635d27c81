// SPDX-License-Identifier: GPL-2.0

//! How long things take on the wire.

use crate::setting::named_setting;
use core::num::NonZero;
use kernel::{
    math64,
    time::NSEC_PER_SEC, //
};

/// Whether a transfer takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// It takes none; only in the record it does.
    Instant,
    /// It takes the time that its bits need at the speed of the clock.
    Clock,
}

named_setting!(Timing,
    "none" => Timing::Instant,
    "clock" => Timing::Clock,
);

/// The clock of a transfer for which nobody has set a speed, as the SPI core reckons.
pub(crate) const DEFAULT_HZ: u32 = 100_000;

/// Returns the nanoseconds that a number of cycles takes, rounded up; `hz` is not 0.
pub(crate) fn cycles_ns(cycles: u64, hz: u32) -> u64 {
    let second = NSEC_PER_SEC.unsigned_abs();
    let hz = NonZero::new(hz).map_or(NonZero::<u64>::MIN, NonZero::from);

    // Whole seconds first, so that nothing overflows.
    let (seconds, rest) = math64::div_rem(cycles, hz);
    seconds
        .saturating_mul(second)
        .saturating_add(math64::div_ceil(rest * second, hz))
}

/// Returns the cycles that a transfer of `words` takes; several lines share the bits of a word.
pub(crate) fn cycles(words: usize, bits: u8, lines: u8) -> u64 {
    let per_word = u32::from(bits).div_ceil(lines.max(1).into());

    u64::try_from(words)
        .unwrap_or(u64::MAX)
        .saturating_mul(per_word.into())
}

/// The time on the wire, in nanoseconds.
///
/// It does not go back. It may be ahead of the true time, if transfers take none.
#[derive(Default)]
pub(crate) struct WireTime {
    now: u64,
}

impl WireTime {
    /// Returns the time, which is `true_time` if that is later.
    pub(crate) fn at(&mut self, true_time: u64) -> u64 {
        self.now = self.now.max(true_time);
        self.now
    }

    /// Lets time pass, and returns what it is then.
    pub(crate) fn pass(&mut self, ns: u64) -> u64 {
        self.now = self.now.saturating_add(ns);
        self.now
    }
}
