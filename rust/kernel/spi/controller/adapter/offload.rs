// SPDX-License-Identifier: GPL-2.0

//! Callbacks for offloads, and what messages have to do with them.

use super::{
    Adapter,
    Context, //
};
use crate::{
    bindings,
    prelude::*,
    spi::{
        controller::Operations,
        offload::provider::Slot, //
    }, //
};

use core::ptr::NonNull;

impl<T: Operations> Adapter<T> {
    /// # Safety
    ///
    /// That of [`install`](Self::install).
    pub(super) unsafe fn install_offload(ctlr: *mut bindings::spi_controller) {
        // SAFETY: By the safety requirement `ctlr` is valid, and nobody uses it yet.
        unsafe {
            if T::HAS_OFFLOAD {
                (*ctlr).get_offload = Some(Self::get_offload_callback);
                (*ctlr).put_offload = Some(Self::put_offload_callback);
            }
        }
    }

    /// Goes through the offloads of the controller.
    fn offloads<'x, 'a>(
        data: &'x T::Data<'a>,
    ) -> impl Iterator<Item = Pin<&'x Slot>> + use<'x, 'a, T>
    where
        'a: 'x,
    {
        (0..).map_while(|index| {
            if T::HAS_OFFLOAD {
                T::offload(data, index)
            } else {
                None
            }
        })
    }

    /// Gives an offload to a device.
    ///
    /// # Errors
    ///
    /// - `ENODEV` if none has all of `capabilities`.
    /// - `EBUSY` if those that have are taken.
    fn take_offload(
        data: &T::Data<'_>,
        spi: NonNull<bindings::spi_device>,
        capabilities: u32,
    ) -> Result<*mut bindings::spi_offload> {
        let mut error = ENODEV;
        for slot in Self::offloads(data).filter(|slot| slot.has_all(capabilities)) {
            if let Some(offload) = slot.take(spi) {
                return Ok(offload);
            }
            error = EBUSY;
        }
        Err(error)
    }

    extern "C" fn get_offload_callback(
        spi: *mut bindings::spi_device,
        config: *const bindings::spi_offload_config,
    ) -> *mut bindings::spi_offload {
        // SAFETY: The offload core calls with a valid device, on the controller that this is for.
        let data = unsafe { Self::data((*spi).controller) };

        // SAFETY: The offload core calls with a valid configuration.
        let capabilities = unsafe { (*config).capability_flags };

        NonNull::new(spi)
            .ok_or(EINVAL)
            .and_then(|spi| Self::take_offload(data, spi, capabilities))
            .unwrap_or_else(Error::to_ptr)
    }

    extern "C" fn put_offload_callback(offload: *mut bindings::spi_offload) {
        // SAFETY: The offload core calls with what `get_offload_callback()` returned.
        unsafe { Slot::from_raw(offload) }.put();
    }

    /// Checks that a message that is to be optimized is for no offload, or for one of this
    /// controller.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if it is for an offload of another controller.
    ///
    /// # Safety
    ///
    /// `msg` must be valid.
    pub(super) unsafe fn check_offload(
        data: &T::Data<'_>,
        msg: *mut bindings::spi_message,
    ) -> Result {
        // SAFETY: By the safety requirement.
        let offload = unsafe { (*msg).offload };

        if offload.is_null() || Self::offloads(data).any(|slot| slot.is(offload)) {
            Ok(())
        } else {
            Err(EINVAL)
        }
    }

    /// Brings the offload of a message to rest, before what was prepared is dropped.
    ///
    /// # Safety
    ///
    /// `msg` must be valid, and [`check_offload`](Self::check_offload) have succeeded for it.
    pub(super) unsafe fn leave_offload(msg: *mut bindings::spi_message) {
        // SAFETY: By the safety requirement.
        let offload = unsafe { (*msg).offload };

        if T::HAS_OFFLOAD && !offload.is_null() {
            // SAFETY: It is an offload of this controller, as checked.
            unsafe { Slot::from_raw(offload) }.leave();
        }
    }

    /// Lets a message begin, unless an armed offload does not admit it.
    ///
    /// # Errors
    ///
    /// - `EOPNOTSUPP` if it is one for an offload, and not for being sent.
    /// - `EBUSY` if the provider of an offload that is armed wants it so.
    ///
    /// # Safety
    ///
    /// `msg` must be valid, and the `io_mutex` of the controller be held.
    pub(super) unsafe fn admit(
        context: &Context<'_, T>,
        msg: *mut bindings::spi_message,
    ) -> Result {
        // SAFETY: By the safety requirement.
        let (offload, spi) = unsafe { ((*msg).offload, (*msg).spi) };

        if !offload.is_null() {
            return Err(EOPNOTSUPP);
        }
        Self::offloads(&context.data).try_for_each(|slot| slot.admit(spi))
    }

    /// Brings offloads to rest that a consumer has left armed, before the data go.
    pub(in crate::spi::controller) fn disarm_offloads(context: &Context<'_, T>) {
        for slot in Self::offloads(&context.data) {
            slot.disarm();
        }
    }
}
