// SPDX-License-Identifier: GPL-2.0

//! Callbacks for single transfers.

use super::{
    message::check_lanes,
    Adapter,
    Parts, //
};
use crate::{
    bindings,
    prelude::*,
    spi::controller::{
        context::Context,
        CurrentMessage,
        CurrentTransfer,
        Operations,
        Starting,
        TransferRef,
        Transferred, //
    }, //
};

/// `SPI_TRANS_FAIL_NO_START`
const FAIL_NO_START: u16 = 1 << 0;

impl<T: Operations> Adapter<T> {
    /// # Safety
    ///
    /// That of [`install`](Self::install).
    pub(super) unsafe fn install_transfer(ctlr: *mut bindings::spi_controller) {
        // SAFETY: By the safety requirement `ctlr` is valid, and nobody uses it yet.
        unsafe {
            if T::HAS_TRANSFER_ONE {
                (*ctlr).transfer_one = if (*ctlr).__bindgen_anon_1.target {
                    Some(Self::transfer_one_target_callback)
                } else {
                    Some(Self::transfer_one_callback)
                };
                (*ctlr).handle_err = Some(Self::handle_err_callback);
            }
            if T::HAS_CAN_DMA {
                (*ctlr).can_dma = Some(Self::can_dma_callback);
            }
        }
    }

    /// Tells the core of the DMA channels that belong to the data.
    ///
    /// # Safety
    ///
    /// `ctlr` must be valid and not registered. The data must stay until after it is unregistered,
    /// and [`uninstall`](Self::uninstall) was called.
    pub(in crate::spi::controller) unsafe fn install_dma_channels(
        ctlr: *mut bindings::spi_controller,
        context: &Context<'_, T>,
    ) {
        #[cfg(CONFIG_DMA_ENGINE)]
        if T::HAS_DMA_CHANNELS {
            match T::dma_channels(&context.data) {
                // SAFETY: By the safety requirements.
                Some(channels) => unsafe {
                    ((*ctlr).dma_tx, (*ctlr).dma_rx) = channels.as_raw();
                },
                // SAFETY: As above.
                None => unsafe { (*ctlr).can_dma = None },
            }
        }
        #[cfg(not(CONFIG_DMA_ENGINE))]
        let _ = (ctlr, context);
    }

    extern "C" fn can_dma_callback(
        ctlr: *mut bindings::spi_controller,
        spi: *mut bindings::spi_device,
        raw: *mut bindings::spi_transfer,
    ) -> bool {
        // SAFETY: The core asks for the message in flight.
        let msg = unsafe { (*ctlr).cur_msg };

        // SAFETY: `msg` is in flight on `ctlr`, and `spi` is its device.
        let Ok(parts) = (unsafe { Self::parts(ctlr, spi, msg) }) else {
            return false;
        };

        // SAFETY: This is a callback for the controller.
        let data = unsafe { Self::data(ctlr) };

        // SAFETY: It is a transfer of the message in flight, which was validated.
        let transfer = unsafe { TransferRef::from_raw(msg, raw) };

        T::can_dma(data, parts.state, &transfer)
    }

    /// Borrows the transfer that is to be done, and all that belongs to its message.
    ///
    /// # Errors
    ///
    /// `EINVAL` if another controller has prepared the message, or if the transfer asks for lanes
    /// that are not there.
    ///
    /// # Safety
    ///
    /// Must be called from the transfer callback of `ctlr`, with its arguments. No such borrow may
    /// exist.
    #[inline]
    unsafe fn current<'x, 'a, 'p>(
        ctlr: *mut bindings::spi_controller,
        spi: *mut bindings::spi_device,
        raw: *mut bindings::spi_transfer,
    ) -> Result<(Parts<'x, 'a, 'p, T>, CurrentTransfer<'x>)> {
        // SAFETY: The core calls for the message in flight.
        let msg = unsafe { (*ctlr).cur_msg };

        // SAFETY: `msg` is in flight on `ctlr`, and `spi` is its device.
        let parts = unsafe { Self::parts(ctlr, spi, msg) }?;

        // SAFETY: It is a transfer of the message in flight.
        let transfer = unsafe { CurrentTransfer::from_raw(msg, raw) };

        // Where messages are prepared, that has checked it.
        if !T::HAS_OPTIMIZE_MESSAGE {
            check_lanes(&transfer)?;
        }
        Ok((parts, transfer))
    }

    extern "C" fn transfer_one_callback(
        ctlr: *mut bindings::spi_controller,
        spi: *mut bindings::spi_device,
        raw: *mut bindings::spi_transfer,
    ) -> c_int {
        if !T::HAS_TRANSFER_AT_ONCE {
            // SAFETY: This is the callback for the transfer.
            return unsafe { Self::transfer_one(ctlr, spi, raw) };
        }

        // SAFETY: As above.
        match unsafe { Self::transfer_at_once(ctlr, spi, raw) } {
            Ok(true) => 0,
            // SAFETY: As above.
            Ok(false) => unsafe { Self::transfer_one_outlined(ctlr, spi, raw) },
            Err(error) => error.to_errno(),
        }
    }

    /// Has the driver do a transfer at once, if it can; returns whether it has.
    ///
    /// # Safety
    ///
    /// Must be called from the transfer callback of `ctlr`, with its arguments.
    #[inline]
    unsafe fn transfer_at_once(
        ctlr: *mut bindings::spi_controller,
        spi: *mut bindings::spi_device,
        raw: *mut bindings::spi_transfer,
    ) -> Result<bool> {
        // SAFETY: By the safety requirement.
        let (parts, mut transfer) = unsafe { Self::current(ctlr, spi, raw) }?;

        // SAFETY: This is a callback for the controller.
        let data = unsafe { Self::data(ctlr) };

        Ok(T::transfer_at_once(data, parts.state, &mut transfer))
    }

    /// Does what [`transfer_one`](Self::transfer_one) does, out of the way of the transfers that
    /// are done at once, which need to save no registers like this.
    ///
    /// # Safety
    ///
    /// Must be called from the transfer callback of `ctlr`, with its arguments.
    #[inline(never)]
    unsafe fn transfer_one_outlined(
        ctlr: *mut bindings::spi_controller,
        spi: *mut bindings::spi_device,
        raw: *mut bindings::spi_transfer,
    ) -> c_int {
        // SAFETY: By the safety requirement.
        unsafe { Self::transfer_one(ctlr, spi, raw) }
    }

    /// Has the driver do a transfer, or start it; returns what the core is to be told.
    ///
    /// # Safety
    ///
    /// Must be called from the transfer callback of `ctlr`, with its arguments.
    #[inline]
    unsafe fn transfer_one(
        ctlr: *mut bindings::spi_controller,
        spi: *mut bindings::spi_device,
        raw: *mut bindings::spi_transfer,
    ) -> c_int {
        // SAFETY: By the safety requirement.
        let (Parts { state, prepared }, transfer) = match unsafe { Self::current(ctlr, spi, raw) } {
            Ok(current) => current,
            Err(error) => return error.to_errno(),
        };

        // SAFETY: This is a callback for the controller.
        let data = unsafe { Self::data(ctlr) };

        // SAFETY: The lifetime, which can be any, ends with the transfer. It ends now, and is given
        // up; or later, when it is finished or `handle_err` takes it back. The data are there until
        // after the last callback.
        let starting = unsafe { Starting::new(transfer) };

        match T::transfer_one(data, state, starting, prepared) {
            // It is in nobody's hands.
            Ok(Transferred::Finished(_)) => 0,
            Ok(Transferred::Started(_)) => 1,
            // SAFETY: This is the callback for the transfer.
            Ok(Transferred::NotStarted) => unsafe { Self::give_up(ctlr, raw, None) },
            // SAFETY: As above.
            Err(error) => unsafe { Self::give_up(ctlr, raw, Some(error)) },
        }
    }

    /// In target mode the core does not look how the transfer before has ended.
    extern "C" fn transfer_one_target_callback(
        ctlr: *mut bindings::spi_controller,
        spi: *mut bindings::spi_device,
        raw: *mut bindings::spi_transfer,
    ) -> c_int {
        // SAFETY: This is a callback for the controller. Its transfers were handed over to
        // something in the data.
        match unsafe { Self::context(ctlr).handed.take_back(ctlr) } {
            Some(error) => error.to_errno(),
            None => Self::transfer_one_callback(ctlr, spi, raw),
        }
    }

    /// Takes a transfer back that has failed, or without an error has not been started, and returns
    /// what the core is to be told.
    ///
    /// # Safety
    ///
    /// Must be called from the transfer callback of `ctlr` for `raw`.
    #[cold]
    #[inline(never)]
    unsafe fn give_up(
        ctlr: *mut bindings::spi_controller,
        raw: *mut bindings::spi_transfer,
        error: Option<Error>,
    ) -> c_int {
        // What a handler has said of it does not count, as it has ended like this now.
        //
        // SAFETY: This is a callback for the controller. Its transfers were handed over to
        // something in the data.
        unsafe { Self::context(ctlr).handed.take_back(ctlr) };

        // The core forgets no error, which would be one of the transfer's next send.
        //
        // SAFETY: `raw` is valid; no handler has it any more.
        unsafe { (*raw).error = 0 };

        if let Some(error) = error {
            return error.to_errno();
        }

        // The core asks again for a transfer that is mapped. For any other one it would leave this
        // where it is, until the transfer is sent again, mapped, and fails for another reason.
        //
        // SAFETY: `raw` is valid; the core does not change these now.
        if unsafe { !(*raw).tx_sg_mapped && !(*raw).rx_sg_mapped } {
            return EAGAIN.to_errno();
        }

        // SAFETY: As above.
        unsafe { (*raw).error = FAIL_NO_START };

        // The core does not forget the end that a handler has told it, and would go on while the
        // transfer is in the hands of a handler.
        //
        // SAFETY: The completion is that of a registered controller.
        unsafe { bindings::reinit_completion_locked(&raw mut (*ctlr).xfer_completion) };
        EAGAIN.to_errno()
    }

    extern "C" fn handle_err_callback(
        ctlr: *mut bindings::spi_controller,
        msg: *mut bindings::spi_message,
    ) {
        // SAFETY: This is a callback for the controller.
        let context = unsafe { Self::context(ctlr) };

        // The core has given the transfer up, or has seen that it failed, but not how. The handler
        // may have borrowed what the message has prepared, so this comes first.
        //
        // SAFETY: Its transfers were handed over to something in the data.
        let failed = unsafe { context.handed.take_back(ctlr) };

        // SAFETY: `msg` is valid.
        let status = unsafe { &mut (*msg).status };
        if let Some(error) = failed {
            *status = error.to_errno();
        }

        // SAFETY: The core calls with the message in flight on `ctlr`.
        let Ok(parts) = (unsafe { Self::parts(ctlr, (*msg).spi, msg) }) else {
            return;
        };

        if T::HAS_HANDLE_ERR {
            let error = Error::from_errno(*status);

            // SAFETY: `msg` is in flight on this controller during the callback.
            let mut message = unsafe { CurrentMessage::from_raw(msg) };

            T::handle_err(&context.data, parts.state, &mut message, error);
        }
    }
}
