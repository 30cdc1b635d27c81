// SPDX-License-Identifier: GPL-2.0

//! Callbacks for the hardware as a whole.

use super::{
    Adapter,
    Context, //
};
use crate::{
    bindings,
    error::from_result,
    prelude::*,
    spi::controller::Operations,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

impl<T: Operations> Adapter<T> {
    /// Whether there is anything to be done for the hardware before and after messages.
    pub(super) const PREPARES_HARDWARE: bool =
        T::HAS_PREPARE_TRANSFER_HARDWARE || T::HAS_UNPREPARE_TRANSFER_HARDWARE;

    /// # Safety
    ///
    /// That of [`install`](Self::install).
    pub(super) unsafe fn install_hardware(ctlr: *mut bindings::spi_controller) {
        // SAFETY: By the safety requirement `ctlr` is valid, and nobody uses it yet.
        unsafe {
            if Self::PREPARES_HARDWARE {
                (*ctlr).prepare_transfer_hardware = Some(Self::prepare_transfer_hardware_callback);
                (*ctlr).unprepare_transfer_hardware =
                    Some(Self::unprepare_transfer_hardware_callback);
            }
            if T::HAS_TARGET_ABORT && (*ctlr).__bindgen_anon_1.target {
                (*ctlr).target_abort = Some(Self::target_abort_callback);
            }
        }
    }

    /// Prepares the hardware, if it is not prepared.
    ///
    /// The core takes it for prepared after an attempt that failed, both for the next message and
    /// when it is to be unprepared.
    pub(super) fn prepare_hardware(context: &Context<'_, T>) -> Result {
        if context.hardware_ready.get() {
            return Ok(());
        }
        if T::HAS_PREPARE_TRANSFER_HARDWARE {
            T::prepare_transfer_hardware(&context.data)?;
        }
        context.hardware_ready.set(true);
        Ok(())
    }

    /// Unprepares the hardware, if it is prepared.
    pub(in crate::spi::controller) fn unprepare_hardware(context: &Context<'_, T>) {
        if context.hardware_ready.replace(false) && T::HAS_UNPREPARE_TRANSFER_HARDWARE {
            T::unprepare_transfer_hardware(&context.data);
        }
    }

    /// Locks the `io_mutex`, which waits for the message in flight.
    ///
    /// In target mode that may wait for a host that never comes, so it is aborted: again and again,
    /// as its next transfer, or the next message, may be just about to begin.
    ///
    /// # Safety
    ///
    /// `ctlr` must be valid.
    pub(in crate::spi::controller) unsafe fn lock_when_ended(
        ctlr: *mut bindings::spi_controller,
        context: &Context<'_, T>,
    ) {
        // SAFETY: By the safety requirement.
        let (io_mutex, target) =
            unsafe { (&raw mut (*ctlr).io_mutex, (*ctlr).__bindgen_anon_1.target) };

        if !T::HAS_TARGET_ABORT || !target {
            // SAFETY: As above.
            unsafe { bindings::mutex_lock(io_mutex) };
            return;
        }
        // SAFETY: As above.
        while unsafe { bindings::mutex_trylock(io_mutex) } == 0 {
            // There may be no transfer at all.
            let _ = T::target_abort(&context.data);
            fsleep(Delta::from_millis(1));
        }
    }

    extern "C" fn prepare_transfer_hardware_callback(ctlr: *mut bindings::spi_controller) -> c_int {
        // SAFETY: This is a callback for the controller.
        let context = unsafe { Self::context(ctlr) };

        from_result(|| {
            Self::prepare_hardware(context)?;
            Ok(0)
        })
    }

    extern "C" fn unprepare_transfer_hardware_callback(
        ctlr: *mut bindings::spi_controller,
    ) -> c_int {
        // SAFETY: This is a callback for the controller.
        Self::unprepare_hardware(unsafe { Self::context(ctlr) });
        0
    }

    extern "C" fn target_abort_callback(ctlr: *mut bindings::spi_controller) -> c_int {
        // SAFETY: This is a callback for the controller.
        let data = unsafe { Self::data(ctlr) };

        from_result(|| {
            T::target_abort(data)?;
            Ok(0)
        })
    }
}
