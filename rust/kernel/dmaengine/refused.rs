// SPDX-License-Identifier: GPL-2.0

//! Steps that were refused.

use crate::prelude::*;

use core::fmt;

/// A step that was refused, and what it was asked for, so that nothing is lost.
///
/// It converts to its [`Error`], so that `?` works where the object is not needed again.
pub struct Refused<T> {
    /// Why it was refused.
    pub error: Error,
    /// What was handed in.
    pub returned: T,
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
