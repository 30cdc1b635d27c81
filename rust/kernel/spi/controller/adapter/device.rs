// SPDX-License-Identifier: GPL-2.0

//! Callbacks for devices on the bus.

use super::{
    Adapter,
    Context, //
};
use crate::{
    bindings,
    container_of,
    error::from_result,
    prelude::*,
    spi::{
        controller::{
            splitting,
            Level,
            Operations,
            SettingUp, //
        },
        Device, //
    },
    sync::SpinLockIrq,
    time::{
        delay::fsleep,
        Delta,
        Instant,
        Monotonic, //
    },
    types::ForeignOwnable, //
};

use core::ptr;

/// How long messages in the queue may keep a device from being removed without somebody being told.
const PATIENCE: Delta = Delta::from_secs(5);

impl<T: Operations> Adapter<T> {
    /// # Safety
    ///
    /// That of [`install`](Self::install).
    pub(super) unsafe fn install_device(ctlr: *mut bindings::spi_controller) {
        // SAFETY: By the safety requirement `ctlr` is valid, and nobody uses it yet.
        unsafe {
            (*ctlr).setup = Some(Self::setup_callback);
            (*ctlr).cleanup = Some(Self::cleanup_callback);
            if T::HAS_SET_CS_TIMING {
                (*ctlr).set_cs_timing = Some(Self::set_cs_timing_callback);
            }
            if T::HAS_SET_CS {
                (*ctlr).set_cs = Some(Self::set_cs_callback);
            }
            if T::HAS_MAX_TRANSFER_SIZE {
                (*ctlr).max_transfer_size = Some(Self::max_transfer_size_callback);
            }
            if T::HAS_MAX_MESSAGE_SIZE {
                (*ctlr).max_message_size = Some(Self::max_message_size_callback);
            }
        }
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

    /// The core calls this without the `io_mutex`: in `spi_unregister_device()`, and when a first
    /// setup or `device_add()` has failed. What a callback of a message does, which may run with
    /// the mutex held, must not sleep, so it can't get here either.
    extern "C" fn cleanup_callback(spi: *mut bindings::spi_device) {
        // SAFETY: The core calls with a valid device, on the controller that this callback is for.
        let ctlr = unsafe { (*spi).controller };

        // SAFETY: This is a callback for the controller.
        let context = unsafe { Self::context(ctlr) };

        // SAFETY: Both are valid.
        unsafe { Self::lock_without_messages(ctlr, context, spi) };

        // SAFETY: `spi` is valid, and the mutex is held.
        let state = unsafe { ptr::replace(&raw mut (*spi).controller_state, ptr::null_mut()) };
        if !state.is_null() {
            // SAFETY: `setup_callback()` stored what `into_foreign()` gave, and it was still there.
            // No message that borrows it is queued or in flight. Apart from that the core, too,
            // relies on it that who removes a device makes no more calls with it, and has released
            // the messages that were optimized for it.
            let state = unsafe { Pin::<KBox<T::DeviceState<'_>>>::from_foreign(state) };

            if T::HAS_CLEANUP {
                T::cleanup(&context.data, state.as_ref());
            }
        }

        // SAFETY: It was locked above.
        unsafe { bindings::mutex_unlock(&raw mut (*ctlr).io_mutex) };
    }

    /// Locks the `io_mutex` when all messages of a device have ended.
    ///
    /// There are none of Rust drivers, but C drivers may leave some behind when they are unbound.
    /// One whose messages queue themselves again for ever makes this wait for ever.
    ///
    /// # Safety
    ///
    /// `ctlr` and `spi` must be valid.
    unsafe fn lock_without_messages(
        ctlr: *mut bindings::spi_controller,
        context: &Context<'_, T>,
        spi: *mut bindings::spi_device,
    ) {
        let since = Instant::<Monotonic>::now();
        let mut is_told = false;

        loop {
            // SAFETY: By the safety requirement.
            unsafe { Self::lock_when_ended(ctlr, context) };

            // SAFETY: As above.
            if !unsafe { is_queued(ctlr, spi) } {
                return;
            }

            // SAFETY: It was locked above.
            unsafe { bindings::mutex_unlock(&raw mut (*ctlr).io_mutex) };

            if !is_told && since.elapsed() > PATIENCE {
                // SAFETY: By the safety requirement.
                let dev: &Device = unsafe { Device::from_raw(spi) };

                dev_warn!(
                    dev,
                    "removed with messages in the queue, waiting for them\n"
                );
                is_told = true;
            }

            // The thread of the queue sends them.
            fsleep(Delta::from_millis(1));
        }
    }

    extern "C" fn set_cs_timing_callback(spi: *mut bindings::spi_device) -> c_int {
        // SAFETY: The core calls with a valid device.
        let dev = unsafe { Device::from_raw(spi) };

        // SAFETY: The core calls this as a part of setting up `dev`.
        let setting_up = unsafe { SettingUp::new(dev) };

        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let data = unsafe { Self::data((*spi).controller) };

        from_result(|| {
            // SAFETY: This is a callback for the device.
            let state = unsafe { Self::state(spi) }.ok_or(EINVAL)?;

            T::set_cs_timing(data, &setting_up, state)?;
            Ok(0)
        })
    }

    extern "C" fn set_cs_callback(spi: *mut bindings::spi_device, high: bool) {
        // SAFETY: The core calls with a valid device.
        let dev = unsafe { Device::from_raw(spi) };

        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let data = unsafe { Self::data((*spi).controller) };

        // The core drives the chip select of devices that are set up.
        //
        // SAFETY: This is a callback for the device.
        if let Some(state) = unsafe { Self::state(spi) } {
            let level = if high { Level::High } else { Level::Low };
            T::set_cs(data, dev, state, level);
        }
    }

    extern "C" fn max_transfer_size_callback(spi: *mut bindings::spi_device) -> usize {
        // SAFETY: The core calls with a valid device.
        let ctlr = unsafe { (*spi).controller };

        // SAFETY: This callback is for `ctlr`.
        let data = unsafe { Self::data(ctlr) };

        // SAFETY: This is a callback for the device.
        let Some(state) = (unsafe { Self::state(spi) }) else {
            return usize::MAX;
        };

        // The core splits transfers by what this returns, also within a word, and divides by it.
        //
        // SAFETY: `ctlr` is registered, so it does not change.
        let words = unsafe { (*ctlr).bits_per_word_mask };
        splitting::whole_words(T::max_transfer_size(data, state), words)
    }

    extern "C" fn max_message_size_callback(spi: *mut bindings::spi_device) -> usize {
        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let data = unsafe { Self::data((*spi).controller) };

        // SAFETY: This is a callback for the device.
        let state = unsafe { Self::state(spi) };

        state.map_or(usize::MAX, |state| T::max_message_size(data, state))
    }
}

/// Returns whether a message for a device is queued, and going to be sent.
///
/// # Safety
///
/// `ctlr` must be valid.
unsafe fn is_queued(ctlr: *mut bindings::spi_controller, spi: *mut bindings::spi_device) -> bool {
    // SAFETY: By the safety requirement; its lock is initialized.
    let lock = unsafe { SpinLockIrq::<()>::from_raw(&raw mut (*ctlr).queue_lock) };
    let _guard = lock.lock();

    // SAFETY: `ctlr` is valid, and the lock is held.
    if unsafe { !(*ctlr).running } {
        return false;
    }

    // SAFETY: As above.
    let head = unsafe { &raw mut (*ctlr).queue };
    // SAFETY: As above.
    let mut entry = unsafe { (*head).next };
    while entry != head {
        // SAFETY: What is in the queue is a valid message, as long as the lock is held.
        let queued = unsafe { (*container_of!(entry, bindings::spi_message, queue)).spi };
        if queued == spi {
            return true;
        }
        // SAFETY: As above.
        entry = unsafe { (*entry).next };
    }
    false
}
