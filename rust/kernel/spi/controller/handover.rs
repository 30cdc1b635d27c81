// SPDX-License-Identifier: GPL-2.0

//! Messages that an interrupt handler works on while the controller waits.

use super::{
    lifetime,
    CurrentMessage,
    Progress, //
};
use crate::{
    bindings,
    new_spinlock_irq,
    prelude::*,
    sync::{
        Completion,
        SpinLockIrq, //
    },
    time::Delta,
    types::ForLt, //
};

/// The place where an interrupt handler finds the message that it is to work on.
///
/// It is for controllers that implement
/// [`transfer_one_message`](super::Operations::transfer_one_message), and wait there for the end of
/// the message. Meanwhile the handler gets at the message and its buffers, and at something of the
/// type `P`, such as a cursor. An interrupt that comes later, or without reason, finds nothing.
///
/// It belongs into what the controller and the interrupt handler share, such as an
/// [`Arc`](crate::sync::Arc). See [`Pending`](super::Pending) for single transfers.
///
/// # Examples
///
/// ```
/// use kernel::{
///     prelude::*,
///     spi::controller::{
///         CurrentMessage,
///         Handover,
///         Progress, //
///     },
///     time::Delta,
///     types::ForLt, //
/// };
///
/// #[pin_data]
/// struct Shared {
///     #[pin]
///     handover: Handover<ForLt!(Program<'_>)>,
/// }
///
/// struct Program<'p> {
///     words: &'p [u32],
/// }
///
/// fn run(shared: &Shared, message: &mut CurrentMessage<'_>, words: &[u32]) -> Result {
///     let (result, _) = shared.handover.lend(message, Program { words }, |lent| {
///         // Start the hardware here.
///         lent.wait(Delta::from_millis(100))
///     })?;
///     result
/// }
///
/// /// Called by the interrupt handler.
/// fn wants_word(shared: &Shared) -> Option<u32> {
///     let mut word = None;
///     shared.handover.handle(|_message, program| {
///         match program.words.split_first() {
///             Some((first, rest)) => {
///                 word = Some(*first);
///                 program.words = rest;
///                 Progress::Pending
///             }
///             None => Progress::Done,
///         }
///     })?;
///     word
/// }
///
/// # let shared = KBox::pin_init(pin_init!(Shared { handover <- Handover::new() }), GFP_KERNEL)?;
/// // No message is there.
/// assert_eq!(wants_word(&shared), None);
/// # let _ = run;
/// # Ok::<(), Error>(())
/// ```
#[pin_data]
pub struct Handover<P: ForLt> {
    #[pin]
    inner: SpinLockIrq<Slot<P>>,
    /// Signalled when the message has a result.
    #[pin]
    done: Completion,
}

/// # Invariants
///
/// As long as it is there, `msg` is a message in flight that is borrowed exclusively, and what
/// `work` has borrowed is borrowed.
struct Message<P: ForLt> {
    msg: *mut bindings::spi_message,
    work: P::Of<'static>,
    /// What the handler has made of it, once it is done.
    result: Option<Result>,
}

struct Slot<P: ForLt>(Option<Message<P>>);

// Nothing in it is pinned.
impl<P: ForLt> Unpin for Slot<P> {}

// SAFETY: A message has no ties to a thread; `work` says for itself.
unsafe impl<P: ForLt> Send for Slot<P> where for<'x> P::Of<'x>: Send {}

impl<P: ForLt> Handover<P> {
    /// Makes a place that is empty.
    pub fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            inner <- new_spinlock_irq!(Slot(None)),
            done <- Completion::new(),
        })
    }

    /// Lends a message and `work` to the interrupt handler, as long as `during` takes.
    ///
    /// `during` starts the hardware and [waits](Lent::wait). Returns what it returned, and `work`.
    /// When this returns no handler has either of them any more.
    ///
    /// # Errors
    ///
    /// `EBUSY` if another message is there.
    pub fn lend<'w, R>(
        &self,
        message: &mut CurrentMessage<'_>,
        work: P::Of<'w>,
        during: impl FnOnce(&Lent<'_, P>) -> R,
    ) -> Result<(R, P::Of<'w>)> {
        self.put(Message {
            msg: message.as_raw(),
            // SAFETY: It is taken out again below. What `during` can do in between does not include
            // not returning, other than by stopping this thread for ever.
            work: unsafe { lifetime::extend::<P>(work) },
            result: None,
        })?;

        let result = during(&Lent(self));

        let taken = self.inner.lock().0.take().ok_or(EINVAL)?;
        // SAFETY: It is what was put there above, as nobody else can while it is there.
        Ok((result, unsafe { lifetime::restore::<P>(taken.work) }))
    }

    fn put(&self, message: Message<P>) -> Result {
        let mut slot = self.inner.lock();
        if slot.0.is_some() {
            return Err(EBUSY);
        }

        // It is only signalled while a message is there.
        self.done.reinit();
        slot.0 = Some(message);
        Ok(())
    }

    /// Lets `handler` work on the message that is there.
    ///
    /// Once it says that the message is done, it does not get it any more, and who
    /// [waits](Lent::wait) goes on. Returns what `handler` returned; `None`, and does nothing, if no
    /// message is there.
    ///
    /// Interrupts are disabled meanwhile. To be called in any context, also in a hard interrupt;
    /// not by `handler`.
    pub fn handle(
        &self,
        handler: impl FnOnce(&mut CurrentMessage<'_>, &mut P::Of<'_>) -> Progress,
    ) -> Option<Progress> {
        let mut slot = self.inner.lock();
        let message = slot.0.as_mut()?;
        if message.result.is_some() {
            return None;
        }

        let progress = message.with(handler);
        message.result = match progress {
            Progress::Pending => return Some(progress),
            Progress::Done => Some(Ok(())),
            Progress::Failed(error) => Some(Err(error)),
        };

        self.done.complete_all();
        Some(progress)
    }

    fn result(&self) -> Option<Result> {
        self.inner.lock().0.as_ref()?.result
    }
}

impl<P: ForLt> Message<P> {
    fn with<R>(&mut self, f: impl FnOnce(&mut CurrentMessage<'_>, &mut P::Of<'_>) -> R) -> R {
        // SAFETY: By the type invariant it is in flight, and `&mut self` is the only access.
        let mut message = unsafe { CurrentMessage::from_raw(self.msg) };

        f(&mut message, lifetime::shorten::<P>(&mut self.work))
    }
}

/// A message that is lent to an interrupt handler, as who lends it sees it.
pub struct Lent<'h, P: ForLt>(&'h Handover<P>);

impl<P: ForLt> Lent<'_, P> {
    /// Lets `f` work on the message, with interrupts disabled, so that no handler does.
    ///
    /// Must not be called by `f`, nor by the handler.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the message is not there any more, which can't happen.
    pub fn with<R>(
        &self,
        f: impl FnOnce(&mut CurrentMessage<'_>, &mut P::Of<'_>) -> R,
    ) -> Result<R> {
        let mut slot = self.0.inner.lock();

        Ok(slot.0.as_mut().ok_or(EINVAL)?.with(f))
    }

    /// Waits until the handler says that the message is done. This sleeps.
    ///
    /// # Errors
    ///
    /// - `ETIMEDOUT` if it has not done so after `timeout`. The message is still lent; a handler
    ///   may run until [`Handover::lend`] returns.
    /// - What the handler says.
    ///
    /// C function: `wait_for_completion_timeout()`.
    pub fn wait(&self, timeout: Delta) -> Result {
        let in_time = self.0.done.wait_for_completion_timeout(timeout);

        self.0.result().unwrap_or(in_time.and(Err(EIO)))
    }
}
