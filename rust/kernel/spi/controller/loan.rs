// SPDX-License-Identifier: GPL-2.0

//! What an interrupt handler may use, as long as somebody waits for it.

use super::lifetime;
use crate::{
    bindings,
    interrupt::LocalInterruptDisabled,
    prelude::*,
    spi::lock_class::lock_class,
    sync::{
        atomic::{
            Acquire,
            AtomicFlag,
            Release, //
        },
        Completion,
        SpinLockIrq, //
    },
    time::Jiffies,
    types::ForLt, //
};

use core::{
    ops::ControlFlow,
    ptr::NonNull, //
};

/// The state of a device, and what is lent to its interrupt handler for the time of a message.
///
/// A message's buffers may be accessed as long as it is in flight, that is, until
/// [`transfer_one_message`] returns. An interrupt may come later. So the handler does not get to
/// the buffers by a pointer that somebody has to clear, but through a loan that ends by itself: the
/// thread that lends waits in [`lend`](Self::lend) until the handler gives back what was lent, or
/// time is up. A late interrupt finds nothing.
///
/// There is one loan at a time. `S` is there all the time; both are protected by one spinlock,
/// which also keeps interrupts off.
///
/// [`transfer_one_message`]: super::Operations::transfer_one_message
///
/// # Examples
///
/// ```
/// use core::ops::ControlFlow;
/// use kernel::{
///     spi::controller::Loan,
///     types::ForLt, //
/// };
///
/// let loan = KBox::pin_init(Loan::<u32, ForLt!(&mut [u8])>::new(0), GFP_KERNEL)?;
///
/// // What the interrupt handler does.
/// let handle = || {
///     loan.handle(|count, lent| {
///         *count += 1;
///         if let Some(buffer) = lent {
///             buffer.fill(7);
///         }
///         ControlFlow::Break(())
///     })
/// };
///
/// let mut buffer = [0; 4];
/// handle();
/// assert!(loan.lend(&mut &mut buffer[..], |_, _| {}, handle, 100).is_ok());
/// handle();
/// assert_eq!(buffer, [7; 4]);
/// assert_eq!(loan.with(|count| *count), 3);
///
/// // Without an interrupt, time is up some day.
/// assert_eq!(loan.lend(&mut &mut buffer[..], |_, _| {}, || {}, 1), Err(ETIMEDOUT));
/// # Ok::<(), Error>(())
/// ```
#[pin_data]
pub struct Loan<S, T: ForLt> {
    #[pin]
    inner: SpinLockIrq<Inner<S, T>>,
    /// Whether a thread is lending something. Only that thread waits for `given_back`.
    lending: AtomicFlag,
    /// Signalled once when the handler gives something back.
    #[pin]
    given_back: Completion,
}

/// # Invariants
///
/// `lent` points to a valid value, which nobody uses but who has the lock.
struct Inner<S, T: ForLt> {
    state: S,
    /// What is lent. It is shown only to who has to cope with any lifetime.
    lent: Option<NonNull<T::Of<'static>>>,
}

// Nothing in it is pinned.
impl<S, T: ForLt> Unpin for Inner<S, T> {}

// SAFETY: What is lent may be sent to other threads, whatever its lifetime.
unsafe impl<S: Send, T: ForLt> Send for Inner<S, T> where for<'v> T::Of<'v>: Send {}

impl<S, T: ForLt> Loan<S, T> {
    /// Nothing is lent at first.
    pub fn new(state: S) -> impl PinInit<Self> {
        let (name, class) = lock_class!(c"spi::controller::Loan::inner");

        // INVARIANT: Nothing is lent.
        pin_init!(Self {
            inner <- SpinLockIrq::new(Inner { state, lent: None }, name, class),
            lending: AtomicFlag::new(false),
            given_back <- Completion::new(),
        })
    }

    /// Lends `value` until the handler gives it back, or `timeout` jiffies have passed.
    ///
    /// First, `begin` is called with the lock held, then `start` without it. When this returns no
    /// handler has the value any more. This sleeps.
    ///
    /// # Errors
    ///
    /// - `ETIMEDOUT` if the handler did not give it back in time.
    /// - `EBUSY` if something is lent already.
    // Always inline: what is done with the lock held is most of it.
    #[inline(always)]
    pub fn lend<'v>(
        &self,
        value: &mut T::Of<'v>,
        begin: impl FnOnce(&mut S, &mut T::Of<'_>),
        start: impl FnOnce(),
        timeout: Jiffies,
    ) -> Result {
        // ORDERING: All that the last one to lend did comes before.
        if self.lending.xchg(true, Acquire) {
            return Err(EBUSY);
        }
        {
            let mut guard = self.inner.lock();
            let inner = &mut *guard;

            // SAFETY: It is used through `shorten()`, and not after this function.
            let value = unsafe { lifetime::extend_mut::<T>(value) };

            // SAFETY: `begin` is generic over the lifetime.
            begin(&mut inner.state, unsafe { lifetime::shorten::<T>(value) });

            // After `begin`, which uses the value itself and not by way of this pointer.
            //
            // INVARIANT: The value is valid until this function returns, and nobody uses it before,
            // since it is borrowed exclusively. `recall()` takes it out, unless the handler did.
            inner.lent = Some(NonNull::from(value));
        }
        start();

        let in_time = self.given_back.wait_for_completion_jiffies(timeout);
        let result = in_time.or_else(|error| self.recall(error));

        // ORDERING: All that this one did comes before the next one.
        self.lending.store(false, Release);
        result
    }

    /// Takes back what is lent; returns `error`, unless the handler has given it back meanwhile.
    #[cold]
    fn recall(&self, error: Error) -> Result {
        if self.inner.lock().lent.take().is_some() {
            return Err(error);
        }
        // The signal is for nobody else.
        self.given_back.reinit();
        Ok(())
    }

    /// Calls `f` with the state and with what is lent, if something is, with the lock held.
    ///
    /// If it returns [`ControlFlow::Break`] what is lent is given back, and the loan ends.
    ///
    /// To be called by an interrupt handler. Can be called in any context, but not by `f`.
    #[inline]
    pub fn handle(&self, f: impl FnOnce(&mut S, Option<&mut T::Of<'_>>) -> ControlFlow<()>) {
        let (mut guard, mut irq_guard);

        // In an interrupt handler interrupts are disabled already, as a rule.
        //
        // SAFETY: It can be called in any context.
        let inner: &mut Inner<S, T> = if unsafe { bindings::irqs_disabled() } {
            // SAFETY: They are, and nothing below enables what it has not disabled.
            let disabled = unsafe { LocalInterruptDisabled::assume_disabled() };

            guard = self.inner.lock_with(disabled);
            &mut guard
        } else {
            irq_guard = self.inner.lock();
            &mut irq_guard
        };

        // SAFETY: By the type invariant; this has the lock.
        let lent = inner.lent.map(|mut lent| unsafe { lent.as_mut() });

        // SAFETY: `f` is generic over the lifetime.
        let lent = lent.map(|lent| unsafe { lifetime::shorten::<T>(lent) });
        let flow = f(&mut inner.state, lent);

        if flow.is_break() && inner.lent.take().is_some() {
            // Still with the lock: who recalls the value finds the signal.
            self.given_back.complete();
        }
    }

    /// Calls `f` with the state, with the lock held.
    ///
    /// Can be called in any context, but not by `f`.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        let mut guard = self.inner.lock();
        let inner = &mut *guard;

        f(&mut inner.state)
    }
}
