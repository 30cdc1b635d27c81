// SPDX-License-Identifier: GPL-2.0

//! Passing messages on to another controller.

use super::{
    CurrentMessage,
    OptimizingMessage,
    Proxy, //
};
use crate::{
    bindings,
    prelude::*,
    spi::{
        optimized::Optimization,
        raw_transfers::RawTransfers, //
    },
    types::Opaque, //
};

use core::{
    marker::{
        PhantomData,
        PhantomPinned, //
    },
    ptr, //
};

/// A message to a [`Proxy`] with the transfers of somebody else's message.
///
/// It is what a controller that passes messages on, such as a multiplexer, prepares a message to.
/// It is a message of its own, prepared by the other controller; the original is never handed to
/// that. The two have the buffers in common: sending the relay moves the original's data.
///
/// The lifetime of the original, `'p`, can't be shortened or extended; so a relay can't be sent in
/// place of one that was made of another message.
///
/// # Invariants
///
/// - `transfers` has one element for each transfer of the original, in their order, and is never
///   reallocated.
/// - `optimization` is of `msg`, whose transfers are `transfers`.
#[pin_data]
pub struct Relay<'p> {
    // Fields are dropped in this order: the other controller lets go before the memory goes.
    optimization: Optimization<'p>,
    proxy: &'p Proxy<'p>,
    keeps_chip_select: bool,
    #[pin]
    msg: Opaque<bindings::spi_message>,
    transfers: KVec<Opaque<bindings::spi_transfer>>,
    _original: PhantomData<fn(&'p ()) -> &'p ()>,
    #[pin]
    _pin: PhantomPinned,
}

impl<'p> Relay<'p> {
    /// Makes a relay of `original` to `proxy`, and has the controller of `proxy` prepare it.
    ///
    /// This sleeps only if that controller, or splitting for it, does.
    ///
    /// # Errors
    ///
    /// - `ENXIO` if the proxy was never set up.
    /// - `EOPNOTSUPP` if the message is one for an offload of this controller.
    /// - `ENOMEM` if there is no memory.
    /// - `EINVAL` if the other controller can't do what a transfer asks for.
    /// - What else the other controller's driver returns.
    pub fn new(
        original: OptimizingMessage<'p>,
        proxy: &'p Proxy<'p>,
    ) -> impl PinInit<Self, Error> + 'p {
        pin_init::pin_init_scope(move || {
            if !proxy.is_set_up() {
                return Err(ENXIO);
            }
            // SAFETY: By its type invariant the original is valid.
            if unsafe { !(*original.as_raw()).offload.is_null() } {
                return Err(EOPNOTSUPP);
            }
            let transfers = copy_transfers(&original)?;
            let keeps_chip_select = ends_with_cs_change(&transfers);

            Ok(try_pin_init!(&this in Self {
                msg <- Opaque::ffi_init(|msg| link(msg, &transfers)),
                transfers,
                optimization: {
                    // SAFETY: `msg` is initialized by now, and pinned.
                    let msg = unsafe { Opaque::cast_into(&raw const (*this.as_ptr()).msg) };

                    // SAFETY: `msg` and `transfers` belong to the pinned `Self` until the
                    // optimization is dropped; both are new. The buffers belong to the original,
                    // and are there whenever the relay is sent.
                    unsafe { Optimization::new(proxy.as_device(), msg) }?
                },
                proxy,
                keeps_chip_select,
                _original: PhantomData,
                _pin: PhantomPinned,
            }? Error))
        })
    }

    /// Returns whether the message leaves the chip select active, for the next one to go on.
    ///
    /// It does so unless it fails.
    #[inline]
    pub fn keeps_chip_select(&self) -> bool {
        self.keeps_chip_select
    }

    /// Has the other controller use the settings of the proxy, see [`Proxy::activate`].
    ///
    /// This makes the chip select inactive, if another proxy's message has left it active; so it
    /// comes before anything that must not happen under that. This may sleep.
    #[inline]
    pub fn activate(self: Pin<&mut Self>) -> Result<Active<'_, 'p>> {
        self.proxy.activate()?;
        Ok(Active { relay: self })
    }
}

/// A [`Relay`] that can be sent now, as the other controller uses the settings of its proxy.
pub struct Active<'r, 'p> {
    relay: Pin<&'r mut Relay<'p>>,
}

impl Active<'_, '_> {
    /// Sends the message that is in flight, by way of the relay that was made of it.
    ///
    /// The results of the transfers, as far as the other controller reports them, and the actual
    /// length are those of the original afterwards. This sleeps.
    ///
    /// Errors are those of [`Optimized::sync`](crate::spi::Optimized::sync).
    ///
    /// C function: `spi_sync()`.
    #[inline]
    pub fn sync(self, current: &mut CurrentMessage<'_>) -> Result {
        let relay = self.relay.project();

        let result = relay.optimization.sync();
        current.set_actual_length(relay.optimization.actual_length());
        copy_results(relay.transfers, current);

        result
    }
}

// SAFETY: A message has no ties to a thread. Its C parts are only used with exclusive access to the
// relay.
unsafe impl Send for Relay<'_> {}

/// Copies the transfers of a message, as they are to be described to another controller.
fn copy_transfers(
    original: &OptimizingMessage<'_>,
) -> Result<KVec<Opaque<bindings::spi_transfer>>> {
    // SAFETY: By its type invariant the original is valid, and does not change.
    let count = unsafe { RawTransfers::new(original.as_raw()) }.count();
    // GFP_ATOMIC: See `Operations::optimize_message()`.
    let mut transfers = KVec::with_capacity(count, GFP_ATOMIC)?;

    // SAFETY: As above.
    for from in unsafe { RawTransfers::new(original.as_raw()) } {
        transfers.push(Opaque::uninit(), GFP_ATOMIC)?;
        if let Some(to) = transfers.last() {
            // SAFETY: `from` is valid, and nobody else knows `to`.
            unsafe { copy_transfer(from, to.get()) };
        }
    }

    Ok(transfers)
}

/// Copies all that the owner of a transfer has set, known here or not.
///
/// What the core keeps there while it works on the transfer, and what it reports, starts anew.
///
/// # Safety
///
/// `from` must be valid, and `to` valid for writes.
unsafe fn copy_transfer(from: *const bindings::spi_transfer, to: *mut bindings::spi_transfer) {
    // SAFETY: By the safety requirements.
    unsafe { ptr::copy_nonoverlapping(from, to, 1) };

    // SAFETY: By the safety requirements, and just initialized.
    unsafe {
        (*to).error = 0;
        (*to).effective_speed_hz = 0;
        (*to).tx_sg_mapped = false;
        (*to).rx_sg_mapped = false;
        (*to).tx_sg = pin_init::zeroed();
        (*to).rx_sg = pin_init::zeroed();
        (*to).set_timestamped(0);
    }
}

/// Returns whether the last transfer has `cs_change` set.
fn ends_with_cs_change(transfers: &[Opaque<bindings::spi_transfer>]) -> bool {
    transfers
        .last()
        // SAFETY: It was just initialized, and nobody else knows it.
        .is_some_and(|last| unsafe { (*last.get()).cs_change() != 0 })
}

/// Initializes `msg` with `transfers` as its list.
fn link(msg: *mut bindings::spi_message, transfers: &[Opaque<bindings::spi_transfer>]) {
    // SAFETY: `ffi_init()` gives a pointer that is valid for writes.
    unsafe { bindings::spi_message_init(msg) };

    for transfer in transfers {
        // SAFETY: Both are initialized, and stay where they are.
        unsafe { bindings::spi_message_add_tail(transfer.get(), msg) };
    }
}

/// Copies what the other controller has reported of `transfers` to the message in flight.
fn copy_results(transfers: &[Opaque<bindings::spi_transfer>], current: &mut CurrentMessage<'_>) {
    // SAFETY: By its type invariant the message is valid, and its list does not change.
    let originals = unsafe { RawTransfers::new(current.as_raw()) };

    for (to, from) in originals.zip(transfers) {
        let from = from.get();

        // SAFETY: Both are valid. `to` is in flight here, `from` is not in flight any more.
        unsafe {
            (*to).error = (*from).error;
            (*to).effective_speed_hz = (*from).effective_speed_hz;
        }
    }
}
