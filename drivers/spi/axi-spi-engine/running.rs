// SPDX-License-Identifier: GPL-2.0

//! A message that is being sent.

use crate::{
    flow::Ids,
    hardware::Hardware,
    long::Long,
    regs,
    short::Short, //
};
use core::ops::ControlFlow;
use kernel::{
    prelude::*,
    spi::controller::Words, //
};

/// A message that is being sent.
pub(crate) struct Running<'m> {
    kind: Kind<'m>,
    /// How it ended; an error until it has.
    result: Result,
}

enum Kind<'m> {
    Short(Short<'m>),
    Long(Long<'m>),
}

impl<'m> Running<'m> {
    #[inline(always)]
    pub(crate) fn short(short: Short<'m>) -> Self {
        Self {
            kind: Kind::Short(short),
            result: Err(ETIMEDOUT),
        }
    }

    #[inline(always)]
    pub(crate) fn long(long: Long<'m>) -> Self {
        Self {
            kind: Kind::Long(long),
            result: Err(ETIMEDOUT),
        }
    }

    /// Returns how it ended.
    ///
    /// # Errors
    ///
    /// - `ETIMEDOUT` if it has not.
    /// - `EIO` if the engine says that it has ended, but words are missing, or left over.
    #[inline]
    pub(crate) fn result(&self) -> Result {
        self.result
    }

    /// Has it interrupt when something can be done for it.
    #[inline(always)]
    pub(crate) fn interrupt(&mut self, hw: &Hardware<'_>) {
        match &mut self.kind {
            Kind::Short(short) => short.interrupt(hw),
            Kind::Long(long) => long.choose_interrupts(hw),
        }
    }

    /// Goes on after an interrupt; breaks when it has ended.
    #[inline]
    pub(crate) fn go_on(
        &mut self,
        hw: &Hardware<'_>,
        ids: &Ids,
        pending: regs::INT_PENDING,
    ) -> ControlFlow<()> {
        let flow = match &mut self.kind {
            Kind::Short(short) => short.go_on(hw, pending),
            Kind::Long(long) => long.go_on(hw, ids, pending),
        };
        if let ControlFlow::Break(result) = flow {
            self.result = result;
            hw.interrupt_on(regs::INT_ENABLE::zeroed());
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// Receives `count` words that have come in, after which there must be none.
///
/// # Errors
///
/// `EIO` if words are missing.
// Not inline: it is called in three places.
#[inline(never)]
pub(crate) fn receive_all(words: &mut Words<'_>, count: u32, hw: &Hardware<'_>) -> Result {
    let mut left = count;
    let mut is_missing = false;

    words.fill(count, || {
        left = left.wrapping_sub(1);
        if left > 0 {
            return hw.receive_one();
        }
        // If words were lost, the last one is missing.
        hw.try_receive().unwrap_or_else(|| {
            is_missing = true;
            0
        })
    });
    if is_missing {
        return Err(EIO);
    }
    Ok(())
}

/// Checks that all words were used, if any were sent.
///
/// # Errors
///
/// `EIO` if words are left over.
#[inline]
pub(crate) fn check_sent(has_sent: bool, hw: &Hardware<'_>) -> Result {
    if has_sent && hw.sdo_room() != hw.build().sdo_words {
        return Err(EIO);
    }
    Ok(())
}
