// SPDX-License-Identifier: GPL-2.0

//! Offloads, provider side.

use super::Slot;
use crate::{
    bindings,
    device::{
        self,
        Bound, //
    },
    error::from_result,
    prelude::*,
    spi::{
        controller::{
            CurrentTransfer,
            OptimizingMessage,
            TransferRef, //
        },
        offload::{
            Capabilities,
            Capability, //
        }, //
    },
    sync::aref::ARef,
    time::Delta, //
};

use core::{
    marker::PhantomData,
    ops::Deref, //
};

/// What becomes of other messages on the bus while the trigger of an offload is enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// They are sent; the hardware keeps them apart.
    Shared,
    /// They fail with `EBUSY`.
    Refused,
    /// They wait until the trigger is disabled, and fail with `EBUSY` if that takes longer than
    /// this. Those of the device that has the offload fail at once, as it would wait for itself.
    Waits(Delta),
}

/// What the driver of a controller implements for each of its offloads.
///
/// The operations are called one at a time for an offload, from any thread, and may sleep.
#[vtable]
pub trait OffloadOperations: Send + Sync {
    /// Lets the trigger start the message that is recorded.
    ///
    /// No message is in flight on the controller, and a message is recorded.
    ///
    /// C operation: `trigger_enable` of `struct spi_offload_ops`.
    fn trigger_enable(&self) -> Result;

    /// Stops the message, and does not let the trigger start it again.
    ///
    /// Called once after each success of [`trigger_enable`](Self::trigger_enable): when the
    /// consumer asks for it, unprepares the message, or puts the offload, or when the controller is
    /// unregistered. Has to end in any case; with [`Traffic::Shared`] a message may be in flight.
    ///
    /// C operation: `trigger_disable` of `struct spi_offload_ops`.
    fn trigger_disable(&self);

    /// Names the DMA channel of the controller's device that what is sent comes from.
    ///
    /// It is only used if the offload has [`Capability::TxStreamDma`].
    ///
    /// C operation: `tx_stream_request_dma_chan` of `struct spi_offload_ops`.
    fn tx_stream(&self) -> &CStr {
        build_error!(crate::error::VTABLE_DEFAULT_ERROR)
    }

    /// Names the DMA channel of the controller's device that what is received goes to.
    ///
    /// It is only used if the offload has [`Capability::RxStreamDma`].
    ///
    /// C operation: `rx_stream_request_dma_chan` of `struct spi_offload_ops`.
    fn rx_stream(&self) -> &CStr {
        build_error!(crate::error::VTABLE_DEFAULT_ERROR)
    }
}

/// An offload that a controller provides, and the data of its driver.
///
/// It belongs into the data of the [registration](crate::spi::controller::Registration), and is
/// handed out by [`Operations::offload`]. One consumer at a time has it, and one message at a time
/// is recorded in it. It is at rest before the data are dropped.
///
/// [`Operations::offload`]: crate::spi::controller::Operations::offload
#[pin_data]
pub struct Provided<O: OffloadOperations> {
    #[pin]
    shared: Slot,
    operations: O,
    // The slot has a pointer to it.
    dev: ARef<device::Device>,
}

impl<O: OffloadOperations> Provided<O> {
    /// Makes an offload with these capabilities. `dev` is the device of the controller, for which
    /// firmware names the trigger and the DMA channels.
    ///
    /// # Errors
    ///
    /// - `ENOMEM` if there is no memory.
    pub fn new(
        dev: &device::Device<Bound>,
        capabilities: Capabilities,
        traffic: Traffic,
        operations: O,
    ) -> Result<Pin<KBox<Self>>> {
        let this = KBox::pin_init(
            pin_init!(Self {
                shared <- Slot::new(capabilities, traffic, Adapter::<O>::stop),
                operations,
                dev: dev.into(),
            }),
            GFP_KERNEL,
        )?;

        let raw = this.shared.as_raw();
        // SAFETY: The offload is new, and pinned, and nobody else knows it.
        unsafe {
            (*raw).provider_dev = this.dev.as_raw();
            (*raw).priv_ = core::ptr::from_ref(Pin::get_ref(this.as_ref()))
                .cast_mut()
                .cast();
            (*raw).ops = &Adapter::<O>::TABLE;
            (*raw).xfer_flags = this.shared.transfer_flags();
        }
        Ok(this)
    }

    /// Returns what [`Operations::offload`](crate::spi::controller::Operations::offload) hands out.
    #[inline]
    pub fn slot(self: Pin<&Self>) -> Pin<&Slot> {
        // SAFETY: The field is pinned with `self`.
        unsafe { self.map_unchecked(|this| &this.shared) }
    }

    /// Takes `message` for recording, if it is one for this offload.
    ///
    /// For [`Operations::optimize_message`]; what it returns belongs into what is prepared.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if nobody has the offload.
    /// - `EBUSY` if a message is recorded already.
    ///
    /// [`Operations::optimize_message`]: crate::spi::controller::Operations::optimize_message
    pub fn record<'p>(
        self: Pin<&'p Self>,
        message: &OptimizingMessage<'p>,
    ) -> Result<Option<Recorded<'p, O>>> {
        // SAFETY: The message is valid during the callback.
        if !self.shared.is(unsafe { (*message.as_raw()).offload }) {
            return Ok(None);
        }

        self.shared.record()?;
        // INVARIANT: It succeeded.
        Ok(Some(Recorded { provided: self }))
    }
}

impl<O: OffloadOperations> Deref for Provided<O> {
    type Target = O;

    #[inline]
    fn deref(&self) -> &O {
        &self.operations
    }
}

/// The right to have a message recorded in an offload.
///
/// As long as it exists no other message is recorded. When it is dropped the trigger is disabled.
///
/// # Invariants
///
/// `Slot::record()` succeeded for this.
#[must_use = "the message is not recorded if this is not kept"]
pub struct Recorded<'p, O: OffloadOperations> {
    provided: Pin<&'p Provided<O>>,
}

impl<O: OffloadOperations> Recorded<'_, O> {
    /// Copies the data that a transfer of the message sends, from `offset` on, to `dst`; zeroes if
    /// there are none.
    ///
    /// Both are in bytes. Words of more than 8 bits are in native byte order. What the offload
    /// sends each time is what it was when the message was recorded.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if this goes beyond the end of the transfer, or the transfer is one of a message
    ///   that is not for this offload.
    pub fn read_tx(&self, transfer: &TransferRef<'_>, offset: usize, dst: &mut [u8]) -> Result {
        let msg = transfer.message();

        // SAFETY: The message of the transfer is valid.
        if !self.provided.shared.is(unsafe { (*msg).offload }) {
            return Err(EINVAL);
        }

        // SAFETY: Messages for an offload are not sent, so this is a transfer of one that is being
        // optimized. Its owner does not access it meanwhile; no reference to it is kept.
        let transfer = unsafe { CurrentTransfer::from_raw(msg, transfer.as_raw()) };

        transfer.read_tx(offset, dst)
    }
}

impl<O: OffloadOperations> Deref for Recorded<'_, O> {
    type Target = O;

    #[inline]
    fn deref(&self) -> &O {
        &self.provided.get_ref().operations
    }
}

impl<O: OffloadOperations> Drop for Recorded<'_, O> {
    fn drop(&mut self) {
        self.provided.slot().forget();
    }
}

/// The functions that the offload core calls.
struct Adapter<O: OffloadOperations>(PhantomData<O>);

impl<O: OffloadOperations> Adapter<O> {
    const TABLE: bindings::spi_offload_ops = bindings::spi_offload_ops {
        trigger_enable: Some(Self::trigger_enable_callback),
        trigger_disable: Some(Self::trigger_disable_callback),
        tx_stream_request_dma_chan: if O::HAS_TX_STREAM {
            Some(Self::tx_stream_callback)
        } else {
            None
        },
        rx_stream_request_dma_chan: if O::HAS_RX_STREAM {
            Some(Self::rx_stream_callback)
        } else {
            None
        },
    };

    /// Borrows what the offload belongs to.
    ///
    /// # Safety
    ///
    /// `raw` must be the offload of a `Provided<O>`, which must be there as long as `'x`.
    #[inline]
    unsafe fn provided<'x>(raw: *mut bindings::spi_offload) -> &'x Provided<O> {
        // SAFETY: By the safety requirement; `Provided::new()` has set it.
        unsafe { &*(*raw).priv_.cast::<Provided<O>>() }
    }

    /// Disables the trigger.
    ///
    /// # Safety
    ///
    /// `slot` must be that of a `Provided<O>`.
    unsafe fn stop(slot: Pin<&Slot>) {
        // SAFETY: By the safety requirement.
        unsafe { Self::provided(slot.as_raw()) }
            .operations
            .trigger_disable();
    }

    extern "C" fn trigger_enable_callback(raw: *mut bindings::spi_offload) -> c_int {
        // SAFETY: The offload core calls with an offload that a consumer has.
        let provided = unsafe { Self::provided(raw) };

        from_result(|| {
            provided
                .shared
                .arm(|| provided.operations.trigger_enable())?;
            Ok(0)
        })
    }

    extern "C" fn trigger_disable_callback(raw: *mut bindings::spi_offload) {
        // SAFETY: The offload core calls with an offload that a consumer has.
        unsafe { Slot::from_raw(raw) }.disarm();
    }

    extern "C" fn tx_stream_callback(raw: *mut bindings::spi_offload) -> *mut bindings::dma_chan {
        // SAFETY: The offload core calls with an offload that a consumer has.
        let provided = unsafe { Self::provided(raw) };

        provided
            .shared
            .request_channel(Capability::TxStreamDma, provided.operations.tx_stream())
    }

    extern "C" fn rx_stream_callback(raw: *mut bindings::spi_offload) -> *mut bindings::dma_chan {
        // SAFETY: The offload core calls with an offload that a consumer has.
        let provided = unsafe { Self::provided(raw) };

        provided
            .shared
            .request_channel(Capability::RxStreamDma, provided.operations.rx_stream())
    }
}
