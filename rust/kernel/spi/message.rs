// SPDX-License-Identifier: GPL-2.0

//! A list of transfers under one chip select.

use super::{
    bus_lock,
    optimized::{
        release_leftovers,
        Optimization, //
    },
    speed,
    Device,
    Optimized,
    Transfer,
    Word, //
};
use crate::{
    alloc::Flags,
    bindings,
    clk::Hertz,
    device::Bound,
    error::to_result,
    prelude::*,
    types::Opaque, //
};

use core::{
    fmt,
    marker::PhantomPinned,
    ptr, //
};

/// A step that was refused, and what it was asked for, so that nothing is lost.
///
/// It converts to its [`Error`], so that `?` works where the object is not needed again.
///
/// # Examples
///
/// ```
/// use kernel::spi::{
///     Buffer,
///     Lines,
///     Message,
///     Refused,
///     Transfer, //
/// };
///
/// let command = Buffer::from_slice(&[0x6b_u8], GFP_KERNEL)?;
/// let message = Message::new([Transfer::write(command).tx_lines(Lines::Quad)], GFP_KERNEL)?;
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// // The device has a single line.
/// let Err(Refused { error, returned }) = message.optimize(dev) else {
///     return Err(EIO);
/// };
/// assert_eq!(error, EINVAL);
/// assert_eq!(returned.transfers()[0].tx(), Some(&[0x6b][..]));
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
pub struct Refused<T> {
    /// Why it was refused.
    pub error: Error,
    /// What was handed in.
    pub returned: T,
}

impl<T> Refused<T> {
    #[inline]
    pub(super) fn new(error: Error, returned: T) -> Self {
        Self { error, returned }
    }
}

impl<T> From<Refused<T>> for Error {
    #[inline]
    fn from(refused: Refused<T>) -> Self {
        refused.error
    }
}

impl<T> fmt::Debug for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// The parts of a message that the SPI core links to each other, in memory that does not move.
///
/// # Invariants
///
/// `raw` has as many elements as `transfers`, at least one, and is never reallocated.
#[pin_data]
struct Inner {
    #[pin]
    msg: Opaque<bindings::spi_message>,
    raw: KVec<Opaque<bindings::spi_transfer>>,
    transfers: KVec<Transfer>,
    #[pin]
    _pin: PhantomPinned,
}

impl Inner {
    fn new(list: impl IntoIterator<Item = Transfer>, flags: Flags) -> Result<Pin<KBox<Self>>> {
        let list = list.into_iter();
        let (expected, _) = list.size_hint();
        let mut transfers = KVec::with_capacity(expected, flags)?;
        let mut raw = KVec::with_capacity(expected, flags)?;

        for transfer in list {
            transfers.push(transfer, flags)?;
            raw.push(Opaque::zeroed(), flags)?;
        }
        if transfers.is_empty() {
            return Err(EINVAL);
        }

        // INVARIANT: One element was pushed for each transfer, of which there is one at least.
        KBox::pin_init(
            pin_init!(Self {
                msg <- Opaque::zeroed(),
                raw,
                transfers,
                _pin: PhantomPinned,
            }),
            flags,
        )
    }

    /// Describes the transfers to the SPI core, for `dev`, as if they had never been sent.
    ///
    /// The core fills in defaults and leaves results in `struct spi_transfer`; written anew, none
    /// of them reaches another device, nor the next send.
    ///
    /// Errors are those of [`Transfer::describe`].
    ///
    /// # Safety
    ///
    /// The C side must not be using the message: it is not optimized, and not in flight.
    unsafe fn describe(
        self: Pin<&mut Self>,
        dev: &Device<Bound>,
    ) -> Result<*mut bindings::spi_message> {
        let this = self.project();
        let msg = this.msg.get();

        // SAFETY: `msg` is valid, and by the safety requirement nobody else uses it.
        unsafe { bindings::spi_message_init(msg) };

        for (raw, transfer) in this.raw.iter().zip(this.transfers.iter()) {
            // SAFETY: As above, for the transfer, which is initialized, zeroed at least.
            transfer.describe(dev, unsafe { &mut *raw.get() })?;

            // SAFETY: Both were just initialized, and stay where they are: the message is pinned,
            // and by the type invariant `raw` is not reallocated.
            unsafe { bindings::spi_message_add_tail(raw.get(), msg) };
        }

        Ok(msg)
    }
}

/// A list of [`Transfer`]s that happen under one chip select.
///
/// It owns its transfers and their buffers. What the SPI core knows of it lives in memory of its
/// own that safe code can't reach.
///
/// # Examples
///
/// Reading the identification of a flash memory:
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
/// fn read_id(dev: &spi::Device<Bound>) -> Result<[u8; 3]> {
///     let mut message = Message::new(
///         [
///             Transfer::write(Buffer::from_slice(&[0x9f_u8], GFP_KERNEL)?),
///             Transfer::read(Buffer::<u8>::zeroed(3, GFP_KERNEL)?),
///         ],
///         GFP_KERNEL,
///     )?;
///
///     message.sync(dev)?;
///
///     let id = message.rx(1).ok_or(EINVAL)?;
///     id.try_into().map_err(|_| EINVAL)
/// }
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// # assert_eq!(read_id(dev)?, [0; 3]);
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// Sending a message again, with other words and another setting:
///
/// ```
/// use kernel::{
///     clk::Hertz,
///     spi::{
///         Buffer,
///         Message,
///         Transfer, //
///     }, //
/// };
///
/// let samples = Buffer::from_slice(&[0x123_u16, 0x456], GFP_KERNEL)?.bits::<12>();
/// let mut message = Message::new([Transfer::exchange_in_place(samples)], GFP_KERNEL)?;
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// message.sync(dev)?;
/// assert_eq!(message.actual_length(), 4);
/// if let Some(hz) = message.effective_speed(0) {
///     dev_dbg!(dev, "sent at {} Hz\n", hz.as_hz());
/// }
///
/// message.tx_words_mut::<u16>(0).ok_or(EINVAL)?[0] = 0x789;
/// let transfer = &mut message.transfers_mut()[0];
/// let samples = transfer.take_part::<u16>().ok_or(EINVAL)?;
/// *transfer = Transfer::exchange_in_place(samples).speed(Hertz::from_mhz(2));
/// message.sync(dev)?;
/// assert_eq!(message.rx_words::<u16>(0), Some(&[0x789, 0x456][..]));
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// The C side is not using the message, unless an `Optimization` of it exists.
pub struct Message {
    inner: Pin<KBox<Inner>>,
}

impl Message {
    /// Makes a message of `transfers`, an array or another collection, in their order.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if there is no transfer.
    /// - `ENOMEM` if there is no memory.
    #[inline]
    pub fn new(transfers: impl IntoIterator<Item = Transfer>, flags: Flags) -> Result<Self> {
        // INVARIANT: The C side does not know of it yet.
        Ok(Self {
            inner: Inner::new(transfers, flags)?,
        })
    }

    /// Returns the transfers.
    #[inline]
    pub fn transfers(&self) -> &[Transfer] {
        &self.inner.transfers
    }

    /// Returns the transfers, to change them.
    #[inline]
    pub fn transfers_mut(&mut self) -> &mut [Transfer] {
        self.inner.as_mut().project().transfers
    }

    /// Returns the bytes that transfer number `index` sends.
    ///
    /// `None` if there is no such transfer, it sends nothing, or words of another type.
    #[inline]
    pub fn tx_mut(&mut self, index: usize) -> Option<&mut [u8]> {
        self.tx_words_mut(index)
    }

    /// Returns the bytes that transfer number `index` has received.
    ///
    /// `None` if there is no such transfer, it receives nothing, or words of another type.
    #[inline]
    pub fn rx(&self, index: usize) -> Option<&[u8]> {
        self.rx_words(index)
    }

    /// Returns the words that transfer number `index` sends.
    ///
    /// `None` if there is no such transfer, it sends nothing, or words of another type.
    #[inline]
    pub fn tx_words_mut<W: Word>(&mut self, index: usize) -> Option<&mut [W]> {
        self.transfers_mut().get_mut(index)?.tx_words_mut()
    }

    /// Returns the words that transfer number `index` has received.
    ///
    /// `None` if there is no such transfer, it receives nothing, or words of another type.
    #[inline]
    pub fn rx_words<W: Word>(&self, index: usize) -> Option<&[W]> {
        self.transfers().get(index)?.rx_words()
    }

    /// Returns how many bytes the last send transferred, over all transfers; 0 before the first.
    #[inline]
    pub fn actual_length(&self) -> usize {
        // SAFETY: The message is initialized, zeroed at least, and by the type invariant the C side
        // is not using it.
        let length = unsafe { (*self.inner.msg.get()).actual_length };

        // CAST: `usize` has 32 bits at least.
        length as usize
    }

    /// Returns the speed of the clock at which transfer number `index` was done, in Hz.
    ///
    /// `None` if there is no such transfer, or the controller did not tell; none tells of a
    /// transfer that was split.
    #[inline]
    pub fn effective_speed(&self, index: usize) -> Option<Hertz> {
        // SAFETY: The transfer is initialized, zeroed at least, and by the type invariant the C
        // side is not using it.
        let hz = unsafe { (*self.inner.raw.get(index)?.get()).effective_speed_hz };

        (hz != 0).then(|| speed::from_hz(hz))
    }

    /// Sends the message to `dev` and waits for the end, without a time limit.
    ///
    /// This sleeps. While it waits the message is with the controller.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the device or its controller can't do what a transfer asks for; nothing is
    ///   sent.
    /// - `EDEADLK` if the caller has locked the bus, see [`BusLock`](super::BusLock).
    /// - `ESHUTDOWN` if the controller is suspended.
    /// - `ENOTSUPP` if the controller only does memory operations.
    /// - `ENOMEM` if there is no memory.
    /// - `ETIMEDOUT`, `EIO` and what else the controller's driver reports for a failed transfer.
    ///
    /// The message can be sent again after each of them.
    ///
    /// C function: `spi_sync()`.
    #[inline]
    pub fn sync(&mut self, dev: &Device<Bound>) -> Result {
        bus_lock::check_unlocked(dev)?;

        // SAFETY: `spi_sync()` returns when the message is complete.
        unsafe { self.send(dev, bindings::spi_sync) }
    }

    /// Sends the message with a function of the core.
    ///
    /// # Safety
    ///
    /// `function` must be one that sends a message and returns when it is complete, and its
    /// requirements must be met for `dev`.
    pub(super) unsafe fn send(
        &mut self,
        dev: &Device<Bound>,
        function: unsafe extern "C" fn(
            *mut bindings::spi_device,
            *mut bindings::spi_message,
        ) -> c_int,
    ) -> Result {
        // SAFETY: By the type invariant the C side is not using the message: there is no
        // `Optimization` of it, as that keeps the message to itself.
        let msg = unsafe { self.inner.as_mut().describe(dev)? };

        // SAFETY: `dev` is bound, hence its controller is registered. `msg` is valid, as are its
        // transfers and their buffers. By the safety requirement the function returns when the
        // message is complete.
        to_result(unsafe { function(dev.as_raw(), msg) }).inspect_err(|_| {
            // The device is not set if the message got nowhere.
            //
            // SAFETY: The message is complete, so nobody else uses it.
            if unsafe { !(*msg).spi.is_null() } {
                // SAFETY: As above; the device is `dev`.
                unsafe { release_leftovers(msg) };
            }
        })
    }

    /// Has the controller of `dev` validate and translate the message once, for many sends.
    ///
    /// This may sleep.
    ///
    /// # Errors
    ///
    /// The message comes back with each of them.
    ///
    /// - `EINVAL` if the device or its controller can't do what a transfer asks for.
    /// - `ENOMEM` if there is no memory.
    /// - What else the controller's driver returns.
    ///
    /// C function: `spi_optimize_message()`.
    #[inline]
    pub fn optimize<'bound>(
        self,
        dev: &'bound Device<Bound>,
    ) -> Result<Optimized<'bound>, Refused<Self>> {
        // SAFETY: There is no offload.
        unsafe { self.optimize_for(dev, ptr::null_mut()) }
    }

    /// Has the controller of `dev` validate and translate the message, for one of its offloads or
    /// for NULL.
    ///
    /// # Safety
    ///
    /// `offload` must be NULL, or one that the controller of `dev` has given out, and not be put
    /// before the message is unoptimized.
    pub(super) unsafe fn optimize_for<'bound>(
        mut self,
        dev: &'bound Device<Bound>,
        offload: *mut bindings::spi_offload,
    ) -> Result<Optimized<'bound>, Refused<Self>> {
        // SAFETY: As in `send()`.
        let msg = match unsafe { self.inner.as_mut().describe(dev) } {
            Ok(msg) => msg,
            Err(error) => return Err(Refused::new(error, self)),
        };

        // SAFETY: `msg` is valid, and was just described.
        unsafe { (*msg).offload = offload };

        // SAFETY:
        // - `msg` and all it points to are pinned on the heap, and owned by `self`, which
        //   `Optimized` keeps until the optimization is gone.
        // - It was just described.
        match unsafe { Optimization::new(dev, msg) } {
            Ok(optimization) => Ok(Optimized::new(optimization, self)),
            Err(error) => Err(Refused::new(error, self)),
        }
    }
}

// SAFETY: A message has no ties to a thread. What is in `Inner` is only used with `&mut Message`,
// or by the `Optimized` that owns it.
unsafe impl Send for Message {}

// SAFETY: `&Message` gives access to plain data only.
unsafe impl Sync for Message {}
