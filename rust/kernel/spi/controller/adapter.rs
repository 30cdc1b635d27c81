// SPDX-License-Identifier: GPL-2.0

//! The functions that the SPI core calls, for any [`Operations`].

mod device;
mod hardware;
mod memory;
mod message;
mod offload;
mod transfer;

use super::{
    context::Context,
    Operations, //
};
use crate::{
    bindings,
    prelude::*,
    types::ForeignOwnable, //
};

use core::marker::PhantomData;

/// `SPI_CONTROLLER_SUSPENDED`
const SUSPENDED: u16 = 1 << 6;

/// The C operations of a controller whose driver implements `T`.
///
/// All functions rest on what [`Adapter::install`] asks of its caller: the device data of the
/// controller point to a `Context<T>`, before the first callback and until after the last.
///
/// Where a callback calls `T` with the data, their lifetime parameter is a local one. This is
/// sound: the functions of `T` are generic over it, and code can't depend on a lifetime. They do
/// what they would do with the true lifetimes, of which `'p`, from optimize to unoptimize, lies
/// within `'a`, from registration to unregistration.
pub(super) struct Adapter<T: Operations>(PhantomData<T>);

/// Refuses a message, in the place of the driver's callback.
extern "C" fn refuse(
    ctlr: *mut bindings::spi_controller,
    msg: *mut bindings::spi_message,
) -> c_int {
    // SAFETY: The core calls with the message in flight on `ctlr`.
    unsafe { (*msg).status = ESHUTDOWN.to_errno() };

    // SAFETY: As above; the message may be gone when this returns.
    unsafe { bindings::spi_finalize_current_message(ctlr) };
    0
}

/// What belongs to a message in flight, or to one of its transfers.
struct Parts<'x, 'a, 'p, T: Operations> {
    state: Pin<&'x T::DeviceState<'a>>,
    prepared: Option<Pin<&'x mut T::Prepared<'p>>>,
}

impl<T: Operations> Adapter<T> {
    /// Puts the operations that `T` has into `ctlr`.
    ///
    /// # Safety
    ///
    /// - `ctlr` must be a valid controller that is not registered, and it must be decided whether
    ///   it is a target.
    /// - Whenever it is registered, its device data must point to a valid `Context<'_, T>` that is
    ///   pinned.
    pub(super) unsafe fn install(ctlr: *mut bindings::spi_controller) {
        const {
            assert!(
                T::HAS_TRANSFER_ONE != T::HAS_TRANSFER_ONE_MESSAGE,
                "a controller implements either transfer_one or transfer_one_message"
            );
            assert!(
                T::HAS_TRANSFER_ONE || !T::HAS_HANDLE_ERR,
                "handle_err is for controllers that implement transfer_one"
            );
            assert!(
                T::HAS_TRANSFER_ONE || !T::HAS_TRANSFER_AT_ONCE,
                "transfer_at_once is for controllers that implement transfer_one"
            );
            assert!(
                T::HAS_CAN_DMA || !T::HAS_DMA_DEVICE,
                "dma_device is for controllers that implement can_dma"
            );
            #[cfg(CONFIG_DMA_ENGINE)]
            assert!(
                (T::HAS_CAN_DMA && !T::HAS_DMA_DEVICE) || !T::HAS_DMA_CHANNELS,
                "dma_channels is for controllers that implement can_dma, and not dma_device"
            );
            assert!(
                T::HAS_EXEC_MEM_OP == T::HAS_SUPPORTS_MEM_OP
                    && T::HAS_EXEC_MEM_OP == T::HAS_ADJUST_MEM_OP,
                "a controller implements all functions for memory operations, or none"
            );
            assert!(
                T::HAS_OPTIMIZE_MESSAGE || !T::HAS_OFFLOAD,
                "offload is for controllers that implement optimize_message"
            );
        }

        // SAFETY: By the safety requirements.
        unsafe {
            Self::install_device(ctlr);
            Self::install_hardware(ctlr);
            Self::install_memory(ctlr);
            Self::install_message(ctlr);
            Self::install_offload(ctlr);
            Self::install_transfer(ctlr);
        }
    }

    /// Takes the operations out of a controller that is unregistered.
    ///
    /// A C driver that keeps a device beyond that could get at freed data with them. Its messages
    /// are refused with `ESHUTDOWN`, also one whose sender has looked whether the controller is
    /// suspended, and waits for the mutex.
    ///
    /// # Safety
    ///
    /// `ctlr` must be valid and unregistered, its `io_mutex` be held and its `running` be unset.
    pub(super) unsafe fn uninstall(ctlr: *mut bindings::spi_controller) {
        // SAFETY: By the safety requirements; who reads one of these has the mutex, but for those
        // of messages that are not in flight, which should not exist.
        unsafe {
            (*ctlr).flags |= SUSPENDED;
            (*ctlr).setup = None;
            (*ctlr).cleanup = None;
            (*ctlr).set_cs = None;
            (*ctlr).set_cs_timing = None;
            (*ctlr).max_transfer_size = None;
            (*ctlr).max_message_size = None;
            (*ctlr).optimize_message = None;
            (*ctlr).unoptimize_message = None;
            (*ctlr).mem_ops = core::ptr::null();
            (*ctlr).mem_caps = core::ptr::null();
            (*ctlr).prepare_transfer_hardware = None;
            (*ctlr).unprepare_transfer_hardware = None;
            (*ctlr).prepare_message = None;
            (*ctlr).unprepare_message = None;
            (*ctlr).can_dma = None;
            (*ctlr).dma_tx = core::ptr::null_mut();
            (*ctlr).dma_rx = core::ptr::null_mut();
            (*ctlr).transfer_one = None;
            (*ctlr).handle_err = None;
            (*ctlr).transfer_one_message = Some(refuse);
            (*ctlr).target_abort = None;
            (*ctlr).get_offload = None;
            (*ctlr).put_offload = None;
        }
    }

    /// Borrows the context of a controller.
    ///
    /// # Safety
    ///
    /// Must be called from one of the callbacks, with the controller that it is for.
    #[inline]
    unsafe fn context<'x, 'a>(ctlr: *mut bindings::spi_controller) -> &'x Context<'a, T> {
        // SAFETY: The core calls with a valid controller.
        let context = unsafe { (*ctlr).dev.driver_data };

        // SAFETY: By the safety requirement of `install()` it points to the context, which is there
        // for longer than any callback.
        unsafe { &*context.cast::<Context<'a, T>>() }
    }

    /// Borrows the data of a controller.
    ///
    /// # Safety
    ///
    /// That of [`context`](Self::context).
    #[inline]
    unsafe fn data<'x, 'a>(ctlr: *mut bindings::spi_controller) -> &'x T::Data<'a>
    where
        'a: 'x,
    {
        // SAFETY: By the safety requirement.
        &unsafe { Self::context(ctlr) }.data
    }

    /// Borrows the state of a device, if it has one by now.
    ///
    /// # Safety
    ///
    /// Must be called from one of the callbacks other than cleanup, with the device that it is for,
    /// which is on the controller.
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

    /// Borrows what `optimize_message_callback()` has stored.
    ///
    /// # Safety
    ///
    /// `msg` must be the message in flight on this controller, and have been prepared by it. Only
    /// one such borrow may exist.
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

    /// Borrows all that belongs to the message in flight.
    ///
    /// # Errors
    ///
    /// `EINVAL` if another controller has prepared the message. The core does not compare the
    /// device that a message was optimized for with the one that it is sent to. What another
    /// controller has stored is not ours to use.
    ///
    /// # Safety
    ///
    /// `msg` must be the message in flight on `ctlr`, and `spi` its device. No such borrow may
    /// exist.
    #[inline]
    unsafe fn parts<'x, 'a, 'p>(
        ctlr: *mut bindings::spi_controller,
        spi: *mut bindings::spi_device,
        msg: *mut bindings::spi_message,
    ) -> Result<Parts<'x, 'a, 'p, T>> {
        // SAFETY: The device of a message is valid.
        if unsafe { (*spi).controller } != ctlr {
            return Err(EINVAL);
        }

        Ok(Parts {
            // SAFETY: This is a callback for the device, which is on the controller.
            state: unsafe { Self::state(spi) }.ok_or(EINVAL)?,
            // SAFETY: `msg` is in flight on this controller, and this is the only borrow.
            prepared: unsafe { Self::prepared(msg) },
        })
    }
}
