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
                (*ctlr).transfer_one = Some(Self::transfer_one_callback);
                (*ctlr).handle_err = Some(Self::handle_err_callback);
            }
            if T::HAS_CAN_DMA {
                (*ctlr).can_dma = Some(Self::can_dma_callback);
            }
        }
    }

    extern "C" fn can_dma_callback(
        ctlr: *mut bindings::spi_controller,
        _spi: *mut bindings::spi_device,
        raw: *mut bindings::spi_transfer,
    ) -> bool {
        // SAFETY: The core asks for the message in flight.
        let msg = unsafe { (*ctlr).cur_msg };

        // SAFETY: `msg` is in flight on `ctlr`.
        let Ok(parts) = (unsafe { Self::parts(ctlr, msg) }) else {
            return false;
        };

        // SAFETY: It is a transfer of the message in flight, which was validated.
        let transfer = unsafe { TransferRef::from_raw(msg, raw) };

        T::can_dma(&parts.context.data, parts.state, &transfer)
    }

    extern "C" fn transfer_one_callback(
        ctlr: *mut bindings::spi_controller,
        _spi: *mut bindings::spi_device,
        raw: *mut bindings::spi_transfer,
    ) -> c_int {
        // SAFETY: The core calls with a transfer of the message in flight.
        match unsafe { Self::start(ctlr, raw) } {
            Ok(started) => c_int::from(started),
            Err(error) => error.to_errno(),
        }
    }

    /// Has the driver do, or start, a transfer; returns whether it ends later.
    ///
    /// # Safety
    ///
    /// Must be called from the transfer callback of `ctlr` for `raw`.
    unsafe fn start(
        ctlr: *mut bindings::spi_controller,
        raw: *mut bindings::spi_transfer,
    ) -> Result<bool> {
        // The one before has ended. In target mode the core does not look how.
        //
        // SAFETY: This is a callback for the controller. The transfer was handed over to something
        // in the data.
        if let Some(error) = unsafe { Self::context(ctlr).handed.take_back(ctlr) } {
            return Err(error);
        }

        // SAFETY: By the safety requirement there is a message in flight.
        let msg = unsafe { (*ctlr).cur_msg };

        // SAFETY: `msg` is in flight on `ctlr`.
        let parts = unsafe { Self::parts(ctlr, msg) }?;
        let Parts {
            context,
            state,
            prepared,
        } = parts;

        // SAFETY: By the safety requirement.
        let transfer = unsafe { CurrentTransfer::from_raw(msg, raw) };
        if !T::HAS_OPTIMIZE_MESSAGE {
            check_lanes(&transfer)?;
        }

        // SAFETY: The lifetime, which can be any, ends with the transfer. It ends now, and is taken
        // back below; or later, when it is finished or `handle_err` takes it back.
        let starting = unsafe { Starting::new(transfer, &context.handed) };

        let result = T::transfer_one(&context.data, state, starting, prepared);
        if let Ok(Transferred::Started(_)) = result {
            return Ok(true);
        }

        // SAFETY: As above. There is no error, as the transfer counts as ended now.
        unsafe { context.handed.take_back(ctlr) };

        if let Transferred::NotStarted = result? {
            // SAFETY: `raw` is valid; no handler has it any more.
            unsafe { (*raw).error |= FAIL_NO_START };
            return Err(EAGAIN);
        }
        Ok(false)
    }

    extern "C" fn handle_err_callback(
        ctlr: *mut bindings::spi_controller,
        msg: *mut bindings::spi_message,
    ) {
        // The core has given the transfer up, or has seen that it failed, but not how. The handler
        // may have borrowed what the message has prepared, so this comes first.
        //
        // SAFETY: This is a callback for the controller. Its transfers were handed over to
        // something in the data.
        let failed = unsafe { Self::context(ctlr).handed.take_back(ctlr) };

        // SAFETY: `msg` is valid.
        let status = unsafe { &mut (*msg).status };
        if let Some(error) = failed {
            *status = error.to_errno();
        }

        // SAFETY: The core calls with the message in flight on `ctlr`.
        let Ok(parts) = (unsafe { Self::parts(ctlr, msg) }) else {
            return;
        };

        if T::HAS_HANDLE_ERR {
            let error = Error::from_errno(*status);

            // SAFETY: `msg` is in flight on this controller during the callback.
            let mut message = unsafe { CurrentMessage::from_raw(msg) };

            T::handle_err(&parts.context.data, parts.state, &mut message, error);
        }
    }
}
