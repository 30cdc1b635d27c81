// SPDX-License-Identifier: GPL-2.0

//! Messages that the controller of one device has prepared for many sends.

use super::{
    bus_lock,
    raw_transfers::RawTransfers,
    AsyncMessage,
    Device,
    Message,
    Refused,
    Word, //
};
use crate::{
    alloc::Flags,
    bindings,
    clk::Hertz,
    device::Bound,
    error::to_result,
    prelude::*, //
};

use core::{
    mem::ManuallyDrop,
    ptr, //
};

/// What the controller of `dev` keeps for a message, from optimize to unoptimize.
///
/// # Invariants
///
/// - `msg` is valid and stays where it is, with all it points to.
/// - `spi_optimize_message(dev, msg)` succeeded, and the message was not unoptimized since. Nobody
///   else sends, changes or unoptimizes it.
pub(super) struct Optimization<'bound> {
    dev: &'bound Device<Bound>,
    msg: *mut bindings::spi_message,
}

impl<'bound> Optimization<'bound> {
    /// Optimizes `msg` for `dev`.
    ///
    /// # Safety
    ///
    /// - `msg` must be valid, stay where it is and not be used for anything else, and the same goes
    ///   for the transfers and buffers that it points to, until the returned value is dropped, or
    ///   for ever if it is forgotten.
    /// - `msg` must be neither optimized nor in flight.
    #[inline]
    pub(super) unsafe fn new(
        dev: &'bound Device<Bound>,
        msg: *mut bindings::spi_message,
    ) -> Result<Self> {
        // A controller that defers the work to another one does nothing now, not even this; but
        // `spi_unoptimize_message()` reads the field before anything else.
        //
        // SAFETY: By the safety requirements `msg` is valid and nobody else uses it.
        unsafe { (*msg).spi = dev.as_raw() };

        // SAFETY: `dev` is bound, hence its controller is registered. `msg` is valid.
        let ret = unsafe { bindings::spi_optimize_message(dev.as_raw(), msg) };
        if ret != 0 {
            // SAFETY: `msg` is valid, its device is set, and it is not in flight.
            unsafe { release_leftovers(msg) };
            return Err(Error::from_errno(ret));
        }

        // INVARIANT: Optimized just now; the rest is what the caller guarantees.
        Ok(Self { dev, msg })
    }

    /// Takes over a message that was optimized elsewhere.
    ///
    /// # Safety
    ///
    /// The requirements of the type invariant must be met.
    #[inline]
    pub(super) unsafe fn from_raw(
        dev: &'bound Device<Bound>,
        msg: *mut bindings::spi_message,
    ) -> Self {
        // INVARIANT: By the safety requirement.
        Self { dev, msg }
    }

    /// Gives the message up without unoptimizing it.
    #[inline]
    pub(super) fn into_raw(self) -> *mut bindings::spi_message {
        ManuallyDrop::new(self).msg
    }

    /// Sends the message and waits for the end.
    #[inline]
    pub(super) fn sync(&mut self) -> Result {
        bus_lock::check_unlocked(self.dev)?;

        // SAFETY: By the type invariant.
        unsafe { start_anew(self.msg) };

        // SAFETY: It is the device that the message was optimized for.
        match unsafe { self.send(self.dev) } {
            // `to_result()` is not inlined.
            0 => Ok(()),
            ret => to_result(ret),
        }
    }

    /// Sends the message as it is, with what the last send has left in it, in the name of `sender`.
    ///
    /// Returns what `spi_sync()` returns.
    ///
    /// # Safety
    ///
    /// `sender` must be on the same controller as the device that the message was optimized for.
    #[inline]
    pub(super) unsafe fn send(&mut self, sender: &Device<Bound>) -> c_int {
        // SAFETY: `sender` is bound, hence its controller is registered. By the type invariant
        // `msg` is valid, is prepared by that controller, and is not in flight: this function
        // returns when it is complete, and takes `&mut self`.
        unsafe { bindings::spi_sync(sender.as_raw(), self.msg) }
    }

    /// Sends the message, under the bus lock, and waits for the end.
    ///
    /// # Safety
    ///
    /// The calling task must have locked the bus of the device.
    #[inline]
    unsafe fn sync_locked(&mut self) -> Result {
        // SAFETY: By the type invariant.
        unsafe { start_anew(self.msg) };

        // SAFETY: As in `send()`; by the safety requirement the bus is locked.
        to_result(unsafe { bindings::spi_sync_locked(self.dev.as_raw(), self.msg) })
    }

    /// Takes the results of the last send out of the transfers.
    ///
    /// Returns whether the message is one that takes time stamps.
    #[inline]
    pub(super) fn reset(&mut self) -> bool {
        // SAFETY: By the type invariant `msg` is valid, and it is not in flight.
        unsafe { reset(self.msg) }
    }

    /// Returns how many bytes the last send transferred.
    #[inline]
    pub(super) fn actual_length(&self) -> usize {
        // SAFETY: By the type invariant `msg` is valid; it is not in flight, see `sync()`.
        let length = unsafe { (*self.msg).actual_length };

        // CAST: `usize` has 32 bits at least.
        length as usize
    }
}

/// Takes all results of the last send out of a prepared message.
///
/// # Safety
///
/// `msg` must be valid and not in flight, and nobody else may use it.
#[inline]
pub(super) unsafe fn start_anew(msg: *mut bindings::spi_message) {
    // The core leaves it when it refuses the message.
    //
    // SAFETY: By the safety requirements.
    unsafe { (*msg).actual_length = 0 };

    // SAFETY: By the safety requirements.
    unsafe { reset(msg) };
}

/// Takes the results of the last send out of the transfers of a prepared message. The core leaves
/// errors and the mark of a time stamp there, and would take them for those of the next send.
///
/// Returns whether the message is one that takes time stamps.
///
/// This goes along the list and not along the transfers of the [`Message`], because these are not
/// in the list while the core has split them.
///
/// # Safety
///
/// `msg` must be valid and not in flight, and nobody else may use it.
#[inline]
unsafe fn reset(msg: *mut bindings::spi_message) -> bool {
    let mut takes_time_stamps = false;

    // SAFETY: By the safety requirements; the list does not change.
    for transfer in unsafe { RawTransfers::new(msg) } {
        // SAFETY: The transfer is valid, and nobody else uses it.
        unsafe { (*transfer).error = 0 };

        // SAFETY: As above.
        unsafe { (*transfer).set_timestamped(0) };

        // SAFETY: As above.
        takes_time_stamps |= unsafe { !(*transfer).ptp_sts.is_null() };
    }
    takes_time_stamps
}

/// Releases what the core leaves attached to a message that it has refused.
///
/// It forgets what a controller has prepared if the message is refused afterwards, and parts of
/// split transfers if there was not enough memory to split the others.
///
/// # Safety
///
/// `msg` must be valid, not in flight, not held by an [`Optimization`], and bound to a device whose
/// controller is registered.
pub(super) unsafe fn release_leftovers(msg: *mut bindings::spi_message) {
    // SAFETY: By the safety requirements.
    let resources = unsafe { &raw const (*msg).resources };

    // SAFETY: As above. The list is empty if it points to itself.
    if unsafe { (*msg).optimized || !ptr::eq((*resources).next, resources) } {
        // SAFETY: As above; something is left, and this releases all of it.
        unsafe { bindings::spi_unoptimize_message(msg) };
    }
}

impl Drop for Optimization<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the message is optimized, and it is not in flight.
        unsafe { bindings::spi_unoptimize_message(self.msg) };
    }
}

// SAFETY: Neither the message nor the device has ties to a thread.
unsafe impl Send for Optimization<'_> {}

// SAFETY: `&Optimization` only reads a field that nobody writes while it exists.
unsafe impl Sync for Optimization<'_> {}

/// A [`Message`] that the controller of one device has prepared.
///
/// It is sent to that device, and to no other, any number of times. No send validates, allocates
/// or translates again. Only the contents of the transmit buffers can be changed meanwhile.
///
/// Dropping it, and [`into_message`](Self::into_message), unoptimizes; this may sleep.
///
/// # Examples
///
/// ```
/// use kernel::{
///     device::Bound,
///     prelude::*,
///     spi::{
///         self,
///         Buffer,
///         Message,
///         Transfer, //
///     }, //
/// };
///
/// fn sample_all(dev: &spi::Device<Bound>, channels: &[u8]) -> Result<u32> {
///     let transfer = Transfer::exchange_in_place(Buffer::<u8>::zeroed(2, GFP_KERNEL)?);
///     let mut message = Message::new([transfer], GFP_KERNEL)?.optimize(dev)?;
///
///     let mut sum = 0;
///     for channel in channels {
///         message.tx_mut(0).ok_or(EINVAL)?.copy_from_slice(&[*channel, 0]);
///         message.sync()?;
///         sum += u32::from(message.rx(0).ok_or(EINVAL)?[1]);
///     }
///     Ok(sum)
/// }
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// # assert_eq!(sample_all(dev, &[1, 2])?, 0);
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// What was sent, and the message itself, can be had again:
///
/// ```
/// use kernel::spi::{
///     Buffer,
///     Message,
///     Transfer, //
/// };
///
/// let samples = Buffer::<u16>::zeroed(2, GFP_KERNEL)?.bits::<12>();
/// let message = Message::new([Transfer::exchange_in_place(samples)], GFP_KERNEL)?;
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// let mut prepared = message.optimize(dev)?;
/// prepared.tx_words_mut::<u16>(0).ok_or(EINVAL)?[1] = 0x345;
/// prepared.sync()?;
/// assert_eq!(prepared.rx_words::<u16>(0), Some(&[0, 0x345][..]));
/// assert_eq!(prepared.actual_length(), 4);
/// // This controller does not tell.
/// assert!(prepared.effective_speed(0).is_none());
///
/// let message = prepared.into_message();
/// assert_eq!(message.rx_words::<u16>(0), Some(&[0, 0x345][..]));
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// It can't be optimized again, for the same or for another device:
///
/// ```ignore,compile_fail
/// fn twice(optimized: spi::Optimized<'_>, other: &spi::Device<Bound>) {
///     optimized.optimize(other);
/// }
/// ```
// Fields are dropped in this order: the controller lets go of the message before its memory goes.
pub struct Optimized<'bound> {
    optimization: Optimization<'bound>,
    message: Message,
}

impl<'bound> Optimized<'bound> {
    #[inline]
    pub(super) fn new(optimization: Optimization<'bound>, message: Message) -> Self {
        Self {
            optimization,
            message,
        }
    }

    /// Returns the transfers as the SPI core has them.
    #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
    pub(super) fn raw_transfers(&mut self) -> RawTransfers {
        // SAFETY: The message is valid and not in flight.
        unsafe { RawTransfers::new(self.optimization.msg) }
    }

    /// Returns the device that the message is prepared for.
    #[inline]
    pub fn device(&self) -> &'bound Device<Bound> {
        self.optimization.dev
    }

    /// Sends the message to its device and waits for the end, without a time limit.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `EDEADLK` if the caller has locked the bus, see [`BusLock`](super::BusLock).
    /// - `ESHUTDOWN` if the controller is suspended.
    /// - `ETIMEDOUT`, `EIO` and what else the controller's driver reports for a failed transfer.
    ///
    /// The message stays prepared after each of them, and can be sent again.
    ///
    /// C function: `spi_sync()`.
    #[inline]
    pub fn sync(&mut self) -> Result {
        self.optimization.sync()
    }

    /// Sends the message, under the bus lock, and waits for the end.
    ///
    /// # Safety
    ///
    /// The calling task must have locked the bus of the device.
    #[inline]
    pub(super) unsafe fn sync_locked(&mut self) -> Result {
        // SAFETY: By the safety requirement.
        unsafe { self.optimization.sync_locked() }
    }

    /// Makes a message of it that can be submitted in any context, and dropped in any.
    ///
    /// This allocates what sending it will need, so that sending does not allocate. It sleeps only
    /// as `flags` say.
    ///
    /// # Errors
    ///
    /// - `ENOMEM` if there is no memory. The message comes back with it.
    #[inline]
    pub fn into_async(self, flags: Flags) -> Result<AsyncMessage, Refused<Self>> {
        AsyncMessage::new(self, flags)
    }

    /// Returns the bytes that transfer number `index` sends, to change them.
    ///
    /// `None` if there is no such transfer, it sends nothing, or words of another type.
    #[inline]
    pub fn tx_mut(&mut self, index: usize) -> Option<&mut [u8]> {
        self.message.tx_mut(index)
    }

    /// Returns the bytes that transfer number `index` received with the last successful send.
    ///
    /// `None` if there is no such transfer, it receives nothing, or words of another type.
    #[inline]
    pub fn rx(&self, index: usize) -> Option<&[u8]> {
        self.message.rx(index)
    }

    /// Returns the words that transfer number `index` sends, to change them.
    ///
    /// `None` if there is no such transfer, it sends nothing, or words of another type.
    #[inline]
    pub fn tx_words_mut<W: Word>(&mut self, index: usize) -> Option<&mut [W]> {
        self.message.tx_words_mut(index)
    }

    /// Returns the words that transfer number `index` received with the last successful send.
    ///
    /// `None` if there is no such transfer, it receives nothing, or words of another type.
    #[inline]
    pub fn rx_words<W: Word>(&self, index: usize) -> Option<&[W]> {
        self.message.rx_words(index)
    }

    /// Returns the speed of the clock at which transfer number `index` was done, in Hz.
    ///
    /// `None` if there is no such transfer, or the controller did not tell; none tells of a
    /// transfer that was split.
    #[inline]
    pub fn effective_speed(&self, index: usize) -> Option<Hertz> {
        self.message.effective_speed(index)
    }

    /// Returns how many bytes the last send transferred, over all transfers.
    #[inline]
    pub fn actual_length(&self) -> usize {
        self.optimization.actual_length()
    }

    /// Has the controller let go of the message, which can then be changed again.
    ///
    /// This may sleep.
    ///
    /// C function: `spi_unoptimize_message()`.
    #[inline]
    pub fn into_message(self) -> Message {
        let (optimization, message) = self.into_parts();

        drop(optimization);
        message
    }

    #[inline]
    pub(super) fn into_parts(self) -> (Optimization<'bound>, Message) {
        (self.optimization, self.message)
    }
}
