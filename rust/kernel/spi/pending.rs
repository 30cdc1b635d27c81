// SPDX-License-Identifier: GPL-2.0

//! Waiting for a message that was submitted.

use super::{
    AsyncMessage,
    Complete, //
};
use crate::{
    alloc::Flags,
    new_spinlock_irq,
    prelude::*,
    sync::{
        Arc,
        Completion,
        SpinLockIrq, //
    },
    time::Delta, //
};

/// Where a message comes back to that is waited for.
#[pin_data]
pub(super) struct Waiter {
    #[pin]
    back: SpinLockIrq<Option<(AsyncMessage, Result)>>,
    #[pin]
    done: Completion,
}

impl Waiter {
    pub(super) fn new(flags: Flags) -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                back <- new_spinlock_irq!(None, "spi::Waiter::back"),
                done <- Completion::new(),
            }),
            flags,
        )
    }
}

impl Complete for Waiter {
    fn complete(this: Arc<Self>, message: AsyncMessage, result: Result) {
        *this.back.lock() = Some((message, result));
        this.done.complete();
    }
}

/// A message in flight that can be waited for; made by [`AsyncMessage::start`].
///
/// Dropping it does not stop the message: that is released when it is complete. One that is
/// forgotten leaks the message.
///
/// # Examples
///
/// ```
/// use kernel::{
///     prelude::*,
///     spi::AsyncMessage,
///     time::Delta, //
/// };
///
/// /// Sends two messages, one right after the other.
/// fn both(first: AsyncMessage, second: AsyncMessage) -> Result<[AsyncMessage; 2]> {
///     let first = first.start()?;
///     let second = second.start()?;
///
///     let (first, result) = first.wait();
///     result?;
///     match second.wait_timeout(Delta::from_millis(100)) {
///         Ok((second, result)) => result.map(|()| [first, second]),
///         // It is still in flight, and is released when it is complete.
///         Err(_pending) => Err(ETIMEDOUT),
///     }
/// }
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// # use kernel::spi::{Buffer, Message, Transfer};
/// # let message = || {
/// #     let buffer = Buffer::<u8>::zeroed(1, GFP_KERNEL)?;
/// #     let message = Message::new([Transfer::read(buffer)], GFP_KERNEL)?.optimize(dev)?;
/// #     Ok::<_, Error>(message.into_async(GFP_KERNEL)?)
/// # };
/// # let [message, _] = both(message()?, message()?)?;
///
/// // Something else may be done meanwhile.
/// let mut pending = message.start()?;
/// let (_message, result) = loop {
///     pending = match pending.try_wait() {
///         Ok(back) => break back,
///         Err(pending) => pending,
///     };
///     kernel::time::delay::fsleep(Delta::from_millis(1));
/// };
/// result?;
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[must_use = "a message that nobody waits for is released when it is complete"]
pub struct Pending {
    waiter: Arc<Waiter>,
}

impl Pending {
    #[inline]
    pub(super) fn new(waiter: Arc<Waiter>) -> Self {
        Self { waiter }
    }

    /// Waits until the message is complete, without a time limit, and returns it with its status.
    ///
    /// This sleeps.
    pub fn wait(self) -> (AsyncMessage, Result) {
        loop {
            self.waiter.done.wait_for_completion();
            if let Some(back) = self.take() {
                return back;
            }
        }
    }

    /// Waits until the message is complete, but not longer than `timeout`, and returns it with its
    /// status.
    ///
    /// This sleeps. See [`Completion::wait_for_completion_timeout`] for what a timeout can be.
    ///
    /// # Errors
    ///
    /// `self` if the time has passed; the message is still in flight.
    pub fn wait_timeout(self, timeout: Delta) -> Result<(AsyncMessage, Result), Self> {
        match self.waiter.done.wait_for_completion_timeout(timeout) {
            Ok(()) => self.take().ok_or(self),
            Err(_) => Err(self),
        }
    }

    /// Returns the message with its status if it is complete.
    ///
    /// It does not sleep, and may be called in any context.
    ///
    /// # Errors
    ///
    /// `self` if it is not; the message is still in flight.
    pub fn try_wait(self) -> Result<(AsyncMessage, Result), Self> {
        if !self.waiter.done.try_wait_for_completion() {
            return Err(self);
        }
        self.take().ok_or(self)
    }

    /// Takes the message that has come back, and keeps what is needed to wait for it again.
    fn take(&self) -> Option<(AsyncMessage, Result)> {
        let (mut message, result) = self.waiter.back.lock().take()?;

        message.put_back(self.waiter.clone());
        Some((message, result))
    }
}
