// SPDX-License-Identifier: GPL-2.0

//! Completions that are used again, and waits that end.

use super::Completion;
use crate::{
    bindings,
    prelude::*,
    time::{
        msecs_to_jiffies,
        Delta,
        Jiffies,
        Msecs, //
    }, //
};

/// The longest wait; C calls it `MAX_SCHEDULE_TIMEOUT` and never ends it.
// CAST: It is positive.
const FOREVER: Jiffies = c_long::MAX as Jiffies;

impl Completion {
    /// Signals one task that waits for this completion, or the next one that will.
    ///
    /// Each call lets one wait end, unlike [`complete_all`](Self::complete_all). It does not sleep,
    /// and may be called in any context, also in a hard interrupt.
    ///
    /// C function: `complete()`.
    #[inline]
    pub fn complete(&self) {
        // SAFETY: `self.as_raw()` is a pointer to a valid `struct completion`.
        unsafe { bindings::complete(self.as_raw()) };
    }

    /// Forgets the signals that nobody has waited for, so that the completion can be used again.
    ///
    /// It does not sleep, and may be called in any context, also in a hard interrupt. A signal that
    /// comes at the same time is either forgotten, or the first new one.
    ///
    /// C function: `reinit_completion()`, but under the completion's lock.
    #[inline]
    pub fn reinit(&self) {
        // SAFETY: `self.as_raw()` is a pointer to a valid `struct completion`.
        unsafe { bindings::reinit_completion_locked(self.as_raw()) };
    }

    /// Takes a signal, if there is one, without waiting for it, and returns whether there was.
    ///
    /// It does not sleep, and may be called in any context, also in a hard interrupt.
    ///
    /// C function: `try_wait_for_completion()`.
    #[inline]
    #[must_use = "a signal that was taken is gone"]
    pub fn try_wait_for_completion(&self) -> bool {
        // SAFETY: `self.as_raw()` is a pointer to a valid `struct completion`.
        unsafe { bindings::try_wait_for_completion(self.as_raw()) }
    }

    /// Waits for a signal, and takes it, but not longer than `timeout`.
    ///
    /// This sleeps and is not interruptible. The timeout is rounded up to a millisecond, and to a
    /// tick of the kernel's timer, of which the first one is already running. Nothing is waited for
    /// if it is 0 or negative. More than 24 days (2³¹ ms) are no limit.
    ///
    /// # Errors
    ///
    /// - `ETIMEDOUT` if there was no signal in time. One that comes later is still there.
    ///
    /// C function: `wait_for_completion_timeout()`.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::{
    ///     sync::Completion,
    ///     time::Delta, //
    /// };
    ///
    /// let done = KBox::pin_init(Completion::new(), GFP_KERNEL)?;
    /// let tick = Delta::from_millis(1);
    /// assert_eq!(done.wait_for_completion_timeout(tick), Err(ETIMEDOUT));
    ///
    /// // A signal is for one wait.
    /// done.complete();
    /// assert_eq!(done.wait_for_completion_timeout(Delta::ZERO), Ok(()));
    /// assert_eq!(done.wait_for_completion_timeout(tick), Err(ETIMEDOUT));
    ///
    /// done.complete();
    /// done.complete();
    /// assert!(done.try_wait_for_completion());
    /// done.reinit();
    /// assert!(!done.try_wait_for_completion());
    ///
    /// // Or for all that will come, until the completion is used again.
    /// done.complete_all();
    /// assert!(done.try_wait_for_completion());
    /// assert_eq!(done.wait_for_completion_timeout(tick), Ok(()));
    /// done.reinit();
    /// assert_eq!(done.wait_for_completion_timeout(tick), Err(ETIMEDOUT));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn wait_for_completion_timeout(&self, timeout: Delta) -> Result {
        self.wait_for_completion_jiffies(to_jiffies(timeout))
    }

    /// Waits for a signal, and takes it, unless a signal from user space interrupts the task.
    ///
    /// This sleeps, and has no timeout.
    ///
    /// # Errors
    ///
    /// - `EINTR` if the task was interrupted.
    ///
    /// C function: `wait_for_completion_interruptible()`.
    #[inline]
    pub fn wait_for_completion_interruptible(&self) -> Result {
        // SAFETY: `self.as_raw()` is a pointer to a valid `struct completion`.
        match unsafe { bindings::wait_for_completion_interruptible(self.as_raw()) } {
            0 => Ok(()),
            _ => Err(EINTR),
        }
    }

    /// Waits for a signal with a timeout in ticks of the kernel's timer.
    ///
    /// # Errors
    ///
    /// - `ETIMEDOUT` if there was no signal in time. One that comes later is still there.
    ///
    /// C function: `wait_for_completion_timeout()`.
    #[inline]
    pub fn wait_for_completion_jiffies(&self, timeout: Jiffies) -> Result {
        // SAFETY: `self.as_raw()` is a pointer to a valid `struct completion`.
        let left =
            unsafe { bindings::wait_for_completion_timeout(self.as_raw(), timeout.min(FOREVER)) };
        if left == 0 {
            return Err(ETIMEDOUT);
        }
        Ok(())
    }
}

/// Converts a timeout for the C side: rounded up, and within 0 to [`FOREVER`].
fn to_jiffies(timeout: Delta) -> Jiffies {
    let ms = timeout.as_millis_ceil().max(0);

    // `msecs_to_jiffies()` takes the upper half of the range for an endless wait as well.
    Msecs::try_from(ms).map_or(FOREVER, |ms| msecs_to_jiffies(ms).min(FOREVER))
}
