// SPDX-License-Identifier: GPL-2.0

//! Whose settings a controller has.

use core::cell::UnsafeCell;

/// What the controller of an [`Original`](super::Original) was told last.
///
/// One message after the other looks here, so these are not of type [`Atomic`], whose functions are
/// not inlined.
///
/// [`Atomic`]: crate::sync::atomic::Atomic
pub(super) struct Last {
    /// The proxy whose settings it has; an address, or 0.
    told: Word,
    /// Whether a message has left the chip select active; 0 or 1.
    left: Word,
    /// `told`, or 0 if `left`.
    active: Word,
}

impl Last {
    pub(super) fn none() -> Self {
        Self {
            told: Word::new(0),
            left: Word::new(0),
            active: Word::new(0),
        }
    }

    #[inline]
    pub(super) fn is_active(&self, proxy: usize) -> bool {
        self.active.get() == proxy
    }

    pub(super) fn was_told(&self, proxy: usize) -> bool {
        self.told.get() == proxy
    }

    pub(super) fn tell(&self, proxy: usize) {
        self.told.set(proxy);
        self.update();
    }

    pub(super) fn leave(&self, active: bool) {
        self.left.set(active.into());
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

/// A number that is accessed as with `READ_ONCE()` and `WRITE_ONCE()`.
struct Word(UnsafeCell<usize>);

impl Word {
    fn new(value: usize) -> Self {
        Self(UnsafeCell::new(value))
    }

    #[inline]
    fn get(&self) -> usize {
        // SAFETY: The pointer is valid and aligned; a volatile access can't tear.
        unsafe { self.0.get().read_volatile() }
    }

    fn set(&self, value: usize) {
        // SAFETY: As above.
        unsafe { self.0.get().write_volatile(value) };
    }
}

// SAFETY: A number has no ties to a thread.
unsafe impl Send for Word {}

// SAFETY: All accesses are volatile, which the kernel's memory model takes for atomic.
unsafe impl Sync for Word {}
