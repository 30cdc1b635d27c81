// SPDX-License-Identifier: GPL-2.0

//! Messages as a controller sees them: somebody else's.

use super::{
    CurrentTransfer,
    TransferRef,
    Words, //
};
use crate::{
    bindings,
    spi::{
        raw_transfers::RawTransfers,
        Device, //
    },
    types::NotThreadSafe, //
};

use core::marker::PhantomData;

/// A validated message that the controller may prepare.
///
/// It shows what the transfers ask for, but not their data, which may still change. It is also the
/// permission to make a [`Relay`](super::Relay) of the message. Its lifetime is that of what is
/// made of it, which the message's owner ends; it can't be shortened or extended.
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
    pub(in crate::spi) unsafe fn from_raw(raw: *mut bindings::spi_message) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            raw,
            _lifetime: PhantomData,
            _callback: NotThreadSafe,
        }
    }

    #[inline]
    pub(in crate::spi) fn as_raw(&self) -> *mut bindings::spi_message {
        self.raw
    }

    /// Returns the device that the message is prepared for.
    #[inline]
    pub fn device(&self) -> &Device {
        // SAFETY: By the type invariant the message is valid and validated, so it has a device.
        unsafe { Device::from_raw((*self.raw).spi) }
    }

    /// Goes through the transfers, in their order.
    ///
    /// They are the ones that will be sent: what is too long for the controller is split already.
    #[inline]
    pub fn transfers(&self) -> impl Iterator<Item = TransferRef<'_>> {
        let msg = self.raw;

        // SAFETY: By the type invariant the message is valid and does not change.
        unsafe { RawTransfers::new(msg) }.map(move |raw| {
            // SAFETY: An element of the list of the message, which is validated.
            unsafe { TransferRef::from_raw(msg, raw) }
        })
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

    /// Returns how many bytes there are to transfer, over all transfers.
    ///
    /// C field: `frame_length` of `struct spi_message`.
    #[inline]
    pub fn total_length(&self) -> usize {
        // SAFETY: By the type invariant the message is valid.
        let length = unsafe { (*self.raw).frame_length };

        // CAST: `usize` has 32 bits at least.
        length as usize
    }

    /// Tells how many bytes were transferred, over all transfers.
    #[inline]
    pub fn set_actual_length(&mut self, length: usize) {
        // SAFETY: By the type invariant nobody else accesses the message.
        unsafe { (*self.raw).actual_length = u32::try_from(length).unwrap_or(u32::MAX) };
    }

    /// Returns the words to be sent, and where the words go that come in.
    #[inline]
    pub fn words(&mut self) -> Words<'_> {
        // SAFETY: By the type invariant nobody else accesses the message.
        unsafe { Words::new(self.raw) }
    }

    /// Goes through the transfers, in their order.
    #[inline]
    pub fn transfers(&mut self) -> impl Iterator<Item = CurrentTransfer<'_>> {
        let msg = self.raw;

        // SAFETY: By the type invariant the message is valid and does not change.
        unsafe { RawTransfers::new(msg) }.map(move |raw| {
            // SAFETY: An element of the list of the message in flight, seen once.
            unsafe { CurrentTransfer::from_raw(msg, raw) }
        })
    }
}
