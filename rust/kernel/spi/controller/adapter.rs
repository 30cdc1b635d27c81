// SPDX-License-Identifier: GPL-2.0

//! The functions that the SPI core calls, for any [`Operations`].

use super::{
    CurrentMessage,
    Operations,
    OptimizingMessage,
    SettingUp, //
};
use crate::{
    bindings,
    error::from_result,
    prelude::*,
    spi::Device,
    types::ForeignOwnable, //
};

use core::marker::PhantomData;

/// The C operations of a controller whose driver implements `T`.
///
/// All functions rest on what [`Adapter::install`] asks of its caller: the device data of the
/// controller point to `T::Data`, before the first callback and until after the last.
///
/// Where a callback calls `T` with the data, their lifetime parameter is a local one. This is
/// sound: the functions of `T` are generic over it, and code can't depend on a lifetime. They do
/// what they would do with the true lifetimes, of which `'p`, from optimize to unoptimize, lies
/// within `'a`, from registration to unregistration.
pub(super) struct Adapter<T: Operations>(PhantomData<T>);

impl<T: Operations> Adapter<T> {
    /// Puts the operations that `T` has into `ctlr`.
    ///
    /// # Safety
    ///
    /// - `ctlr` must be a valid controller that is not registered.
    /// - Whenever it is registered, its device data must point to a valid `T::Data<'_>` that is
    ///   pinned.
    pub(super) unsafe fn install(ctlr: *mut bindings::spi_controller) {
        // SAFETY: By the safety requirements `ctlr` is valid, and nobody uses it yet.
        unsafe {
            (*ctlr).setup = Some(Self::setup_callback);
            (*ctlr).cleanup = Some(Self::cleanup_callback);
            (*ctlr).transfer_one_message = Some(Self::transfer_one_message_callback);
            if T::HAS_OPTIMIZE_MESSAGE {
                (*ctlr).optimize_message = Some(Self::optimize_message_callback);
                (*ctlr).unoptimize_message = Some(Self::unoptimize_message_callback);
            }
            if T::HAS_MAX_TRANSFER_SIZE {
                (*ctlr).max_transfer_size = Some(Self::max_transfer_size_callback);
            }
            if T::HAS_MAX_MESSAGE_SIZE {
                (*ctlr).max_message_size = Some(Self::max_message_size_callback);
            }
        }
    }

    /// Borrows the data of a controller.
    ///
    /// # Safety
    ///
    /// Must be called from one of the callbacks, with the controller that it is for.
    #[inline]
    unsafe fn data<'x, 'a>(ctlr: *mut bindings::spi_controller) -> &'x T::Data<'a> {
        // SAFETY: The core calls with a valid controller.
        let data = unsafe { (*ctlr).dev.driver_data };

        // SAFETY: By the safety requirement of `install()` it points to the data, which are there
        // for longer than any callback.
        unsafe { &*data.cast::<T::Data<'a>>() }
    }

    /// Borrows the state of a device, if it has one by now.
    ///
    /// # Safety
    ///
    /// Must be called from one of the callbacks other than cleanup, with the device that it is for.
    #[inline]
    unsafe fn state<'x, 'a>(spi: *mut bindings::spi_device) -> Option<Pin<&'x T::DeviceState<'a>>> {
        // SAFETY: The core calls with a valid device.
        let state = unsafe { (*spi).controller_state };
        if state.is_null() {
            return None;
        }

        // SAFETY: On this controller only `setup_callback()` sets it, to what `into_foreign()`
        // gave. The device is set up and cleaned up by its owner, and in use in between.
        Some(unsafe { Pin::<KBox<T::DeviceState<'a>>>::borrow(state) })
    }

    extern "C" fn setup_callback(spi: *mut bindings::spi_device) -> c_int {
        // SAFETY: The core calls with a valid device.
        let dev = unsafe { Device::from_raw(spi) };

        // SAFETY: This is the setup callback for `dev`.
        let setting_up = unsafe { SettingUp::new(dev) };

        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let data = unsafe { Self::data((*spi).controller) };

        from_result(|| {
            // SAFETY: This is a callback for the device.
            if let Some(state) = unsafe { Self::state(spi) } {
                T::setup(data, &setting_up, state)?;
                return Ok(0);
            }

            // The core does not clean up after a setup that failed, so an error drops the state.
            let state = KBox::pin_init(T::new_device_state(data, dev), GFP_KERNEL)?;
            T::setup(data, &setting_up, state.as_ref())?;

            // SAFETY: `spi` is valid; the core serializes setup.
            unsafe { (*spi).controller_state = state.into_foreign() };
            Ok(0)
        })
    }

    extern "C" fn cleanup_callback(spi: *mut bindings::spi_device) {
        // SAFETY: The core calls with a valid device.
        let state = unsafe { (*spi).controller_state };
        if state.is_null() {
            return;
        }

        // SAFETY: As above; the device is not used any more.
        unsafe { (*spi).controller_state = core::ptr::null_mut() };

        // SAFETY: `setup_callback()` stored what `into_foreign()` gave, and it was still there.
        drop(unsafe { Pin::<KBox<T::DeviceState<'_>>>::from_foreign(state) });
    }

    extern "C" fn max_transfer_size_callback(spi: *mut bindings::spi_device) -> usize {
        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let data = unsafe { Self::data((*spi).controller) };

        // SAFETY: This is a callback for the device.
        let state = unsafe { Self::state(spi) };

        state.map_or(usize::MAX, |state| T::max_transfer_size(data, state))
    }

    extern "C" fn max_message_size_callback(spi: *mut bindings::spi_device) -> usize {
        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let data = unsafe { Self::data((*spi).controller) };

        // SAFETY: This is a callback for the device.
        let state = unsafe { Self::state(spi) };

        state.map_or(usize::MAX, |state| T::max_message_size(data, state))
    }

    extern "C" fn optimize_message_callback(msg: *mut bindings::spi_message) -> c_int {
        // SAFETY: The core calls with a valid message, whose device `__spi_validate()` has set.
        let spi = unsafe { (*msg).spi };

        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let data = unsafe { Self::data((*spi).controller) };

        from_result(|| {
            // SAFETY: This is a callback for the device.
            let state = unsafe { Self::state(spi) }.ok_or(EINVAL)?;

            // SAFETY: The core has validated `msg`, and leaves it alone during the callback. The
            // lifetime ends when the message is unoptimized.
            let message = unsafe { OptimizingMessage::from_raw(msg) };

            // GFP_ATOMIC: `spi_async()` gets here from atomic context with an unoptimized message.
            let prepared = KBox::pin_init(T::optimize_message(data, state, message), GFP_ATOMIC)?;

            // SAFETY: `msg` is valid, and the field is the controller's.
            unsafe { (*msg).opt_state = prepared.into_foreign() };
            Ok(0)
        })
    }

    extern "C" fn unoptimize_message_callback(msg: *mut bindings::spi_message) -> c_int {
        // SAFETY: The core calls with a valid message; the field is the controller's.
        let prepared = unsafe { core::mem::replace(&mut (*msg).opt_state, core::ptr::null_mut()) };

        if !prepared.is_null() {
            // SAFETY: `optimize_message_callback()` stored what `into_foreign()` gave, and it was
            // still there. The message is not in flight.
            drop(unsafe { Pin::<KBox<T::Prepared<'_>>>::from_foreign(prepared) });
        }
        0
    }

    /// Borrows what `optimize_message_callback()` has stored.
    ///
    /// # Safety
    ///
    /// `msg` must be the message in flight on this controller. Only one such borrow may exist.
    #[inline]
    unsafe fn prepared<'x, 'p>(
        msg: *mut bindings::spi_message,
    ) -> Option<Pin<&'x mut T::Prepared<'p>>> {
        if !T::HAS_OPTIMIZE_MESSAGE {
            return None;
        }

        // SAFETY: `msg` is valid, the field is the controller's.
        let prepared = unsafe { (*msg).opt_state };
        if prepared.is_null() {
            return None;
        }

        // SAFETY: It comes from `into_foreign()`, and stays until the message is unoptimized, which
        // does not happen in flight.
        Some(unsafe { Pin::<KBox<T::Prepared<'p>>>::borrow_mut(prepared) })
    }

    /// Has the driver send a message.
    ///
    /// # Safety
    ///
    /// Must be called from the transfer callback of `ctlr` for `msg`.
    #[inline]
    unsafe fn transfer(
        ctlr: *mut bindings::spi_controller,
        msg: *mut bindings::spi_message,
    ) -> Result {
        // The core does not compare the device that a message was optimized for with the one that
        // it is sent to. What another controller has prepared is not ours to use.
        //
        // SAFETY: `msg` is valid, as is its device.
        if unsafe { (*(*msg).spi).controller } != ctlr {
            return Err(EINVAL);
        }

        // SAFETY: This is a callback for the controller.
        let data = unsafe { Self::data(ctlr) };

        // SAFETY: `msg` is in flight on this controller, and this is the only borrow.
        let prepared = unsafe { Self::prepared(msg) };

        // SAFETY: `msg` is in flight on this controller until it is finalized, after this.
        let mut message = unsafe { CurrentMessage::from_raw(msg) };

        T::transfer_one_message(data, &mut message, prepared)
    }

    extern "C" fn transfer_one_message_callback(
        ctlr: *mut bindings::spi_controller,
        msg: *mut bindings::spi_message,
    ) -> c_int {
        // SAFETY: The core calls with the message in flight on `ctlr`.
        let status = match unsafe { Self::transfer(ctlr, msg) } {
            Ok(()) => 0,
            Err(error) => error.to_errno(),
        };

        // SAFETY: `msg` is still in flight.
        unsafe { (*msg).status = status };

        // The message may be gone when this returns.
        //
        // SAFETY: `msg` is the current message of `ctlr`; this is the one place that finalizes it,
        // in the context in which the core waits for it.
        unsafe { bindings::spi_finalize_current_message(ctlr) };

        // The status tells of errors; an error here would make the core report it twice.
        0
    }
}
