// SPDX-License-Identifier: GPL-2.0

//! Statistics and trace points, for controllers that send whole messages.
//!
//! For controllers that implement [`transfer_one`](super::Operations::transfer_one) the core does
//! all this.

use super::CurrentMessage;
use crate::{
    bindings,
    prelude::*, //
};

impl CurrentMessage<'_> {
    /// Counts the message, its transfers and their bytes in the statistics of the controller and of
    /// the device.
    ///
    /// They are in sysfs, in `statistics/messages`, `transfers`, `bytes`, `transfer_bytes_histo_*`
    /// and so on. To be called in task context: on 32-bit machines counts that interrupt each other
    /// get lost.
    #[inline]
    pub fn count(&self) {
        // SAFETY: By the type invariant the message is valid, and has a device.
        unsafe { bindings::spi_message_count(self.as_raw()) };
    }

    /// Counts an error of the message, in `statistics/timedout` if it is `ETIMEDOUT`, else in
    /// `statistics/errors`.
    ///
    /// To be called in task context, like [`count`](Self::count).
    #[inline]
    pub fn count_error(&self, error: Error) {
        // SAFETY: By the type invariant the message is valid, and has a device.
        unsafe { bindings::spi_message_count_error(self.as_raw(), error == ETIMEDOUT) };
    }

    /// Tells who traces the event `spi:spi_transfer_start` that all transfers start, and what they
    /// send.
    ///
    /// May be called in any context.
    #[inline]
    pub fn trace_start(&mut self) {
        // SAFETY: By the type invariant the message is valid.
        unsafe { bindings::spi_message_trace_start(self.as_raw()) };
    }

    /// Tells who traces the event `spi:spi_transfer_stop` that all transfers have ended, and what
    /// came in.
    ///
    /// May be called in any context.
    #[inline]
    pub fn trace_stop(&mut self) {
        // SAFETY: By the type invariant the message is valid.
        unsafe { bindings::spi_message_trace_stop(self.as_raw()) };
    }
}
