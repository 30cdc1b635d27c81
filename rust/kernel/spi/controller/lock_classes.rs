// SPDX-License-Identifier: GPL-2.0

//! Lock classes for a controller whose messages go to another controller.

use crate::{
    bindings,
    prelude::*,
    sync::LockClassKey, //
};

/// Lock classes of one controller's own.
///
/// A controller that passes messages on takes the locks of the other one while it holds its own.
/// Lockdep would call that recursive, as the SPI core gives the locks of all controllers the same
/// classes. Subclasses would do for a few levels; keys do for any number of them.
#[pin_data]
pub(super) struct LockClasses {
    #[pin]
    bus_lock: LockClassKey,
    #[pin]
    io: LockClassKey,
    #[pin]
    add: LockClassKey,
}

impl LockClasses {
    pub(super) fn new() -> Result<Pin<KBox<Self>>> {
        KBox::pin_init(
            pin_init!(Self {
                bus_lock <- LockClassKey::new_dynamic(),
                io <- LockClassKey::new_dynamic(),
                add <- LockClassKey::new_dynamic(),
            }),
            GFP_KERNEL,
        )
    }

    /// Gives `ctlr` these classes.
    ///
    /// # Safety
    ///
    /// `ctlr` must be a valid controller that was never registered, and its locks must not be used
    /// after `self` is dropped.
    pub(super) unsafe fn apply(self: Pin<&Self>, ctlr: *mut bindings::spi_controller) {
        // SAFETY: By the safety requirements; the keys are registered as long as `self` exists.
        unsafe {
            bindings::spi_controller_set_lock_classes(
                ctlr,
                self.bus_lock.as_ptr(),
                self.io.as_ptr(),
                self.add.as_ptr(),
            )
        };
    }
}
