// SPDX-License-Identifier: GPL-2.0

//! Messages that an offload has recorded, and those that it sends.

use super::{
    Kind,
    Offload,
    Trigger, //
};
use crate::{
    bindings,
    error::to_result,
    prelude::*,
    spi::{
        Message,
        Optimized,
        Refused, //
    }, //
};

use core::ptr::NonNull;

/// An offload that has recorded a message.
///
/// It can be [armed](Self::arm), and nothing else: the message is not sent by itself. Dropping it
/// makes the offload forget the message, and puts it back; this may sleep.
// Fields are dropped in this order: the offload is put when it has forgotten the message.
pub struct Prepared<'bound> {
    optimized: Optimized<'bound>,
    offload: Offload<'bound>,
}

impl<'bound> Prepared<'bound> {
    #[inline]
    pub(super) fn new(optimized: Optimized<'bound>, offload: Offload<'bound>) -> Self {
        Self { optimized, offload }
    }

    /// Has `trigger` start the message, from now on.
    ///
    /// `settings` should be what [`Trigger::validate`] returned. Whether other messages can be sent
    /// on the bus meanwhile is for the controller to decide; it may refuse them with `EBUSY`. This
    /// sleeps.
    ///
    /// # Errors
    ///
    /// The message stays prepared, and comes back with the trigger with each of them.
    ///
    /// - `ENODEV` if the provider of the trigger is gone.
    /// - `EINVAL` if the trigger is one of another offload, or can't have such settings.
    /// - What else the driver of the controller or of the trigger returns.
    ///
    /// C function: `spi_offload_trigger_enable()`.
    pub fn arm<K: Kind>(
        self,
        trigger: Trigger<K>,
        settings: K,
    ) -> Result<Armed<'bound, K>, Refused<(Self, Trigger<K>)>> {
        if !trigger.is_of(&self.offload) {
            return Err(Refused::new(EINVAL, (self, trigger)));
        }
        match Enabled::new(&self.offload, trigger.as_raw(), settings.to_raw()) {
            Ok(enabled) => Ok(Armed {
                enabled,
                trigger,
                prepared: self,
            }),
            Err(error) => Err(Refused::new(error, (self, trigger))),
        }
    }

    /// Returns the offload, for what has to be done while it is prepared.
    #[inline]
    pub fn offload(&self) -> &Offload<'bound> {
        &self.offload
    }

    /// Makes the offload forget the message, which can then be changed.
    ///
    /// This may sleep.
    ///
    /// C function: `spi_unoptimize_message()`.
    #[inline]
    pub fn into_parts(self) -> (Offload<'bound>, Message) {
        let Self { optimized, offload } = self;

        (offload, optimized.into_message())
    }
}

/// A trigger that starts the message of an offload.
///
/// # Invariants
///
/// `spi_offload_trigger_enable()` succeeded with both, which are valid, and they were not disabled
/// since.
struct Enabled {
    offload: NonNull<bindings::spi_offload>,
    trigger: NonNull<bindings::spi_offload_trigger>,
}

impl Enabled {
    // Not inlined, nor is dropping it, because the functions that they call are in a namespace that
    // modules would have to import.
    #[inline(never)]
    fn new(
        offload: &Offload<'_>,
        trigger: NonNull<bindings::spi_offload_trigger>,
        mut settings: bindings::spi_offload_trigger_config,
    ) -> Result<Self> {
        // SAFETY: `Prepared::arm()` calls with an offload and a trigger that are valid, and neither
        // is enabled: that takes both.
        to_result(unsafe {
            bindings::spi_offload_trigger_enable(offload.as_raw(), trigger.as_ptr(), &mut settings)
        })?;

        // INVARIANT: Enabled just now. `Armed` keeps both until this is dropped.
        Ok(Self {
            offload: offload.as_ptr(),
            trigger,
        })
    }
}

impl Drop for Enabled {
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: By the type invariant both are valid and enabled.
        unsafe {
            bindings::spi_offload_trigger_disable(self.offload.as_ptr(), self.trigger.as_ptr())
        };
    }
}

// SAFETY: Neither the offload nor the trigger has ties to a thread.
unsafe impl Send for Enabled {}

// SAFETY: There is nothing to do with `&Enabled`.
unsafe impl Sync for Enabled {}

/// An offload whose message a trigger starts.
///
/// Dropping it goes all the way back: it disarms the offload, makes it forget the message, and puts
/// the trigger and the offload back. This sleeps.
// Fields are dropped in this order.
#[must_use = "the offload is disarmed right away if this is not kept"]
pub struct Armed<'bound, K: Kind> {
    enabled: Enabled,
    trigger: Trigger<K>,
    prepared: Prepared<'bound>,
}

impl<'bound, K: Kind> Armed<'bound, K> {
    /// Stops the trigger. The message stays prepared.
    ///
    /// If the provider of the trigger is gone only the offload is disarmed, which is enough. This
    /// sleeps.
    ///
    /// C function: `spi_offload_trigger_disable()`.
    #[inline]
    pub fn disarm(self) -> (Prepared<'bound>, Trigger<K>) {
        let Self {
            enabled,
            trigger,
            prepared,
        } = self;

        drop(enabled);
        (prepared, trigger)
    }
}
