// SPDX-License-Identifier: GPL-2.0

//! Random numbers that are the same each time.

use core::num::NonZero;
use kernel::math64;

/// A generator of the xorshift family.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        // 0 would stay 0.
        Self(seed | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`, which must not be 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let end = NonZero::new(u64::from(end)).unwrap_or(NonZero::<u64>::MIN);

        // CAST: The remainder is smaller than `end`.
        math64::rem(self.next() >> 16, end) as u32
    }

    /// A number below `end`, which must not be 0.
    pub(super) fn below_u8(&mut self, end: u8) -> u8 {
        // CAST: It is smaller than `end`.
        self.below(end.into()) as u8
    }

    /// One of `items`, of which there must be one.
    pub(super) fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        // CAST: There are not more, and `usize` is not smaller.
        items[self.below(items.len() as u32) as usize]
    }

    /// True once in `times`.
    pub(super) fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }
}
