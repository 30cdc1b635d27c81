// SPDX-License-Identifier: GPL-2.0

//! Exclusive use of a bus for several messages.

use super::{
    Device,
    Message,
    Optimized,
    Word, //
};
use crate::{
    bindings,
    device::Bound,
    prelude::*,
    types::NotThreadSafe, //
};

use core::{
    ops::Deref,
    ptr, //
};

/// The exclusive use of a device's bus, for several messages in a row.
///
/// Others wait: their synchronous sends sleep until the lock is dropped, their asynchronous ones
/// are refused with `EBUSY`.
///
/// The lock borrows the prepared messages that are sent under it, so they can't be sent without it
/// meanwhile: such a send would wait for the lock, that is for itself. A send of another message to
/// the same bus is refused with `EDEADLK`, for the same reason.
///
/// The bus is that of the device's controller. Behind a multiplexer, that is the multiplexer and
/// not its parent; who has locked the bus of the parent must not send to a device behind the
/// multiplexer, as that would wait for itself. A lock that is forgotten is never released.
///
/// # Examples
///
/// ```
/// use kernel::{
///     device::Bound,
///     prelude::*,
///     spi::{
///         self,
///         BusLock,
///         Optimized, //
///     }, //
/// };
///
/// /// Starts a conversion and reads its result, with nothing in between on the bus.
/// fn convert<'a>(dev: &spi::Device<Bound>, messages: &mut [Optimized<'a>; 2]) -> Result<u16> {
///     let mut bus = BusLock::new(dev, messages)?;
///
///     bus.sync(0)?;
///     bus.sync(1)?;
///     let value: &[u16] = bus[1].rx_words(0).ok_or(EINVAL)?;
///     value.first().copied().ok_or(EINVAL)
/// }
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// # use kernel::spi::{Buffer, Message, Transfer};
/// # let start = Transfer::write(Buffer::from_slice(&[1_u8], GFP_KERNEL)?);
/// # let value = Buffer::from_slice(&[7_u16], GFP_KERNEL)?.bits::<16>();
/// # let read = Transfer::exchange_in_place(value);
/// # let mut setup = Message::new([start], GFP_KERNEL)?;
/// # let start = Transfer::write(Buffer::from_slice(&[2_u8], GFP_KERNEL)?);
/// # let mut messages = [
/// #     Message::new([start], GFP_KERNEL)?.optimize(dev)?,
/// #     Message::new([read], GFP_KERNEL)?.optimize(dev)?,
/// # ];
/// # assert_eq!(convert(dev, &mut messages)?, 7);
///
/// // A message that is not prepared, and one with other data than before.
/// let mut bus = BusLock::new(dev, &mut messages)?;
/// bus.sync_message(&mut setup)?;
/// bus.tx_words_mut::<u8>(0, 0).ok_or(EINVAL)?[0] = 3;
/// bus.sync(0)?;
/// // This one would wait for the lock.
/// assert_eq!(setup.sync(dev), Err(EDEADLK));
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// C functions: `spi_bus_lock()`, `spi_bus_unlock()`, `spi_sync_locked()`.
///
/// # Invariants
///
/// This task has locked the bus of `dev` with `spi_bus_lock()`. The devices of `messages` are on
/// that bus.
#[must_use = "the bus is unlocked when this is dropped"]
pub struct BusLock<'l, 'm> {
    dev: &'l Device<Bound>,
    messages: &'l mut [Optimized<'m>],
    _not_send: NotThreadSafe,
}

impl<'l, 'm> BusLock<'l, 'm> {
    /// Waits for the bus of `dev`, and locks it for `messages`, of which there may be none.
    ///
    /// This sleeps, without a time limit.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if a message is one to a device on another bus.
    /// - `EDEADLK` if the caller has locked this bus already.
    pub fn new(dev: &'l Device<Bound>, messages: &'l mut [Optimized<'m>]) -> Result<Self> {
        let ctlr = controller(dev);
        if messages
            .iter()
            .any(|message| !ptr::eq(controller(message.device()), ctlr))
        {
            return Err(EINVAL);
        }
        check_unlocked(dev)?;

        // SAFETY: The device is bound, hence its controller is registered. The caller does not hold
        // the lock, as just checked. The function can't fail.
        unsafe { bindings::spi_bus_lock(ctlr) };

        // INVARIANT: The bus was just locked, and the messages were checked.
        Ok(Self {
            dev,
            messages,
            _not_send: NotThreadSafe,
        })
    }

    /// Sends message number `index` and waits for the end, without a time limit.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if there is no such message.
    /// - Those of [`Optimized::sync`], but `EDEADLK`.
    ///
    /// C function: `spi_sync_locked()`.
    #[inline]
    pub fn sync(&mut self, index: usize) -> Result {
        let message = self.messages.get_mut(index).ok_or(EINVAL)?;

        // SAFETY: By the type invariant the bus of the message is locked by this task.
        unsafe { message.sync_locked() }
    }

    /// Sends a message that is not prepared to the device, and waits for the end, without a time
    /// limit.
    ///
    /// This sleeps. Errors are those of [`Message::sync`], but `EDEADLK`.
    ///
    /// C function: `spi_sync_locked()`.
    #[inline]
    pub fn sync_message(&mut self, message: &mut Message) -> Result {
        // SAFETY: By the type invariant the bus of the device is locked by this task.
        // `spi_sync_locked()` returns when the message is complete.
        unsafe { message.send(self.dev, bindings::spi_sync_locked) }
    }

    /// Returns the words that a transfer of message number `index` sends, to change them.
    ///
    /// `None` if there is no such message or transfer, it sends nothing, or words of another type.
    #[inline]
    pub fn tx_words_mut<W: Word>(&mut self, index: usize, transfer: usize) -> Option<&mut [W]> {
        self.messages.get_mut(index)?.tx_words_mut(transfer)
    }
}

impl<'m> Deref for BusLock<'_, 'm> {
    type Target = [Optimized<'m>];

    /// Returns the messages, to look at what they have received.
    #[inline]
    fn deref(&self) -> &[Optimized<'m>] {
        self.messages
    }
}

impl Drop for BusLock<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariant this task has locked the bus.
        unsafe { bindings::spi_bus_unlock(controller(self.dev)) };
    }
}

#[inline]
fn controller(dev: &Device<Bound>) -> *mut bindings::spi_controller {
    // SAFETY: `dev` is valid, and the field never changes.
    unsafe { (*dev.as_raw()).controller }
}

/// Checks that a send would not wait for a lock that the caller itself holds.
///
/// # Errors
///
/// - `EDEADLK` if it would.
#[inline]
pub(super) fn check_unlocked(dev: &Device<Bound>) -> Result {
    let ctlr = controller(dev);

    // A flag that this task has set is seen by it. That of another task may be seen or not, and
    // leads to nothing but the question whose it is; hence the volatile read.
    //
    // SAFETY: The device is bound, hence its controller is valid.
    let locked = unsafe { (&raw const (*ctlr).bus_lock_flag).read_volatile() };
    if locked && is_mine(ctlr) {
        return Err(EDEADLK);
    }
    Ok(())
}

#[cold]
fn is_mine(ctlr: *mut bindings::spi_controller) -> bool {
    // SAFETY: `ctlr` is valid; the function only compares the owner of the mutex with `current`.
    unsafe { bindings::spi_bus_is_locked_by_current(ctlr) }
}
