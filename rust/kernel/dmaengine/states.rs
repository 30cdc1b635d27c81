// SPDX-License-Identifier: GPL-2.0

//! The states of a transfer that is with a channel.

use super::{
    Channel,
    Descriptor,
    Handler,
    Refused,
    Transfer, //
};
use crate::{
    devres::DevresLt,
    prelude::*,
    types::{
        CovariantForLt,
        ForLt, //
    }, //
};

use core::mem::{
    self,
    ManuallyDrop, //
};

/// A transfer where it stays.
pub(super) type Boxed<H> = Pin<KBox<Transfer<H>>>;

/// A channel, and a transfer that is not with one.
pub type Idle<'bound, H> = (Channel<'bound>, Pin<KBox<Transfer<H>>>);

/// A channel that has to be terminated, and the transfer, or the transfers, that are with it until
/// then.
///
/// # Invariants
///
/// If anything was prepared on `channel`, it is for what is in `transfers`.
pub struct Stopping<'bound, T> {
    channel: ManuallyDrop<Channel<'bound>>,
    transfers: ManuallyDrop<T>,
}

impl<'bound, T> Stopping<'bound, T> {
    /// # Safety
    ///
    /// If anything was prepared on `channel`, or will be, it must be for what is in `transfers`.
    #[inline]
    pub(super) unsafe fn new(channel: Channel<'bound>, transfers: T) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            channel: ManuallyDrop::new(channel),
            transfers: ManuallyDrop::new(transfers),
        }
    }

    #[inline]
    pub(super) fn channel(&self) -> &Channel<'bound> {
        &self.channel
    }

    #[inline]
    pub(super) fn transfers(&self) -> &T {
        &self.transfers
    }

    /// # Safety
    ///
    /// What was prepared must not be taken out.
    #[inline]
    pub(super) unsafe fn transfers_mut(&mut self) -> &mut T {
        &mut self.transfers
    }

    /// Stops the hardware, waits until no callback runs, and gives back the channel and what was
    /// with it.
    ///
    /// This sleeps, and must not be called from [`Handler::finished`].
    ///
    /// # Errors
    ///
    /// What the driver of the channel returns. The channel and the memory are leaked with it, as
    /// the hardware may go on.
    ///
    /// C function: `dmaengine_terminate_sync()`.
    pub fn terminate(self) -> Result<(Channel<'bound>, T)> {
        let mut this = ManuallyDrop::new(self);

        // SAFETY: `this` is not used again, and not dropped.
        unsafe { this.stop() }
    }

    /// # Safety
    ///
    /// `self` must not be used again.
    unsafe fn stop(&mut self) -> Result<(Channel<'bound>, T)> {
        // SAFETY: By the safety requirement it is taken once.
        let mut channel = unsafe { ManuallyDrop::take(&mut self.channel) };

        // SAFETY: As above.
        let transfers = unsafe { ManuallyDrop::take(&mut self.transfers) };

        match channel.terminate() {
            // INVARIANT: The channel is idle.
            Ok(()) => Ok((channel, transfers)),
            Err(error) => {
                dev_err!(
                    channel.dma_device(),
                    "a channel can't be stopped, leaking its memory: {error:?}\n"
                );
                mem::forget((channel, transfers));
                Err(error)
            }
        }
    }
}

impl<T> Drop for Stopping<'_, T> {
    fn drop(&mut self) {
        // What can't be stopped is leaked, and the log says so.
        //
        // SAFETY: `self` is not used again.
        drop(unsafe { self.stop() });
    }
}

/// A transfer that has a descriptor for the hardware.
///
/// # Invariants
///
/// `descriptor` was prepared on the channel, and not submitted.
#[must_use = "the descriptor is taken back right away if this is not kept"]
pub struct Prepared<'bound, H: Handler> {
    stopping: Stopping<'bound, Boxed<H>>,
    descriptor: Descriptor,
}

impl<'bound, H: Handler> Prepared<'bound, H> {
    /// # Safety
    ///
    /// `descriptor` must have been prepared on `channel` for `transfer`, and not been submitted.
    #[inline]
    pub(super) unsafe fn new(
        channel: Channel<'bound>,
        transfer: Pin<KBox<Transfer<H>>>,
        descriptor: Descriptor,
    ) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            // SAFETY: As above.
            stopping: unsafe { Stopping::new(channel, transfer) },
            descriptor,
        }
    }

    /// Puts the descriptor into the queue of the channel, which is not yet told to look.
    ///
    /// This does not sleep.
    ///
    /// # Errors
    ///
    /// - What the driver of the channel returns. The channel comes back with it, and has to be
    ///   terminated, which is not possible where sleeping is forbidden.
    ///
    /// C function: `dmaengine_submit()`.
    pub fn submit(self) -> Result<Submitted<'bound, H>, Refused<Stopping<'bound, Boxed<H>>>> {
        // SAFETY: By the type invariant the descriptor was prepared, and not submitted. It is not
        // used again.
        let submitted = unsafe { self.stopping.transfers.submit(self.descriptor) };

        match submitted {
            // INVARIANT: Submitted just now.
            Ok(()) => Ok(Submitted {
                stopping: self.stopping,
            }),
            Err(error) => Err(Refused {
                error,
                returned: self.stopping,
            }),
        }
    }

    /// Takes the descriptor back; see [`Stopping::terminate`].
    #[inline]
    pub fn terminate(self) -> Result<Idle<'bound, H>> {
        self.stopping.terminate()
    }
}

/// A transfer that is in the queue of a channel.
///
/// # Invariants
///
/// The transfer is with the channel, and was submitted.
#[must_use = "the transfer is taken back right away if this is not kept"]
pub struct Submitted<'bound, H: Handler> {
    stopping: Stopping<'bound, Boxed<H>>,
}

impl<'bound, H: Handler> Submitted<'bound, H> {
    /// Tells the channel to look into its queue, and to start.
    ///
    /// This does not sleep.
    ///
    /// C function: `dma_async_issue_pending()`.
    pub fn issue(self) -> Issued<'bound, H> {
        self.stopping.channel.issue_pending();

        // INVARIANT: By the type invariant of `Submitted`.
        Issued {
            stopping: self.stopping,
        }
    }

    /// Takes the transfer back; see [`Stopping::terminate`].
    #[inline]
    pub fn terminate(self) -> Result<Idle<'bound, H>> {
        self.stopping.terminate()
    }
}

impl<H: Handler> ForLt for Issued<'static, H> {
    type Of<'a> = Issued<'a, H>;
}

// SAFETY: `Issued<'a, H>` is covariant over `'a`; of the types in it only `Channel<'a>` has the
// lifetime, which holds `&'a Device<Bound>`.
unsafe impl<H: Handler> CovariantForLt for Issued<'static, H> {}

/// An issued transfer that is terminated when the device is unbound; see [`Issued::into_devres`].
pub type DevresIssued<H> = DevresLt<Issued<'static, H>>;

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It is not done. So many bytes are left, of a cyclic transfer to the end of the memory. It is
    /// as exact as [`Channel::residue_granularity`] says.
    Running {
        /// How many bytes are left.
        residue: usize,
    },
    /// It is done.
    Complete,
    /// The hardware has met an error.
    Failed,
}

/// A transfer that the hardware is working on, or has done.
///
/// # Invariants
///
/// The transfer is with the channel, and was submitted.
#[must_use = "the transfer is stopped right away if this is not kept"]
pub struct Issued<'bound, H: Handler> {
    stopping: Stopping<'bound, Boxed<H>>,
}

impl<'bound, H: Handler> Issued<'bound, H> {
    /// Asks how far the transfer is.
    ///
    /// This does not sleep, and may be called in any context.
    ///
    /// C function: `dmaengine_tx_status()`.
    pub fn progress(&self) -> Progress {
        // SAFETY: By the type invariant.
        unsafe { self.transfer().progress() }
    }

    /// Returns how many periods of a cyclic transfer were moved.
    ///
    /// Unlike [`finished`](Self::finished) this counts periods for which there was no call of their
    /// own, if the channel [tells](Channel::residue_granularity) which period it is in. The place
    /// that it tells may be one period behind its calls, so the ring must have three periods at
    /// least, and periods are missing if all but one, or more, have gone by since the last call
    /// and the last time that this was asked.
    ///
    /// It never returns less than before.
    ///
    /// This does not sleep, and may be called in any context.
    #[inline]
    pub fn moved(&self) -> u64 {
        // SAFETY: By the type invariant.
        unsafe { self.transfer().moved() }
    }

    /// Gives access from elsewhere, until the device is unbound that the channel was requested for.
    ///
    /// Then the transfer is terminated, after the last access, unless this was dropped before.
    ///
    /// # Errors
    ///
    /// - `ENOMEM` if there is no memory; the transfer is terminated then.
    pub fn into_devres(self) -> Result<DevresIssued<H>> {
        let dev = self.stopping.channel.consumer();

        // SAFETY: By the type invariant of `Channel` the driver of the DMA controller is bound as
        // long as `dev` is. All else belongs to `self`.
        unsafe { DevresLt::new(dev, Ok::<_, Error>(self)) }
    }

    /// Returns how many calls of [`Handler::finished`] there were, or are.
    ///
    /// What was received before them is in the memory.
    #[inline]
    pub fn finished(&self) -> u64 {
        self.stopping.transfers.finished()
    }

    /// Returns the transfer, to read its memory. The hardware may be writing to it.
    #[inline]
    pub fn transfer(&self) -> &Transfer<H> {
        &self.stopping.transfers
    }

    /// Stops the transfer, and gives it back; see [`Stopping::terminate`].
    #[inline]
    pub fn terminate(self) -> Result<Idle<'bound, H>> {
        self.stopping.terminate()
    }
}
