// SPDX-License-Identifier: GPL-2.0

//! A list of transfers under one chip select.

use super::{
    optimized::{
        release_leftovers,
        Optimization, //
    },
    Device,
    Optimized,
    Transfer, //
};
use crate::{
    alloc::Flags,
    bindings,
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
    fn new(transfers: KVec<Transfer>, flags: Flags) -> Result<Pin<KBox<Self>>> {
        if transfers.is_empty() {
            return Err(EINVAL);
        }

        let mut raw = KVec::with_capacity(transfers.len(), flags)?;
        for _ in 0..transfers.len() {
            raw.push(Opaque::uninit(), flags)?;
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

    /// Describes the transfers to the SPI core, as if they had never been sent.
    ///
    /// The core fills in defaults and leaves results in `struct spi_transfer`; written anew, none
    /// of them reaches another device, nor the next send.
    ///
    /// # Safety
    ///
    /// The C side must not be using the message: it is not optimized, and not in flight.
    unsafe fn describe(self: Pin<&mut Self>) -> *mut bindings::spi_message {
        let this = self.project();
        let msg = this.msg.get();

        // SAFETY: `msg` is valid, and by the safety requirement nobody else uses it.
        unsafe { bindings::spi_message_init(msg) };

        for (raw, transfer) in this.raw.iter().zip(this.transfers.iter()) {
            // SAFETY: As above, for the transfer.
            unsafe { raw.get().write(transfer.to_raw()) };

            // SAFETY: Both were just initialized, and stay where they are: the message is pinned,
            // and by the type invariant `raw` is not reallocated.
            unsafe { bindings::spi_message_add_tail(raw.get(), msg) };
        }

        msg
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
///     let mut transfers = KVec::new();
///     transfers.push(Transfer::write(Buffer::from_slice(&[0x9f], GFP_KERNEL)?), GFP_KERNEL)?;
///     transfers.push(Transfer::read(Buffer::zeroed(3, GFP_KERNEL)?), GFP_KERNEL)?;
///     let mut message = Message::new(transfers, GFP_KERNEL)?;
///
///     message.sync(dev)?;
///
///     let id = message.rx(1).ok_or(EINVAL)?;
///     id.try_into().map_err(|_| EINVAL)
/// }
/// ```
///
/// # Invariants
///
/// The C side is not using the message, unless an `Optimization` of it exists.
pub struct Message {
    inner: Pin<KBox<Inner>>,
}

impl Message {
    /// Makes a message of `transfers`, in their order.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if there is no transfer.
    /// - `ENOMEM` if there is no memory.
    #[inline]
    pub fn new(transfers: KVec<Transfer>, flags: Flags) -> Result<Self> {
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

    /// Returns the data that transfer number `index` sends.
    ///
    /// `None` if there is no such transfer, or it sends nothing.
    #[inline]
    pub fn tx_mut(&mut self, index: usize) -> Option<&mut [u8]> {
        self.transfers_mut().get_mut(index)?.tx_mut()
    }

    /// Returns the data that transfer number `index` has received.
    ///
    /// `None` if there is no such transfer, or it receives nothing.
    #[inline]
    pub fn rx(&self, index: usize) -> Option<&[u8]> {
        self.transfers().get(index)?.rx()
    }

    /// Sends the message to `dev` and waits for the end, without a time limit.
    ///
    /// This sleeps. While it waits the message is with the controller.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the device or its controller can't do what a transfer asks for; nothing is
    ///   sent.
    /// - `ESHUTDOWN` if the controller is suspended.
    /// - `ENOTSUPP` if the controller only does memory operations.
    /// - `ENOMEM` if there is no memory.
    /// - `ETIMEDOUT`, `EIO` and what else the controller's driver reports for a failed transfer.
    ///
    /// The message can be sent again after each of them.
    ///
    /// C function: `spi_sync()`.
    pub fn sync(&mut self, dev: &Device<Bound>) -> Result {
        // SAFETY: By the type invariant the C side is not using the message: there is no
        // `Optimization` of it, as that keeps the message to itself.
        let msg = unsafe { self.inner.as_mut().describe() };

        // SAFETY: `dev` is bound, hence its controller is registered. `msg` is valid, as are its
        // transfers and their buffers. The function returns when the message is complete.
        to_result(unsafe { bindings::spi_sync(dev.as_raw(), msg) }).inspect_err(|_| {
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
        // SAFETY: As in `sync()`.
        let msg = unsafe { self.inner.as_mut().describe() };

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
