// SPDX-License-Identifier: GPL-2.0

//! Statistics and trace points, for controllers that send whole messages.
//!
//! For controllers that implement [`transfer_one`](super::Operations::transfer_one) the core does
//! all this.

use super::{
    CurrentMessage,
    CurrentTransfer, //
};
use crate::{
    bindings,
    prelude::*, //
};

impl CurrentMessage<'_> {
    /// Counts the message in the statistics of the controller and of the device.
    ///
    /// They are in sysfs, in `statistics/messages`. May be called in any context.
    #[inline]
    pub fn count(&self) {
        // SAFETY: By the type invariant the message is valid, and has a device.
        unsafe { bindings::spi_message_count(self.as_raw()) };
    }

    /// Counts an error of the message, in `statistics/timedout` if it is `ETIMEDOUT`, else in
    /// `statistics/errors`.
    ///
    /// May be called in any context.
    #[inline]
    pub fn count_error(&self, error: Error) {
        // SAFETY: By the type invariant the message is valid, and has a device.
        unsafe { bindings::spi_message_count_error(self.as_raw(), error == ETIMEDOUT) };
    }
}

impl CurrentTransfer<'_> {
    /// Counts the transfer and its bytes in the statistics of the controller and of the device.
    ///
    /// They are in sysfs, in `statistics/transfers`, `bytes`, `transfer_bytes_histo_*` and so on.
    /// May be called in any context.
    #[inline]
    pub fn count(&self) {
        let (msg, transfer) = (self.message(), self.as_raw());

        // SAFETY: By the type invariant the message is valid, and has a device, and that has a
        // controller.
        let (dev, ctlr) = unsafe {
            let spi = (*msg).spi;
            ((*spi).pcpu_statistics, (*(*spi).controller).pcpu_statistics)
        };

        for statistics in [dev, ctlr] {
            // SAFETY: The statistics are there as long as the device and the controller. By the
            // type invariant the others are valid.
            unsafe { bindings::spi_transfer_count(statistics, msg, transfer) };
        }
    }

    /// Tells who traces the event `spi:spi_transfer_start` that the transfer starts, and what it
    /// sends.
    ///
    /// May be called in any context.
    #[inline]
    pub fn trace_start(&self) {
        // SAFETY: By the type invariant both are valid.
        unsafe { bindings::trace_spi_transfer_start(self.message(), self.as_raw()) };
    }

    /// Tells who traces the event `spi:spi_transfer_stop` that the transfer has ended, and what
    /// came in.
    ///
    /// May be called in any context.
    #[inline]
    pub fn trace_stop(&self) {
        // SAFETY: By the type invariant both are valid.
        unsafe { bindings::trace_spi_transfer_stop(self.message(), self.as_raw()) };
    }
}
