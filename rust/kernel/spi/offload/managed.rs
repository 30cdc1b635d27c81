// SPDX-License-Identifier: GPL-2.0

//! Resources that the C side only hands out to a device.

use crate::{
    bindings,
    prelude::*, //
};

use core::ptr::{
    self,
    NonNull, //
};

/// A device for the sake of managed resources, which go when this is dropped.
///
/// The offload core has no functions to put a trigger or to unregister one, only managed resources
/// that end with the device they belong to. The device of a driver lasts longer than the values in
/// its data, and those would be in use by the C side after they were dropped. So each such value
/// has a device of its own. It is never added: it is on no bus, and not in sysfs.
///
/// # Invariants
///
/// The pointer is to an initialized device, with an open devres group, of which `self` owns a
/// reference.
pub(super) struct Owner(NonNull<bindings::device>);

impl Owner {
    pub(super) fn new() -> Result<Self> {
        let mut device = KBox::<bindings::device>::new(pin_init::zeroed(), GFP_KERNEL)?;
        device.release = Some(release);
        let device = KBox::into_raw(device);

        // SAFETY: `device` is zeroed, and stays where it is until `release()`.
        unsafe { bindings::device_initialize(device) };

        // SAFETY: As above; `device` was allocated just now.
        let device = unsafe { NonNull::new_unchecked(device) };

        // INVARIANT: The reference is the one of `device_initialize()`. Without the group `self` is
        // not used, but for putting the reference.
        let this = Self(device);

        // SAFETY: The device is initialized.
        let group = unsafe {
            bindings::devres_open_group(this.as_raw(), ptr::null_mut(), GFP_KERNEL.as_raw())
        };
        if group.is_null() {
            return Err(ENOMEM);
        }
        Ok(this)
    }

    #[inline]
    pub(super) fn as_raw(&self) -> *mut bindings::device {
        self.0.as_ptr()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Putting the reference would release the resources as well, but perhaps later.
        //
        // SAFETY: By the type invariant the device is valid. Nobody adds resources any more.
        unsafe { bindings::devres_release_group(self.as_raw(), ptr::null_mut()) };

        // SAFETY: By the type invariant `self` owns a reference.
        unsafe { bindings::put_device(self.as_raw()) };
    }
}

/// Frees the memory of the device.
extern "C" fn release(device: *mut bindings::device) {
    // SAFETY: `Owner::new()` allocated it, and the last reference is gone.
    drop(unsafe { KBox::from_raw(device) });
}

// SAFETY: The device has no ties to a thread.
unsafe impl Send for Owner {}

// SAFETY: `&Owner` only gives the pointer.
unsafe impl Sync for Owner {}
