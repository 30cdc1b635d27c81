// SPDX-License-Identifier: GPL-2.0

//! Chip selects that stay active between messages.

use crate::request::ALL_INACTIVE;
use kernel::spi::controller::Racy;

/// The pattern of the chip select lines between messages.
///
/// Only who has the engine uses it, see [`Ids`](crate::flow::Ids).
pub(crate) struct Held(Racy<u8>);

impl Held {
    pub(crate) const fn new() -> Self {
        Self(Racy::new(ALL_INACTIVE))
    }

    #[inline]
    pub(crate) fn pattern(&self) -> u8 {
        self.0.get()
    }

    /// Takes note of a message that leaves the pattern `left`, and begins with the pattern
    /// `wanted`; returns whether another device is still selected.
    #[inline]
    pub(crate) fn pass_on(&self, wanted: u8, left: u8) -> bool {
        let held = self.0.get();

        self.0.set(left);
        held != ALL_INACTIVE && held != wanted
    }

    /// Takes note that no device is selected any more.
    pub(crate) fn clear(&self) {
        self.0.set(ALL_INACTIVE);
    }

    /// Takes note that one device is not selected any more. `pattern` is the one that selects it.
    pub(crate) fn release(&self, pattern: u8) {
        self.0.set(self.0.get() | !pattern);
    }
}
