// SPDX-License-Identifier: GPL-2.0

//! The list of transfers that the SPI core works with.

use crate::{
    bindings,
    container_of, //
};

/// Goes through the `struct spi_transfer`s of a message.
///
/// # Invariants
///
/// `head` is the head of a valid list of transfers, `next` an element of it or `head`; the list
/// does not change.
pub(super) struct RawTransfers {
    head: *mut bindings::list_head,
    next: *mut bindings::list_head,
}

impl RawTransfers {
    /// # Safety
    ///
    /// `msg` must be valid, and its list of transfers must not change while this is used.
    #[inline]
    pub(super) unsafe fn new(msg: *mut bindings::spi_message) -> Self {
        // SAFETY: By the safety requirement.
        let head = unsafe { &raw mut (*msg).transfers };

        // INVARIANT: By the safety requirement.
        Self {
            head,
            // SAFETY: As above.
            next: unsafe { (*head).next },
        }
    }
}

impl Iterator for RawTransfers {
    type Item = *mut bindings::spi_transfer;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.head {
            return None;
        }

        // SAFETY: By the type invariant it is an element of the list.
        let transfer = unsafe { container_of!(self.next, bindings::spi_transfer, transfer_list) };

        // INVARIANT: The element after an element is an element, or the head.
        //
        // SAFETY: As above.
        self.next = unsafe { (*self.next).next };

        Some(transfer)
    }
}
