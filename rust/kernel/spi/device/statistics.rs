// SPDX-License-Identifier: GPL-2.0

//! What the core counts.

use crate::bindings;

/// What the SPI core has counted for a device or a controller since that was added.
///
/// For controllers that send whole messages themselves, messages, transfers and bytes are only
/// counted if their drivers do it; for those that are given one transfer at a time, the core does.
///
/// C type: `struct spi_statistics`.
///
/// # Examples
///
/// ```
/// use core::num::NonZero;
/// use kernel::{
///     device::Bound,
///     math64,
///     prelude::*,
///     spi::{
///         self,
///         Statistics, //
///     }, //
/// };
///
/// /// Returns how many synchronous messages of the whole bus go to this device, in percent.
/// fn share(dev: &spi::Device<Bound>) -> u64 {
///     let mine: Statistics = dev.statistics();
///     let all = dev.controller().statistics();
///     let all_sync = NonZero::new(all.sync).unwrap_or(NonZero::<u64>::MIN);
///
///     math64::div(100 * mine.sync, all_sync)
/// }
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// # dev.write(&[1])?;
/// # assert_eq!(share(dev), 100);
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Messages that were begun.
    pub messages: u64,
    /// Transfers that were begun.
    pub transfers: u64,
    /// Transfers that have failed.
    pub errors: u64,
    /// Transfers that took too long.
    pub timed_out: u64,
    /// Messages that were sent synchronously.
    pub sync: u64,
    /// Those of them that the sender's own thread has sent.
    pub sync_immediate: u64,
    /// Messages that were queued: asynchronous ones, and synchronous ones that were not immediate.
    pub asynchronous: u64,
    /// Bytes in transfers.
    pub bytes: u64,
    /// Bytes received.
    pub bytes_rx: u64,
    /// Bytes sent.
    pub bytes_tx: u64,
    /// Transfers that were split.
    pub transfers_split: u64,
}

macro_rules! total {
    ($counters:ident, $field:ident) => {
        // SAFETY: That is the caller's safety requirement; the offset is that of a counter.
        unsafe {
            bindings::spi_statistics_total(
                $counters,
                core::mem::offset_of!(bindings::spi_statistics, $field),
            )
        }
    };
}

impl Statistics {
    /// Adds up the counters of all processors.
    ///
    /// # Safety
    ///
    /// `counters` must be valid.
    pub(super) unsafe fn read(counters: *mut bindings::spi_statistics) -> Self {
        Self {
            messages: total!(counters, messages),
            transfers: total!(counters, transfers),
            errors: total!(counters, errors),
            timed_out: total!(counters, timedout),
            sync: total!(counters, spi_sync),
            sync_immediate: total!(counters, spi_sync_immediate),
            asynchronous: total!(counters, spi_async),
            bytes: total!(counters, bytes),
            bytes_rx: total!(counters, bytes_rx),
            bytes_tx: total!(counters, bytes_tx),
            transfers_split: total!(counters, transfers_split_maxsize),
        }
    }
}
