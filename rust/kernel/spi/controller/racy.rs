// SPDX-License-Identifier: GPL-2.0

//! Values that threads share without a lock.

use core::cell::UnsafeCell;

mod private {
    /// What is read and written with one instruction.
    pub trait Sealed: Copy + Send {}

    impl Sealed for bool {}
    impl Sealed for u8 {}
    impl Sealed for usize {}
}

/// A flag or a number that is accessed as with `READ_ONCE()` and `WRITE_ONCE()`.
///
/// Nothing is ordered by it. It is for what each message or transfer looks at: the functions of
/// [`Atomic`](crate::sync::atomic::Atomic) are not inlined.
///
/// # Examples
///
/// ```
/// use kernel::spi::controller::Racy;
///
/// let is_busy = Racy::new(false);
/// is_busy.set(true);
/// assert!(is_busy.get());
/// ```
pub struct Racy<T: private::Sealed>(UnsafeCell<T>);

impl<T: private::Sealed> Racy<T> {
    /// Makes one with a value.
    #[inline]
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Returns the value.
    #[inline]
    pub fn get(&self) -> T {
        // SAFETY: The pointer is valid and aligned; a volatile access can't tear.
        unsafe { self.0.get().read_volatile() }
    }

    /// Changes the value.
    #[inline]
    pub fn set(&self, value: T) {
        // SAFETY: As above.
        unsafe { self.0.get().write_volatile(value) };
    }
}

// SAFETY: All accesses are volatile, which the kernel's memory model takes for atomic.
unsafe impl<T: private::Sealed> Sync for Racy<T> {}
