// SPDX-License-Identifier: GPL-2.0

//! Splitting of transfers that are too long for a controller.

use super::OptimizingMessage;
use crate::{
    bindings,
    error::to_result,
    prelude::*, //
};

/// The most bytes that a word takes.
const MAX_WORD: usize = 4;

/// Splitting is possible while a message is prepared, and nowhere else. When the message is
/// unoptimized, or refused after all, it gets its own transfers back.
impl OptimizingMessage<'_> {
    /// Splits transfers that are longer than `max` bytes.
    ///
    /// The parts are a whole number of words. Chip select and delay after the transfer are those of
    /// the last part. This sleeps, so a message that is not optimized can't be sent from atomic
    /// context any more, if it is too long.
    ///
    /// # Errors
    ///
    /// What was split until then is undone if [`optimize_message`] returns the error.
    ///
    /// - `EINVAL` if a word of the message takes more than `max` bytes.
    /// - `ENOMEM` if there is no memory.
    ///
    /// C function: `spi_split_transfers_maxsize()`, which splits within words.
    ///
    /// [`optimize_message`]: super::Operations::optimize_message
    pub fn split_transfers_maxsize(&mut self, max: usize) -> Result {
        let word = self.longest_word();
        let max = max - max % word;
        if max == 0 {
            return Err(EINVAL);
        }

        // SAFETY: By the type invariant the message is valid, has a device, and is validated and
        // not in flight. `&mut self` says that no reference to its transfers is there.
        to_result(unsafe {
            bindings::spi_split_transfers_maxsize(self.controller(), self.as_raw(), max)
        })
    }

    /// Splits transfers that are longer than `max` words.
    ///
    /// Other than that it is [`split_transfers_maxsize`](Self::split_transfers_maxsize).
    ///
    /// # Errors
    ///
    /// - `EINVAL` if `max` is 0.
    /// - `ENOMEM` if there is no memory.
    ///
    /// C function: `spi_split_transfers_maxwords()`.
    pub fn split_transfers_maxwords(&mut self, max: usize) -> Result {
        if max == 0 {
            return Err(EINVAL);
        }
        // C multiplies it with the bytes of a word. A length has 32 bits.
        let max = max.min(usize::MAX / MAX_WORD);

        // SAFETY: As above.
        to_result(unsafe {
            bindings::spi_split_transfers_maxwords(self.controller(), self.as_raw(), max)
        })
    }

    fn longest_word(&self) -> usize {
        self.transfers()
            .map(|transfer| transfer.bytes_per_word())
            .max()
            .unwrap_or(1)
    }

    fn controller(&self) -> *mut bindings::spi_controller {
        // SAFETY: By the type invariant the message is valid, and has a device.
        unsafe { (*(*self.as_raw()).spi).controller }
    }
}

/// Makes a limit of a controller one that the core can split transfers by: a whole number of words.
///
/// `mask` has the word sizes that the controller supports; 0 means any.
#[inline]
pub(super) fn whole_words(limit: usize, mask: u32) -> usize {
    // A length has 32 bits, so this is no limit.
    if u32::try_from(limit).map_or(true, |limit| limit == u32::MAX) {
        return limit;
    }

    let word = match mask {
        1..=0xff => 1,
        0x100..=0xffff => 2,
        _ => MAX_WORD,
    };
    // A word is a power of 2.
    (limit & !(word - 1)).max(word)
}
