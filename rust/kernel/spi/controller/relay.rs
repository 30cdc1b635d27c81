// SPDX-License-Identifier: GPL-2.0

//! Passing messages on to another controller.

use super::{
    settings,
    CurrentMessage,
    OptimizingMessage,
    Proxy, //
};
use crate::{
    bindings,
    container_of,
    prelude::*,
    spi::optimized::Optimization,
    types::Opaque, //
};

use core::{
    marker::{
        PhantomData,
        PhantomPinned, //
    },
    mem::ManuallyDrop,
    ptr, //
};

/// A message to a [`Proxy`] with the transfers of somebody else's message.
///
/// It is what a controller that passes messages on, such as a multiplexer, prepares a message to.
/// It is a message of its own, prepared by the other controller; the original is never handed to
/// that. The original lends its transfers: there is nothing to copy, and what is reported of a
/// transfer is where its owner looks for it.
///
/// From the first send until the message is unoptimized the list of the original is empty. The SPI
/// core then does nothing with the transfers on behalf of the controller that passes them on, such
/// as taking time stamps, which the other controller does.
///
/// The lifetime of the original, `'p`, can't be shortened or extended; so a relay can't be sent in
/// place of one that was made of another message.
///
/// A relay is dropped with what was prepared, when the original is unoptimized. One that is dropped
/// before that leaks what the other controller has prepared, as the original may be in use.
///
/// # Invariants
///
/// - `original` is valid and not unoptimized as long as `'p`, and this is the only relay of it.
/// - `optimization` is of `msg`, and was made while `msg` had the transfers of `original`.
/// - `msg` has these transfers if `lent` is set, else `original` has them; the other one has none.
#[pin_data(PinnedDrop)]
pub struct Relay<'p> {
    optimization: ManuallyDrop<Optimization<'p>>,
    proxy: &'p Proxy<'p>,
    original: *mut bindings::spi_message,
    keeps_chip_select: bool,
    lent: bool,
    /// Whether nothing needs to be done before the next send: the transfers are lent, and there is
    /// nothing in them that would disturb it.
    ready: bool,
    #[pin]
    msg: Opaque<bindings::spi_message>,
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
    /// - `EINVAL` if the original's controller is one for which the core uses the transfers of a
    ///   message in flight, to send, to map or to complete them: one that implements `transfer_one`
    ///   or `can_dma`, or that needs data in both directions.
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
            let original = original.as_raw();

            // SAFETY: By its type invariant the original is valid, and has a device.
            if unsafe { uses_transfers((*(*original).spi).controller) } {
                return Err(EINVAL);
            }
            if !proxy.is_set_up() {
                return Err(ENXIO);
            }
            // SAFETY: By its type invariant the original is valid.
            if unsafe { !(*original).offload.is_null() } {
                return Err(EOPNOTSUPP);
            }

            // INVARIANT: `OptimizingMessage` guarantees it for `original`, and is used up.
            Ok(try_pin_init!(&this in Self {
                // SAFETY: `ffi_init()` gives a pointer that is valid for writes.
                msg <- Opaque::ffi_init(|msg| unsafe { bindings::spi_message_init(msg) }),
                // SAFETY: The original is valid, and does not change during the callback.
                keeps_chip_select: unsafe { ends_with_cs_change(original) },
                optimization: {
                    // SAFETY: `msg` is initialized by now, and pinned.
                    let msg = unsafe { Opaque::cast_into(&raw const (*this.as_ptr()).msg) };

                    // SAFETY: Both are valid and not in use; `msg` has no transfers.
                    unsafe { move_transfers(original, msg) };

                    // SAFETY: `msg` belongs to the pinned `Self` until the optimization is dropped,
                    // and is new. The transfers and buffers belong to the original, and are there
                    // whenever the relay is sent, and when the optimization is dropped.
                    let optimization = unsafe { Optimization::new(proxy.as_device(), msg) };

                    // Whoever fails to send a message may send it again without having unoptimized
                    // it, so it must have its transfers.
                    //
                    // SAFETY: As above; now it is the original that has none.
                    unsafe { move_transfers(msg, original) };

                    ManuallyDrop::new(optimization?)
                },
                proxy,
                original,
                lent: false,
                ready: false,
                _original: PhantomData,
                _pin: PhantomPinned,
            }? Error))
        })
    }

    /// Has the other controller use the settings of the proxy.
    ///
    /// `current` is the original, whose list of transfers is empty from now on. This makes the chip
    /// select inactive, if another proxy's message has left it active; so it comes before anything
    /// that must not happen under that. This may sleep.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if `current` is not the message that the relay was made of.
    /// - What `spi_setup()` returns.
    #[inline]
    pub fn activate(
        mut self: Pin<&mut Self>,
        current: &mut CurrentMessage<'_>,
    ) -> Result<Active<'_, 'p>> {
        // Nobody goes through the transfers of this one now, as it is borrowed exclusively.
        if current.as_raw() != self.original {
            return Err(EINVAL);
        }
        if !self.ready {
            self.as_mut().make_ready();
        }
        let again = self.proxy.activate()?;

        Ok(Active { relay: self, again })
    }

    /// Gets hold of the transfers, and takes the results of the last send out of them.
    #[inline]
    fn make_ready(mut self: Pin<&mut Self>) {
        if self.lent {
            self.reset();
        } else {
            // The owner has seen to the results of earlier sends, or wants them as they are.
            self.as_mut().borrow_transfers();
        }
    }

    #[cold]
    fn reset(self: Pin<&mut Self>) {
        let this = self.project();

        // A time stamp is taken for each send.
        *this.ready = !this.optimization.reset();
    }

    /// Has the transfers in this message. The original must not be used meanwhile.
    #[inline]
    fn borrow_transfers(self: Pin<&mut Self>) {
        let this = self.project();

        // SAFETY: By the type invariant both are valid, and `msg` has none.
        unsafe { move_transfers(*this.original, this.msg.get()) };

        // INVARIANT: Just moved.
        *this.lent = true;
    }

    /// Takes note of a send that has left the chip select active, or has failed with `ret`.
    ///
    /// Returns how many bytes were transferred as well.
    #[cold]
    fn end(self: Pin<&mut Self>, ret: c_int) -> (usize, Result<bool>) {
        let this = self.project();

        // SAFETY: The relay is not in flight any more.
        let length = unsafe { actual_length(this.msg.get()) };

        if ret == 0 {
            this.proxy.leave_active();
            return (length, Ok(true));
        }
        *this.ready = false;

        // The core leaves status and length as they are when it refuses a message.
        //
        // SAFETY: `msg` is valid and not in flight.
        let status = unsafe { ptr::replace(&raw mut (*this.msg.get()).status, 0) };
        let length = if status == 0 { 0 } else { length };

        (length, Err(Error::from_errno(ret)))
    }
}

#[pinned_drop]
impl PinnedDrop for Relay<'_> {
    fn drop(mut self: Pin<&mut Self>) {
        // The other controller has prepared the transfers, and must see them to let go. Parts of
        // them may go as well.
        //
        // SAFETY: By the type invariant the original is valid. What was prepared for it is taken
        // out before it is dropped.
        let is_in_use = unsafe { !(*self.original).opt_state.is_null() };

        if !is_in_use {
            if !self.lent {
                self.as_mut().borrow_transfers();
            }
            // SAFETY: Not used again.
            unsafe { ManuallyDrop::drop(self.as_mut().project().optimization) };
        }

        let this = self.project();
        // SAFETY: By the type invariant both are valid, and one has no transfers.
        unsafe { move_transfers(this.msg.get(), *this.original) };
    }
}

/// Returns whether the core uses the transfers of a message that is in flight on a controller.
///
/// # Safety
///
/// `ctlr` must be valid and registered.
unsafe fn uses_transfers(ctlr: *const bindings::spi_controller) -> bool {
    // SAFETY: By the safety requirement; the operations do not change.
    let has_operations = unsafe { (*ctlr).transfer_one.is_some() || (*ctlr).can_dma.is_some() };

    // SAFETY: As above. Suspend changes another flag, hence the volatile read.
    let flags = unsafe { (&raw const (*ctlr).flags).read_volatile() };

    has_operations || settings::makes_up_buffers(flags)
}

/// A [`Relay`] that can be sent now, as the other controller uses the settings of its proxy.
pub struct Active<'r, 'p> {
    relay: Pin<&'r mut Relay<'p>>,
    again: bool,
}

impl Active<'_, '_> {
    /// Returns whether the last message was one to the same proxy, and has made the chip select
    /// inactive in the end.
    #[inline]
    pub fn is_again(&self) -> bool {
        self.again
    }

    /// Sends the message that is in flight, by way of the relay that was made of it.
    ///
    /// What is reported of the transfers, and the actual length, are those of the original
    /// afterwards. This sleeps.
    ///
    /// Returns whether the message has left the chip select active, for the next one to go on. It
    /// does not do so if it fails.
    ///
    /// Errors are those of [`Optimized::sync`](crate::spi::Optimized::sync).
    ///
    /// C function: `spi_sync()`.
    #[inline]
    pub fn sync(mut self, current: &mut CurrentMessage<'_>) -> Result<bool> {
        let relay = self.relay.as_mut().project();

        // SAFETY: The sender is on the controller of the proxy, and bound.
        let ret = unsafe { relay.optimization.send(relay.proxy.sender()) };
        if ret == 0 && !*relay.keeps_chip_select {
            // SAFETY: The relay is not in flight any more.
            current.set_actual_length(unsafe { actual_length(relay.msg.get()) });
            return Ok(false);
        }

        let (length, result) = self.relay.end(ret);
        current.set_actual_length(length);
        result
    }
}

// SAFETY: A message has no ties to a thread. Its C parts are only used with exclusive access to the
// relay.
unsafe impl Send for Relay<'_> {}

/// Returns how many bytes were transferred.
///
/// # Safety
///
/// `msg` must be valid and not in flight.
#[inline]
unsafe fn actual_length(msg: *mut bindings::spi_message) -> usize {
    // SAFETY: By the safety requirement.
    let length = unsafe { (*msg).actual_length };

    // CAST: `usize` has 32 bits at least.
    length as usize
}

/// Moves all transfers of a message to another one.
///
/// # Safety
///
/// Both must be valid and not in use, and `to` must have no transfers.
#[inline]
unsafe fn move_transfers(from: *mut bindings::spi_message, to: *mut bindings::spi_message) {
    // SAFETY: By the safety requirements.
    let from = unsafe { &raw mut (*from).transfers };
    // SAFETY: As above.
    let to = unsafe { &raw mut (*to).transfers };

    // SAFETY: As above; it is the head of a list.
    let (first, last) = unsafe { ((*from).next, (*from).prev) };
    if first == from {
        return;
    }

    // SAFETY: As above; these are both heads, and the first and the last element.
    unsafe {
        (*to).next = first;
        (*first).prev = to;
        (*to).prev = last;
        (*last).next = to;
        (*from).next = from;
        (*from).prev = from;
    }
}

/// Returns whether the last transfer has `cs_change` set.
///
/// # Safety
///
/// `msg` must be valid and have transfers, which must not change.
#[inline]
unsafe fn ends_with_cs_change(msg: *mut bindings::spi_message) -> bool {
    // SAFETY: By the safety requirements.
    let last = unsafe { (*msg).transfers.prev };

    // SAFETY: As above, it is an element of the list.
    let last = unsafe { container_of!(last, bindings::spi_transfer, transfer_list) };

    // SAFETY: As above.
    unsafe { (*last).cs_change() != 0 }
}
