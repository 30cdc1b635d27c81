// SPDX-License-Identifier: GPL-2.0

//! Callbacks for messages.

use super::{
    Adapter,
    Parts, //
};
use crate::{
    bindings,
    error::from_result,
    prelude::*,
    spi::controller::{
        CurrentMessage,
        Operations,
        OptimizingMessage,
        TransferRef, //
    },
    types::ForeignOwnable, //
};

/// Checks that the controller has the lanes that a transfer asks for, which the core does not do.
///
/// # Errors
///
/// `EINVAL` if it has only one.
#[inline]
pub(super) fn check_lanes(transfer: &TransferRef<'_>) -> Result {
    if transfer.is_single_lane() {
        return Ok(());
    }
    transfer.lane_mode()?;

    // SAFETY: The device of a message is valid, as is its controller, which is registered.
    let lanes = unsafe { (*(*transfer.device().as_raw()).controller).num_data_lanes };
    if lanes < 2 {
        return Err(EINVAL);
    }
    Ok(())
}

impl<T: Operations> Adapter<T> {
    /// # Safety
    ///
    /// That of [`install`](Self::install).
    pub(super) unsafe fn install_message(ctlr: *mut bindings::spi_controller) {
        // SAFETY: By the safety requirement `ctlr` is valid, and nobody uses it yet.
        unsafe {
            if T::HAS_OPTIMIZE_MESSAGE {
                (*ctlr).optimize_message = Some(Self::optimize_message_callback);
                (*ctlr).unoptimize_message = Some(Self::unoptimize_message_callback);
            }
            if Self::prepares_messages(ctlr) {
                (*ctlr).prepare_message = Some(Self::prepare_message_callback);
                (*ctlr).unprepare_message = Some(Self::unprepare_message_callback);
            }
            if T::HAS_TRANSFER_ONE_MESSAGE {
                (*ctlr).transfer_one_message = Some(Self::transfer_one_message_callback);
            }
        }
    }

    /// Returns whether there is anything to be done before and after each message.
    ///
    /// # Safety
    ///
    /// That of [`install`](Self::install).
    unsafe fn prepares_messages(ctlr: *mut bindings::spi_controller) -> bool {
        // SAFETY: By the safety requirement.
        let target = unsafe { (*ctlr).__bindgen_anon_1.target };

        T::HAS_PREPARE_MESSAGE
            || T::HAS_UNPREPARE_MESSAGE
            || Self::PREPARES_HARDWARE
            || T::HAS_OFFLOAD
            || (T::HAS_TRANSFER_ONE && target)
    }

    extern "C" fn optimize_message_callback(msg: *mut bindings::spi_message) -> c_int {
        // SAFETY: The core calls with a valid message, whose device `__spi_validate()` has set.
        let spi = unsafe { (*msg).spi };

        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let context = unsafe { Self::context((*spi).controller) };

        from_result(|| {
            // SAFETY: This is a callback for the device.
            let state = unsafe { Self::state(spi) }.ok_or(EINVAL)?;

            // SAFETY: `msg` is valid.
            unsafe { Self::check_offload(&context.data, msg) }?;

            // SAFETY: The core has validated `msg`, and leaves it alone during the callback. The
            // lifetime ends when the message is unoptimized.
            let message = unsafe { OptimizingMessage::from_raw(msg) };

            for transfer in message.transfers() {
                check_lanes(&transfer)?;
            }

            // GFP_ATOMIC: `spi_async()` gets here from atomic context with an unoptimized message.
            let room = context.spare.take(GFP_ATOMIC)?;
            let prepared =
                room.write_pin_init(T::optimize_message(&context.data, state, message))?;

            // SAFETY: `msg` is valid, and the field is the controller's.
            unsafe { (*msg).opt_state = prepared.into_foreign() };
            Ok(0)
        })
    }

    extern "C" fn unoptimize_message_callback(msg: *mut bindings::spi_message) -> c_int {
        // SAFETY: The core calls with a valid message; the field is the controller's.
        let prepared = unsafe { core::mem::replace(&mut (*msg).opt_state, core::ptr::null_mut()) };

        if !prepared.is_null() {
            // SAFETY: `msg` is valid, and `optimize_message_callback()` was called for it.
            unsafe { Self::leave_offload(msg) };

            // SAFETY: `optimize_message_callback()` stored what `into_foreign()` gave, and it was
            // still there. The message is not in flight.
            let prepared = unsafe { Pin::<KBox<T::Prepared<'_>>>::from_foreign(prepared) };

            // SAFETY: What is pinned is dropped where it is.
            let room = KBox::drop_contents(unsafe { Pin::into_inner_unchecked(prepared) });

            // SAFETY: The core calls with a message that has a device of this controller.
            let context = unsafe { Self::context((*(*msg).spi).controller) };
            context.spare.put(room);
        }
        0
    }

    extern "C" fn prepare_message_callback(
        ctlr: *mut bindings::spi_controller,
        msg: *mut bindings::spi_message,
    ) -> c_int {
        from_result(|| {
            // SAFETY: The core calls with the message in flight on `ctlr`.
            let Parts { state, prepared } = unsafe { Self::parts(ctlr, (*msg).spi, msg) }?;

            // SAFETY: This is a callback for the controller.
            let context = unsafe { Self::context(ctlr) };

            // SAFETY: `msg` is valid.
            unsafe { Self::admit(context, msg) }?;
            Self::prepare_hardware(context)?;
            if T::HAS_PREPARE_MESSAGE {
                // SAFETY: `msg` is in flight on this controller during the callback.
                let mut message = unsafe { CurrentMessage::from_raw(msg) };

                T::prepare_message(&context.data, state, &mut message, prepared)?;
            }
            Ok(0)
        })
    }

    extern "C" fn unprepare_message_callback(
        ctlr: *mut bindings::spi_controller,
        msg: *mut bindings::spi_message,
    ) -> c_int {
        // SAFETY: This is a callback for the controller.
        let context = unsafe { Self::context(ctlr) };

        // In target mode the core does not look at the result of a transfer that ended later, and
        // does not call `handle_err` either.
        //
        // SAFETY: Its transfers were handed over to something in the data.
        let failed = unsafe { context.handed.take_back(ctlr) };

        if let Some(error) = failed {
            // SAFETY: `msg` is valid.
            let status = unsafe { &mut (*msg).status };
            if *status == 0 {
                *status = error.to_errno();
            }
        }

        // SAFETY: The core calls with the message in flight on `ctlr`.
        let Ok(parts) = (unsafe { Self::parts(ctlr, (*msg).spi, msg) }) else {
            return 0;
        };

        // SAFETY: `msg` is in flight on this controller during the callback.
        let mut message = unsafe { CurrentMessage::from_raw(msg) };

        if let (true, Some(error)) = (T::HAS_HANDLE_ERR, failed) {
            T::handle_err(&context.data, parts.state, &mut message, error);
        }
        if T::HAS_UNPREPARE_MESSAGE {
            T::unprepare_message(&context.data, parts.state, &mut message, parts.prepared);
        }
        0
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
        // SAFETY: `msg` is in flight on `ctlr`.
        let Parts { state, prepared } = unsafe { Self::parts(ctlr, (*msg).spi, msg) }?;

        // SAFETY: This is a callback for the controller.
        let data = unsafe { Self::data(ctlr) };

        // SAFETY: `msg` is in flight on this controller until it is finalized, after this.
        let mut message = unsafe { CurrentMessage::from_raw(msg) };

        if !T::HAS_OPTIMIZE_MESSAGE {
            for transfer in message.transfers() {
                check_lanes(&transfer)?;
            }
        }

        T::transfer_one_message(data, state, &mut message, prepared)
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
