// SPDX-License-Identifier: GPL-2.0

//! What an interrupt handler may use, as long as somebody waits for it.

use super::lifetime;
use crate::{
    new_spinlock_irq,
    prelude::*,
    sync::SpinLockIrq,
    types::ForLt, //
};

/// The state of a device, and what is lent to its interrupt handler for the time of a message.
///
/// A message's buffers may be accessed as long as it is in flight, that is, until
/// [`transfer_one_message`] returns. An interrupt may come later. So the handler does not get to
/// the buffers by a pointer that somebody has to clear, but through a loan that ends by itself: the
/// thread that lends waits in [`lend`](Self::lend), and has the value back when that returns. A
/// late interrupt finds nothing.
///
/// There is one loan at a time. `S` is there all the time; both are protected by one spinlock,
/// which also keeps interrupts off.
///
/// [`transfer_one_message`]: super::Operations::transfer_one_message
///
/// # Examples
///
/// ```
/// use kernel::{
///     spi::controller::Loan,
///     types::ForLt, //
/// };
///
/// let loan = KBox::pin_init(Loan::<u32, ForLt!(&mut [u8])>::new(0), GFP_KERNEL)?;
///
/// // What the interrupt handler does.
/// let handle = || {
///     loan.with(|count, lent| {
///         *count += 1;
///         if let Some(buffer) = lent {
///             buffer.fill(7);
///         }
///     })
/// };
///
/// let mut buffer = [0; 4];
/// handle();
/// loan.lend(&mut buffer[..], |_, _| {}, handle)?;
/// handle();
/// assert_eq!(buffer, [7; 4]);
/// assert_eq!(loan.with(|count, _| *count), 3);
/// # Ok::<(), Error>(())
/// ```
#[pin_data]
pub struct Loan<S, T: ForLt> {
    #[pin]
    inner: SpinLockIrq<Inner<S, T>>,
}

struct Inner<S, T: ForLt> {
    state: S,
    /// What is lent. It is shown only to who has to cope with any lifetime.
    lent: Option<T::Of<'static>>,
}

// Nothing in it is pinned.
impl<S, T: ForLt> Unpin for Inner<S, T> {}

// SAFETY: What is lent may be sent to other threads, whatever its lifetime.
unsafe impl<S: Send, T: ForLt> Send for Inner<S, T> where for<'v> T::Of<'v>: Send {}

impl<S, T: ForLt> Loan<S, T> {
    /// Nothing is lent at first.
    pub fn new(state: S) -> impl PinInit<Self> {
        pin_init!(Self {
            inner <- new_spinlock_irq!(Inner { state, lent: None }),
        })
    }

    /// Lends `value` while `wait` runs, and returns what that returns, and the value.
    ///
    /// Before that, `begin` is called with the lock held. `wait` is called without it, and may
    /// sleep if the caller may. When this returns no handler has the value any more.
    ///
    /// # Errors
    ///
    /// `EBUSY` if something is lent already.
    #[inline]
    pub fn lend<'v, R>(
        &self,
        value: T::Of<'v>,
        begin: impl FnOnce(&mut S, &mut T::Of<'_>),
        wait: impl FnOnce() -> R,
    ) -> Result<(R, T::Of<'v>)> {
        {
            let mut guard = self.inner.lock();
            let inner = &mut *guard;
            if inner.lent.is_some() {
                return Err(EBUSY);
            }

            // SAFETY: It is restored below. What `wait` can do in between does not include not
            // returning, other than by stopping this thread for ever.
            let value = inner.lent.insert(unsafe { lifetime::extend::<T>(value) });
            begin(&mut inner.state, lifetime::shorten::<T>(value));
        }

        let result = wait();

        let value = self.inner.lock().lent.take().ok_or(EINVAL)?;
        // SAFETY: It is what was put there above: nobody else takes it out, nor puts another one
        // there meanwhile.
        Ok((result, unsafe { lifetime::restore::<T>(value) }))
    }

    /// Calls `f` with the state, and with what is lent, if something is, with the lock held.
    ///
    /// Can be called in any context, but not by `f`.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&mut S, Option<&mut T::Of<'_>>) -> R) -> R {
        let mut guard = self.inner.lock();
        let inner = &mut *guard;

        f(
            &mut inner.state,
            inner.lent.as_mut().map(lifetime::shorten::<T>),
        )
    }
}
