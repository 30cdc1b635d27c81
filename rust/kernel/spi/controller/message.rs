// SPDX-License-Identifier: GPL-2.0

//! Messages as a controller sees them: somebody else's.

use crate::{
    bindings,
    clk::Hertz,
    prelude::*,
    spi::{
        raw_transfers::RawTransfers,
        speed,
        Device, //
    },
    types::NotThreadSafe, //
};

use core::{
    marker::PhantomData,
    ptr, //
};

/// A validated message that the controller may prepare.
///
/// The type is not more than the permission to make a [`Relay`](super::Relay) of the message. Its
/// lifetime is that of what is made of it, which the message's owner ends; it can't be shortened or
/// extended.
///
/// # Invariants
///
/// During the callback `raw` points to a valid message that has been validated and is neither in
/// flight nor changed. Until the message is unoptimized its transfers keep their buffers and
/// lengths.
pub struct OptimizingMessage<'p> {
    raw: *mut bindings::spi_message,
    _lifetime: PhantomData<fn(&'p ()) -> &'p ()>,
    // What a controller prepares is `Send`, so this can't become part of it and outlive the
    // callback.
    _callback: NotThreadSafe,
}

impl<'p> OptimizingMessage<'p> {
    /// Lets a callback see a message.
    ///
    /// # Safety
    ///
    /// The type invariants must hold, and `'p` must end before the message is unoptimized.
    #[inline]
    pub(super) unsafe fn from_raw(raw: *mut bindings::spi_message) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            raw,
            _lifetime: PhantomData,
            _callback: NotThreadSafe,
        }
    }

    #[inline]
    pub(super) fn as_raw(&self) -> *mut bindings::spi_message {
        self.raw
    }
}

/// The message that a controller is to send now.
///
/// # Invariants
///
/// `raw` points to a valid message that is in flight on the controller, and that nobody else
/// accesses as long as `'m`.
pub struct CurrentMessage<'m> {
    raw: *mut bindings::spi_message,
    _lifetime: PhantomData<&'m mut bindings::spi_message>,
}

impl<'m> CurrentMessage<'m> {
    /// Lets a callback see the message in flight.
    ///
    /// # Safety
    ///
    /// The type invariants must hold.
    #[inline]
    pub(super) unsafe fn from_raw(raw: *mut bindings::spi_message) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            raw,
            _lifetime: PhantomData,
        }
    }

    #[inline]
    pub(super) fn as_raw(&self) -> *mut bindings::spi_message {
        self.raw
    }

    /// Returns the device that the message goes to.
    #[inline]
    pub fn device(&self) -> &Device {
        // SAFETY: By the type invariant the message is valid and in flight, which keeps its device.
        unsafe { Device::from_raw((*self.raw).spi) }
    }

    /// Tells how many bytes were transferred, over all transfers.
    #[inline]
    pub fn set_actual_length(&mut self, length: usize) {
        // SAFETY: By the type invariant nobody else accesses the message.
        unsafe { (*self.raw).actual_length = u32::try_from(length).unwrap_or(u32::MAX) };
    }

    /// Goes through the transfers, in their order.
    #[inline]
    pub fn transfers(&mut self) -> impl Iterator<Item = CurrentTransfer<'_>> {
        // SAFETY: By the type invariant the message is valid and does not change.
        unsafe { RawTransfers::new(self.raw) }.map(|raw| {
            // INVARIANT: An element of the list of the message in flight, seen once.
            CurrentTransfer {
                raw,
                _lifetime: PhantomData,
            }
        })
    }
}

/// One transfer of the message that a controller is to send now.
///
/// The buffers may be the same memory, or overlap those of other transfers, so they are accessed by
/// copying.
///
/// # Invariants
///
/// `raw` points to a valid transfer of a message in flight, and nobody else accesses it as long as
/// `'m`. Each of its buffers that is not NULL has `len` bytes.
pub struct CurrentTransfer<'m> {
    raw: *mut bindings::spi_transfer,
    _lifetime: PhantomData<&'m mut bindings::spi_transfer>,
}

impl CurrentTransfer<'_> {
    /// Returns the number of bytes to transfer; it may be 0.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: By the type invariant.
        let len = unsafe { (*self.raw).len };

        // CAST: `usize` has 32 bits at least.
        len as usize
    }

    /// Returns whether there is nothing to transfer.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the message's owner has data to send.
    #[inline]
    pub fn has_tx(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { !(*self.raw).tx_buf.is_null() }
    }

    /// Returns whether the message's owner wants the data that come in.
    #[inline]
    pub fn has_rx(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { !(*self.raw).rx_buf.is_null() }
    }

    /// Returns the highest speed of the clock for this transfer.
    #[inline]
    pub fn speed(&self) -> Hertz {
        // SAFETY: By the type invariant.
        speed::from_hz(unsafe { (*self.raw).speed_hz })
    }

    /// Returns the number of bits in a word, 1 to 32.
    #[inline]
    pub fn bits_per_word(&self) -> u8 {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).bits_per_word }
    }

    /// Returns whether the chip select is to become inactive for a moment after this transfer;
    /// after the last one, whether it may stay active.
    #[inline]
    pub fn cs_change(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).cs_change() != 0 }
    }

    /// Copies the data to be sent, from `offset` on, to `dst`; zeroes if there is no buffer.
    ///
    /// # Errors
    ///
    /// `EINVAL` if this goes beyond the end of the transfer.
    pub fn read_tx(&self, offset: usize, dst: &mut [u8]) -> Result {
        self.check(offset, dst.len())?;

        // SAFETY: By the type invariant.
        let tx = unsafe { (*self.raw).tx_buf }.cast::<u8>();
        if tx.is_null() {
            dst.fill(0);
            return Ok(());
        }

        // SAFETY: The range was checked against the length of the buffer. `dst` is not part of it,
        // as it is borrowed exclusively and the buffer is in the hands of the C side.
        unsafe { ptr::copy_nonoverlapping(tx.add(offset), dst.as_mut_ptr(), dst.len()) };
        Ok(())
    }

    /// Copies `src`, which came in, to the owner's buffer from `offset` on, if there is one.
    ///
    /// # Errors
    ///
    /// `EINVAL` if this goes beyond the end of the transfer.
    pub fn write_rx(&mut self, offset: usize, src: &[u8]) -> Result {
        self.check(offset, src.len())?;

        // SAFETY: By the type invariant.
        let rx = unsafe { (*self.raw).rx_buf }.cast::<u8>();
        if rx.is_null() {
            return Ok(());
        }

        // SAFETY: The range was checked against the length of the buffer. `src` is not part of it,
        // as it is borrowed and the buffer is in the hands of the C side.
        unsafe { ptr::copy_nonoverlapping(src.as_ptr(), rx.add(offset), src.len()) };
        Ok(())
    }

    #[inline]
    fn check(&self, offset: usize, len: usize) -> Result {
        match offset.checked_add(len) {
            Some(end) if end <= self.len() => Ok(()),
            _ => Err(EINVAL),
        }
    }
}
