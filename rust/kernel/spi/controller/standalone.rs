// SPDX-License-Identifier: GPL-2.0

//! Controllers that no device of the machine implements.

use super::{
    Operations,
    Registration,
    Settings, //
};
use crate::{
    device::{
        self,
        Bound, //
    },
    faux,
    prelude::*, //
};

use core::{
    mem::ManuallyDrop,
    ops::Deref, //
};

/// A registered controller, together with a device of its own that it belongs to.
///
/// For controllers in software: simulated ones, and those of tests. Different from a
/// [`Registration`], which is given the device of its driver, it can be made anywhere and kept as
/// long as one likes. If it is forgotten, both stay for ever.
///
/// # Invariants
///
/// `registration` is dropped before `parent`, which is the device that it was made with.
pub struct Standalone<T: Operations> {
    registration: ManuallyDrop<Registration<'static, T>>,
    parent: ManuallyDrop<faux::Registration>,
}

impl<T: Operations> Standalone<T> {
    /// Makes a device of that name on the faux bus, and registers a controller that belongs to it.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `ENODEV` if there is no memory for the device, or its name is taken.
    /// - Those of [`Registration::new`].
    ///
    /// C functions: `faux_device_create()`, and those of [`Registration::new`].
    pub fn new(
        name: &CStr,
        settings: &Settings,
        data: impl PinInit<T::Data<'static>, Error>,
    ) -> Result<Self> {
        let parent = faux::Registration::new(name, None)?;
        let dev: *const device::Device<Bound> = parent.as_ref().as_ref();

        // SAFETY: The device is bound as long as `parent` exists. If `parent` is moved its device
        // is not. Nothing else gets this reference, and `registration` does not outlive `parent`
        // by the type invariant.
        let dev = unsafe { &*dev };

        // SAFETY: `Drop` drops the registration before the device is unbound. If that does not run,
        // the device is not unbound either: user space can't do it, and dropping the
        // `faux::Registration` is the only other way.
        let registration = unsafe { Registration::new(dev, settings, data) }?;

        // INVARIANT: The drop order is that of `Drop`.
        Ok(Self {
            registration: ManuallyDrop::new(registration),
            parent: ManuallyDrop::new(parent),
        })
    }
}

impl<T: Operations> Deref for Standalone<T> {
    type Target = Registration<'static, T>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.registration
    }
}

impl<T: Operations> Drop for Standalone<T> {
    fn drop(&mut self) {
        // SAFETY: Not used again.
        unsafe { ManuallyDrop::drop(&mut self.registration) };

        // SAFETY: Not used again.
        unsafe { ManuallyDrop::drop(&mut self.parent) };
    }
}
