// SPDX-License-Identifier: GPL-2.0

//! Whose settings a controller has.

use super::Racy;

/// What the controller of an [`Original`](super::Original) was told last.
///
/// One message after the other looks here.
pub(super) struct Last {
    /// The proxy whose settings it has; an address, or 0.
    told: Racy<usize>,
    /// The proxy whose message has left the chip select active; an address, or 0.
    left: Racy<usize>,
    /// `told`, or 0 if `left`.
    active: Racy<usize>,
}

impl Last {
    pub(super) fn none() -> Self {
        Self {
            told: Racy::new(0),
            left: Racy::new(0),
            active: Racy::new(0),
        }
    }

    #[inline]
    pub(super) fn is_active(&self, proxy: usize) -> bool {
        self.active.get() == proxy
    }

    pub(super) fn was_told(&self, proxy: usize) -> bool {
        self.told.get() == proxy
    }

    pub(super) fn was_left_by(&self, proxy: usize) -> bool {
        self.left.get() == proxy
    }

    pub(super) fn tell(&self, proxy: usize) {
        self.told.set(proxy);
        self.update();
    }

    /// `proxy` has left the chip select active; 0 if it is inactive.
    pub(super) fn leave(&self, proxy: usize) {
        self.left.set(proxy);
        self.update();
    }

    fn update(&self) {
        let active = if self.left.get() == 0 {
            self.told.get()
        } else {
            0
        };
        self.active.set(active);
    }
}
