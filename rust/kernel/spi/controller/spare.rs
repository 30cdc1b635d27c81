// SPDX-License-Identifier: GPL-2.0

//! Memory for what is prepared for a message, kept from one message to the next.

use super::Operations;
use crate::{
    alloc::{
        AllocError,
        Flags, //
    },
    prelude::*,
    sync::atomic::{
        Atomic,
        Full, //
    }, //
};

use core::{
    marker::PhantomData,
    mem::{
        size_of,
        MaybeUninit, //
    },
    ptr, //
};

/// Room for one [`Operations::Prepared`].
///
/// Messages that their owners don't optimize are optimized for each send, one after the other as a
/// rule. They need no allocation with this, and don't fail for want of memory.
///
/// # Invariants
///
/// What is not null came from `KBox::<MaybeUninit<T::Prepared<'_>>>::into_raw()`, and is owned.
pub(super) struct Spare<T: Operations> {
    room: Atomic<*mut c_void>,
    _type: PhantomData<fn() -> T>,
}

/// The lifetime does not matter for a place without a value.
type Room<'p, T> = KBox<MaybeUninit<<T as Operations>::Prepared<'p>>>;

impl<T: Operations> Spare<T> {
    /// Whether there is anything to be kept.
    const TAKES_MEMORY: bool = size_of::<T::Prepared<'static>>() != 0;

    pub(super) fn new() -> Self {
        // INVARIANT: It is null.
        Self {
            room: Atomic::new(ptr::null_mut()),
            _type: PhantomData,
        }
    }

    /// Takes the room that is there, or else allocates some.
    #[inline]
    pub(super) fn take<'p>(&self, flags: Flags) -> Result<Room<'p, T>, AllocError> {
        match self.exchange(ptr::null_mut()) {
            Some(room) => Ok(room),
            // SAFETY: A box of nothing has no memory.
            None if !Self::TAKES_MEMORY => Ok(unsafe { KBox::from_raw(ptr::dangling_mut()) }),
            None => KBox::new_uninit(flags),
        }
    }

    /// Keeps `room` for the next one; frees what is there already.
    #[inline]
    pub(super) fn put(&self, room: Room<'_, T>) {
        // INVARIANT: As it has to be.
        drop(self.exchange(KBox::into_raw(room).cast()));
    }

    #[inline]
    fn exchange<'p>(&self, new: *mut c_void) -> Option<Room<'p, T>> {
        if !Self::TAKES_MEMORY {
            return None;
        }

        // ORDERING: What was done with the room comes before it is given to somebody else.
        let old = self.room.xchg(new, Full);
        if old.is_null() {
            return None;
        }

        // SAFETY: By the type invariant. It is not there any more.
        Some(unsafe { KBox::from_raw(old.cast()) })
    }
}

impl<T: Operations> Drop for Spare<T> {
    fn drop(&mut self) {
        drop(self.exchange(ptr::null_mut()));
    }
}

// SAFETY: There is no value, only room for one, and it changes hands atomically.
unsafe impl<T: Operations> Send for Spare<T> {}

// SAFETY: As above.
unsafe impl<T: Operations> Sync for Spare<T> {}
