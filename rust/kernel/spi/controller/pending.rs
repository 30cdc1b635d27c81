// SPDX-License-Identifier: GPL-2.0

//! Transfers that end later, when an interrupt says so.

use super::{
    lifetime,
    CurrentTransfer,
    TransferRef, //
};
use crate::{
    bindings,
    prelude::*,
    spi::lock_class::lock_class,
    sync::SpinLockIrq,
    types::ForLt, //
};

use core::{
    cell::Cell,
    marker::PhantomData,
    ops::{
        Deref,
        DerefMut, //
    },
    ptr, //
};

/// How [`Operations::transfer_one`](super::Operations::transfer_one) leaves a transfer.
///
/// The lifetime is that of the transfer, so what belongs to one can't be returned for another.
#[must_use]
pub enum Transferred<'t> {
    /// All is done, see [`Starting::finish`].
    Finished(Finished<'t>),
    /// The hardware is at it, and an interrupt handler will [finish](Pending::handle) it.
    Started(Started<'t>),
    /// DMA could not be started, and nothing was sent. The core takes the mapping back and asks for
    /// the same transfer again, to be done without DMA; a transfer that was not mapped fails with
    /// `EAGAIN`.
    ///
    /// C constant: `SPI_TRANS_FAIL_NO_START`.
    NotStarted,
}

/// The proof that a transfer is done, and was not handed over to an interrupt handler.
#[must_use]
pub struct Finished<'t>(PhantomData<Invariant<'t>>);

/// The proof that a transfer was handed over to an interrupt handler.
#[must_use]
pub struct Started<'t>(PhantomData<Invariant<'t>>);

/// Something with a lifetime that can't be taken for a longer or a shorter one.
type Invariant<'x> = fn(&'x ()) -> &'x ();

/// The transfer that a controller is to do now.
///
/// It is an ordinary [`CurrentTransfer`]; besides it can be left to an interrupt handler.
///
/// `'t` is the lifetime of the transfer, `'d` the longer one of the data of the controller.
pub struct Starting<'t, 'd: 't> {
    transfer: CurrentTransfer<'t>,
    _lifetimes: PhantomData<(Invariant<'t>, Invariant<'d>)>,
}

impl<'t, 'd> Starting<'t, 'd> {
    /// Says that the transfer is done.
    #[inline]
    pub fn finish(self) -> Transferred<'t> {
        Transferred::Finished(Finished(PhantomData))
    }

    /// Leaves the transfer to the interrupt handler that uses `pending`, with `work`.
    ///
    /// `pending` belongs to the data of the controller, or is borrowed by them: the next transfer,
    /// which may be one of another message to another device, looks there for this one.
    ///
    /// To be called before the hardware is started, as the interrupt may come at once. If
    /// [`transfer_one`](super::Operations::transfer_one) returns an error after this, the transfer
    /// is taken back, and an interrupt that comes nevertheless finds nothing to do.
    ///
    /// # Errors
    ///
    /// `EBUSY` if a transfer of another controller is pending there.
    pub fn later<P: ForLt>(self, pending: &'d Pending<P>, work: P::Of<'t>) -> Result<Started<'t>> {
        // SAFETY: The core calls with a valid message, whose device is on its controller.
        let ctlr = unsafe { (*(*self.transfer.message()).spi).controller };

        // SAFETY: `Handed` takes the transfer back before it ends, and so before `'t` does.
        unsafe { pending.put(ctlr, &self.transfer, work) }?;

        // SAFETY: The transfer is in flight on `ctlr`, so this is called from its callback.
        unsafe { Handed::of(ctlr) }.set(pending);

        Ok(Started(PhantomData))
    }
}

impl<'t, 'd> Starting<'t, 'd> {
    /// # Safety
    ///
    /// - The transfer must be the one that `transfer_one` is called for, and `'t` must end not
    ///   after it.
    /// - When the transfer fails, or is given up, and before anything else happens to it, the
    ///   [`Handed`] of its controller must be [taken back](Handed::take_back).
    /// - `'d` must not end before that is taken back for the last time.
    #[inline]
    pub(super) unsafe fn new(transfer: CurrentTransfer<'t>) -> Self {
        Self {
            transfer,
            _lifetimes: PhantomData,
        }
    }
}

impl<'t> Deref for Starting<'t, '_> {
    type Target = CurrentTransfer<'t>;

    #[inline]
    fn deref(&self) -> &CurrentTransfer<'t> {
        &self.transfer
    }
}

impl<'t> DerefMut for Starting<'t, '_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut CurrentTransfer<'t> {
        &mut self.transfer
    }
}

/// Where the transfer of one controller is to which it was handed over last.
///
/// Only the thread in which the core sends messages accesses it.
pub(super) struct Handed(Cell<Option<(*const (), TakeBack)>>);

/// Takes a transfer back; returns the error that it was finished with, if it was.
type TakeBack = unsafe fn(*const (), *mut bindings::spi_controller) -> Option<Error>;

impl Handed {
    #[inline]
    pub(super) fn new() -> Self {
        Self(Cell::new(None))
    }

    /// Returns that of a controller.
    ///
    /// # Safety
    ///
    /// Must be called from one of the callbacks of the controller, which has a
    /// [`Context`](super::context::Context) for its device data.
    unsafe fn of<'x>(ctlr: *mut bindings::spi_controller) -> &'x Self {
        // SAFETY: By the safety requirement the controller is valid.
        let context = unsafe { (*ctlr).dev.driver_data };

        // SAFETY: A context begins with it, and is there for longer than any callback.
        unsafe { &*context.cast::<Self>() }
    }

    #[inline]
    fn set<P: ForLt>(&self, pending: &Pending<P>) {
        self.0.set(Some((
            ptr::from_ref(pending).cast(),
            Pending::<P>::take_back,
        )));
    }

    /// Sees to it that no handler has a transfer of `ctlr` any more.
    ///
    /// Returns the error that it was finished with, if it was finished with one.
    ///
    /// # Safety
    ///
    /// What the transfer was handed over to must still be there.
    #[inline]
    pub(super) unsafe fn take_back(&self, ctlr: *mut bindings::spi_controller) -> Option<Error> {
        let (pending, take_back) = self.0.get()?;
        self.0.set(None);

        // SAFETY: `set()` has stored the two together; the rest is the safety requirement.
        unsafe { take_back(pending, ctlr) }
    }
}

/// What an interrupt handler makes of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The hardware is still at it.
    Pending,
    /// The transfer is finished. It is handed back to the core, which goes on.
    Done,
    /// The transfer has failed with this error. It is handed back to the core, and is the last of
    /// its message.
    Failed(Error),
}

/// The place where an interrupt handler finds the transfer that it is to work on.
///
/// The controller puts a transfer there with [`Starting::later`], together with what the handler
/// needs to know, of the type `P`. It is there until the handler says that it is finished, or until
/// the core gives it up, because it has taken too long or was aborted. An interrupt that comes
/// later than that, or without reason, finds nothing.
///
/// It belongs into what the controller and the interrupt handler share, such as an
/// [`Arc`](crate::sync::Arc).
///
/// # Examples
///
/// ```
/// use kernel::{
///     prelude::*,
///     spi::controller::{
///         Pending,
///         Progress, //
///     },
///     types::ForLt, //
/// };
///
/// #[pin_data]
/// struct Shared {
///     #[pin]
///     pending: Pending<ForLt!(Cursor)>,
/// }
///
/// struct Cursor {
///     received: usize,
/// }
///
/// /// Called by the interrupt handler, with a word from the receive register.
/// fn received(shared: &Shared, word: u8) -> bool {
///     shared
///         .pending
///         .handle(|transfer, cursor| {
///             if let Err(error) = transfer.write_rx(cursor.received, &[word]) {
///                 return Progress::Failed(error);
///             }
///             cursor.received += 1;
///             if cursor.received < transfer.len() {
///                 Progress::Pending
///             } else {
///                 Progress::Done
///             }
///         })
///         .is_some()
/// }
///
/// # let shared = KBox::pin_init(pin_init!(Shared { pending <- Pending::new() }), GFP_KERNEL)?;
/// // No transfer was started.
/// assert!(!received(&shared, 0x5a));
/// # Ok::<(), Error>(())
/// ```
#[pin_data]
pub struct Pending<P: ForLt> {
    #[pin]
    inner: SpinLockIrq<Slot<P>>,
}

/// # Invariants
///
/// The transfer of `active` is valid, and in the hands of this driver, as long as it is there; as
/// is its controller. What `work` has borrowed is borrowed as long, too.
struct Slot<P: ForLt> {
    active: Option<Active<P>>,
    /// The error that the last transfer of a controller was finished with.
    failed: Option<(*mut bindings::spi_controller, Error)>,
}

// Nothing in it is pinned.
impl<P: ForLt> Unpin for Slot<P> {}

struct Active<P: ForLt> {
    ctlr: *mut bindings::spi_controller,
    msg: *mut bindings::spi_message,
    raw: *mut bindings::spi_transfer,
    work: P::Of<'static>,
}

// SAFETY: A controller and a transfer have no ties to a thread; `work` says for itself.
unsafe impl<P: ForLt> Send for Slot<P> where for<'x> P::Of<'x>: Send {}

impl<P: ForLt> Pending<P> {
    /// Makes a place that is empty.
    pub fn new() -> impl PinInit<Self> {
        let (name, class) = lock_class!(c"spi::controller::Pending::inner");
        let empty = Slot {
            active: None,
            failed: None,
        };

        pin_init!(Self {
            inner <- SpinLockIrq::new(empty, name, class),
        })
    }

    /// Lets `handler` work on the transfer that is pending.
    ///
    /// What it returns is done. If the transfer is finished, what was handed over with it is
    /// dropped here. Returns `None`, and does nothing, if no transfer is pending.
    ///
    /// Interrupts are disabled meanwhile. To be called in any context, also in a hard interrupt;
    /// not by `handler`.
    ///
    /// C function: `spi_finalize_current_transfer()`.
    pub fn handle(
        &self,
        handler: impl FnOnce(&mut CurrentTransfer<'_>, &mut P::Of<'_>) -> Progress,
    ) -> Option<Progress> {
        let mut guard = self.inner.lock();
        let slot = &mut *guard;
        let active = slot.active.as_mut()?;

        // SAFETY: By the invariants of `Slot` it is valid, and nobody else has it.
        let mut transfer = unsafe { CurrentTransfer::from_raw(active.msg, active.raw) };

        // SAFETY: `handler` is generic over the lifetime.
        let work = unsafe { lifetime::shorten::<P>(&mut active.work) };
        let progress = handler(&mut transfer, work);
        match progress {
            Progress::Pending => {}
            Progress::Done => slot.finish(None),
            Progress::Failed(error) => slot.finish(Some(error)),
        }
        Some(progress)
    }

    /// Finishes the transfer that is pending, whatever the hardware has done of it.
    ///
    /// Returns whether there was one. To be called in any context.
    #[inline]
    pub fn finish(&self, result: Result) -> bool {
        self.handle(|_, _| match result {
            Ok(()) => Progress::Done,
            Err(error) => Progress::Failed(error),
        })
        .is_some()
    }

    /// # Safety
    ///
    /// `take_back()` must be called before the transfer ends, and before `'t` does.
    unsafe fn put<'t>(
        &self,
        ctlr: *mut bindings::spi_controller,
        transfer: &TransferRef<'t>,
        work: P::Of<'t>,
    ) -> Result {
        let mut slot = self.inner.lock();
        if slot.active.is_some() {
            return Err(EBUSY);
        }

        // INVARIANT: The transfer is valid now, and until `take_back()` is called.
        slot.active = Some(Active {
            ctlr,
            msg: transfer.message(),
            raw: transfer.as_raw(),
            // SAFETY: By the safety requirement it is dropped, or given back, before `'t` ends.
            work: unsafe { lifetime::extend::<P>(work) },
        });
        slot.failed = None;
        Ok(())
    }

    /// # Safety
    ///
    /// `this` must point to a valid `Pending<P>`.
    unsafe fn take_back(this: *const (), ctlr: *mut bindings::spi_controller) -> Option<Error> {
        // SAFETY: By the safety requirement.
        let this = unsafe { &*this.cast::<Self>() };

        let mut slot = this.inner.lock();
        let taken = slot.active.take_if(|active| active.ctlr == ctlr);
        let failed = slot.failed.take_if(|(failed, _)| *failed == ctlr);
        drop(slot);

        // Not under the lock, but not later either.
        drop(taken);
        failed.map(|(_, error)| error)
    }
}

impl<P: ForLt> Slot<P> {
    /// Hands the transfer back to the core.
    ///
    /// This is called with the lock held: when it is released, and finds another transfer there, a
    /// late call must not finish that one.
    fn finish(&mut self, error: Option<Error>) {
        let Some(active) = self.active.take() else {
            return;
        };
        let Active {
            ctlr, raw, work, ..
        } = active;
        drop(work);

        if error.is_some() {
            // CAST: A small constant.
            const FAIL_IO: u16 = 1 << 1;

            // SAFETY: By the type invariant the transfer is still valid.
            unsafe { (*raw).error |= FAIL_IO };
        }
        self.failed = error.map(|error| (ctlr, error));

        // The core may free the message as soon as this is called.
        //
        // SAFETY: By the type invariant the controller is valid, and waits for the transfer, or
        // did so until a moment ago.
        unsafe { bindings::spi_finalize_current_transfer(ctlr) };
    }
}
