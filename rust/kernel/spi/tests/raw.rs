// SPDX-License-Identifier: GPL-2.0

//! Messages of the C side, for what only C drivers can do.

use crate::{
    bindings,
    error::to_result,
    prelude::*,
    spi::{
        raw_transfers::RawTransfers,
        Device, //
    },
    sync::aref::ARef,
    types::Opaque, //
};

use core::marker::PhantomPinned;

/// A message with one transfer, which is sent asynchronously.
#[pin_data(PinnedDrop)]
pub(super) struct RawMessage {
    #[pin]
    msg: Opaque<bindings::spi_message>,
    #[pin]
    transfer: Opaque<bindings::spi_transfer>,
    #[pin]
    done: Opaque<bindings::completion>,
    /// Whether it is in the hands of the core.
    pending: bool,
    buffer: KVec<u8>,
    dev: ARef<Device>,
    #[pin]
    _pin: PhantomPinned,
}

impl RawMessage {
    pub(super) fn new(dev: ARef<Device>, len: usize) -> Result<Pin<KBox<Self>>> {
        let mut this = KBox::try_pin_init(
            try_pin_init!(Self {
                msg <- Opaque::ffi_init(|msg| {
                    // SAFETY: `ffi_init()` gives a pointer that is valid for writes.
                    unsafe { bindings::spi_message_init(msg) };
                }),
                transfer <- Opaque::ffi_init(|transfer: *mut bindings::spi_transfer| {
                    // SAFETY: As above.
                    unsafe { transfer.write(pin_init::zeroed()) };
                }),
                done <- Opaque::ffi_init(|done| {
                    // SAFETY: As above.
                    unsafe { bindings::init_completion(done) };
                }),
                pending: false,
                buffer: KVec::zeroed(len, GFP_KERNEL)?,
                dev,
                _pin: PhantomPinned,
            }? Error),
            GFP_KERNEL,
        )?;

        let fields = this.as_mut().project();
        let (msg, transfer) = (fields.msg.get(), fields.transfer.get());
        let buffer = fields.buffer.as_mut_ptr();
        // SAFETY: All of them belong to the pinned `Self`, and nobody uses them yet.
        unsafe {
            (*transfer).tx_buf = buffer.cast();
            (*transfer).rx_buf = buffer.cast();
            (*transfer).len = u32::try_from(len)?;
            bindings::spi_message_add_tail(transfer, msg);
            (*msg).complete = Some(Self::complete);
            (*msg).context = fields.done.get().cast();
        }
        Ok(this)
    }

    /// # Safety
    ///
    /// `done` must point to a valid completion.
    unsafe extern "C" fn complete(done: *mut c_void) {
        // SAFETY: By the safety requirement.
        unsafe { bindings::complete_all(done.cast()) };
    }

    /// Has the transfer use several lanes.
    pub(super) fn stripe(self: Pin<&mut Self>) {
        let mode = bindings::SPI_MULTI_LANE_MODE_STRIPE;

        // SAFETY: The transfer is not in flight.
        unsafe { (*self.transfer.get()).set_multi_lane_mode(mode) };
    }

    /// Returns the message, with its device, as a controller sees it.
    pub(super) fn as_raw(&self) -> *mut bindings::spi_message {
        let msg = self.msg.get();

        // SAFETY: The message is not in flight.
        unsafe { (*msg).spi = self.dev.as_raw() };
        msg
    }

    /// Says that the message is prepared as something that is there, or not.
    pub(super) fn set_prepared(&self, prepared: bool) {
        let state = if prepared {
            core::ptr::NonNull::dangling().as_ptr()
        } else {
            core::ptr::null_mut()
        };

        // SAFETY: The message is not in flight.
        unsafe { (*self.msg.get()).opt_state = state };
    }

    /// Returns whether the list of transfers is what it was.
    pub(super) fn is_whole(&self) -> bool {
        // SAFETY: The message is not in flight, so its list does not change.
        let mut transfers = unsafe { RawTransfers::new(self.msg.get()) };

        transfers.next() == Some(self.transfer.get()) && transfers.next().is_none()
    }

    /// Queues the message.
    pub(super) fn submit(self: Pin<&mut Self>) -> Result {
        let fields = self.project();

        // SAFETY: Both are valid, and the message stays where it is until it is complete.
        to_result(unsafe { bindings::spi_async(fields.dev.as_raw(), fields.msg.get()) })?;
        *fields.pending = true;
        Ok(())
    }

    /// Sends the message in this thread.
    pub(super) fn sync(self: Pin<&mut Self>) -> Result {
        // SAFETY: As in `submit()`.
        to_result(unsafe { bindings::spi_sync(self.dev.as_raw(), self.msg.get()) })
    }

    /// Waits for the end.
    pub(super) fn wait(self: Pin<&mut Self>) -> Result {
        let fields = self.project();
        if core::mem::replace(fields.pending, false) {
            // SAFETY: It is initialized, and `complete()` signals it.
            unsafe { bindings::wait_for_completion(fields.done.get()) };
        }

        // SAFETY: The message is not in flight any more.
        to_result(unsafe { (*fields.msg.get()).status })
    }

    /// Returns whether the message was sent, without waiting.
    pub(super) fn is_complete(&self) -> bool {
        // SAFETY: It is initialized.
        unsafe { bindings::completion_done(self.done.get()) }
    }
}

#[pinned_drop]
impl PinnedDrop for RawMessage {
    fn drop(self: Pin<&mut Self>) {
        // An error was the test's to look at.
        let _ = self.wait();
    }
}

// SAFETY: A message has no ties to a thread.
unsafe impl Send for RawMessage {}
