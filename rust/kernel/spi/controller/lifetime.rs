// SPDX-License-Identifier: GPL-2.0

//! Keeping a borrowed value where its lifetime can't be named.
//!
//! A driver's data exist for longer than a message, so the type of a place in them in which
//! something of the message is put can't have the message's lifetime. Such a place has `'static`
//! instead. What is in it is only shown with a lifetime that nobody can name, and is taken out
//! before the true one ends.

use crate::types::ForLt;

use core::mem::{
    self,
    ManuallyDrop, //
};

/// Changes the lifetime of a value to one that the place for it can have.
///
/// # Safety
///
/// Before `'t` ends the returned value must be dropped; until then it must only be used through
/// [`shorten`].
#[inline]
pub(super) unsafe fn extend<'t, P: ForLt>(value: P::Of<'t>) -> P::Of<'static> {
    let value = ManuallyDrop::new(value);

    // SAFETY: The types differ in a lifetime only, which does not matter for the layout. `value` is
    // moved out of once. The rest is the safety requirement.
    unsafe { mem::transmute_copy::<ManuallyDrop<P::Of<'t>>, P::Of<'static>>(&value) }
}

/// Does the same with a reference to a value.
///
/// # Safety
///
/// The returned reference must only be used through [`shorten`], and not after `'t` ends.
#[inline]
pub(super) unsafe fn extend_mut<'r, 't, P: ForLt>(
    value: &'r mut P::Of<'t>,
) -> &'r mut P::Of<'static> {
    // SAFETY: The types differ in a lifetime only. The rest is the safety requirement.
    unsafe { mem::transmute::<&'r mut P::Of<'t>, &'r mut P::Of<'static>>(value) }
}

/// Shows what [`extend`] returned to somebody who has to cope with any lifetime `'x`.
///
/// # Safety
///
/// The returned reference must only be given to a function that is generic over `'x`: that can't
/// put in anything that the true lifetime does not allow, nor take out anything for longer.
#[inline]
pub(super) unsafe fn shorten<'r, 'x, P: ForLt>(value: &'r mut P::Of<'static>) -> &'r mut P::Of<'x> {
    // SAFETY: The types differ in a lifetime only. The rest is the safety requirement.
    unsafe { mem::transmute::<&'r mut P::Of<'static>, &'r mut P::Of<'x>>(value) }
}
