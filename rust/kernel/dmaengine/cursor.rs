// SPDX-License-Identifier: GPL-2.0

//! Reading cyclic transfers.

use super::{
    Handler,
    Issued, //
};
use crate::{
    prelude::*,
    sync::barrier::{
        mb,
        Read, //
    }, //
};

/// Where a reader of a cyclic transfer is.
///
/// Each reader has one of its own. See [`Issued::read_next`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    next: u64,
    lost: u64,
}

impl Cursor {
    /// Returns the number of the period that comes next, counted from the start of the transfer.
    #[inline]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Returns how many periods the reader was too late for.
    #[inline]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Goes on at `period`, over what comes before.
    fn skip_to(&mut self, period: u64) {
        self.lost += period - self.next;
        self.next = period;
    }
}

impl<H: Handler> Issued<'_, H> {
    /// Returns where a reader is that begins with the period which is being moved.
    #[inline]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            next: self.moved(),
            lost: 0,
        }
    }

    /// Returns whether there is something to [read](Self::read_next).
    ///
    /// This does not sleep, and may be called in any context.
    #[inline]
    pub fn is_readable(&self, cursor: &Cursor) -> bool {
        self.moved() > cursor.next
    }

    /// Copies the period that a reader is at, and returns its number, or `None` if it was not moved
    /// yet.
    ///
    /// Periods over which the hardware has begun to write again are lost: the reader is moved to
    /// the oldest one that is whole, and [`Cursor::lost`] counts the others. If that happens
    /// during the copy the result is `None`, too, so that callers ask again. What is returned is
    /// never torn, as far as [`moved`](Self::moved) knows.
    ///
    /// This does not sleep, and may be called in any context.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the transfer is not a cyclic one, or `data` not as long as a period.
    pub fn read_next(&self, cursor: &mut Cursor, data: &mut [u8]) -> Result<Option<u64>> {
        if self.transfer().period_len() != Some(data.len()) {
            return Err(EINVAL);
        }
        let moved = self.moved();
        if moved <= cursor.next {
            return Ok(None);
        }

        let index = self.oldest(moved).max(cursor.next);
        self.transfer()
            .read(self.transfer().period(index).start, data)?;
        // The memory is read before this asks once more where the hardware is, which calls on
        // another CPU or registers may tell.
        mb(Read);
        let oldest = self.oldest(self.moved());
        if index < oldest {
            cursor.skip_to(oldest);
            return Ok(None);
        }

        cursor.skip_to(index);
        cursor.next += 1;
        Ok(Some(index))
    }

    /// Returns the oldest period that is whole if so many were moved: the next one goes where the
    /// one before that was.
    fn oldest(&self, moved: u64) -> u64 {
        (moved + 1).saturating_sub(self.transfer().periods().get())
    }
}
