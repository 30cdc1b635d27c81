// SPDX-License-Identifier: GPL-2.0

//! Who gets a message back that was submitted.

use super::{
    AsyncMessage,
    Complete, //
};
use crate::{
    prelude::*,
    sync::Arc, //
};

/// A pointer that owns something to call, of a type that only `call` knows.
///
/// # Invariants
///
/// `target` owns what `call` takes, which is [`Send`]; one copy is used, once.
#[derive(Clone, Copy)]
pub(super) struct Notify {
    target: *mut c_void,
    call: unsafe fn(*mut c_void, AsyncMessage, Result),
}

impl Notify {
    #[inline]
    pub(super) fn from_arc<const ID: u64, T: Complete<ID>>(target: Arc<T>) -> Self {
        // INVARIANT: `call_arc()` takes an `Arc<T>`. `T` is `Send` and `Sync`.
        Self {
            target: Arc::into_raw(target).cast_mut().cast(),
            call: call_arc::<ID, T>,
        }
    }

    #[inline]
    pub(super) fn from_box<F>(closure: KBox<F>) -> Self
    where
        F: FnOnce(AsyncMessage, Result) + Send + 'static,
    {
        // INVARIANT: `call_box()` takes a `KBox<F>`.
        Self {
            target: KBox::into_raw(closure).cast(),
            call: call_box::<F>,
        }
    }

    /// # Safety
    ///
    /// It must have been made by [`from_arc`](Self::from_arc), of a `T`.
    #[inline]
    pub(super) unsafe fn into_arc<T>(self) -> Arc<T> {
        // SAFETY: By the safety requirement and the type invariant.
        unsafe { Arc::from_raw(self.target.cast()) }
    }

    /// # Safety
    ///
    /// It must have been made by [`from_box`](Self::from_box), of an `F`.
    #[inline]
    pub(super) unsafe fn into_box<F>(self) -> KBox<F> {
        // SAFETY: By the safety requirement and the type invariant.
        unsafe { KBox::from_raw(self.target.cast()) }
    }

    #[inline]
    pub(super) fn call(self, message: AsyncMessage, result: Result) {
        // SAFETY: By the type invariant `target` is what `call` takes; it is used no more.
        unsafe { (self.call)(self.target, message, result) };
    }
}

/// # Safety
///
/// `target` must come from [`Arc::into_raw`] of a `T`, and own a reference.
unsafe fn call_arc<const ID: u64, T: Complete<ID>>(
    target: *mut c_void,
    message: AsyncMessage,
    result: Result,
) {
    // SAFETY: By the safety requirement.
    let target = unsafe { Arc::from_raw(target.cast::<T>()) };

    T::complete(target, message, result);
}

/// # Safety
///
/// `target` must come from [`KBox::into_raw`] of an `F`, and own it.
unsafe fn call_box<F: FnOnce(AsyncMessage, Result)>(
    target: *mut c_void,
    message: AsyncMessage,
    result: Result,
) {
    // SAFETY: By the safety requirement.
    let closure = unsafe { KBox::from_raw(target.cast::<F>()) };

    KBox::into_inner(closure)(message, result);
}
