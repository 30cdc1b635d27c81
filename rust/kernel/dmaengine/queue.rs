// SPDX-License-Identifier: GPL-2.0

//! Several transfers on one channel.

use super::{
    states::Boxed,
    Channel,
    Descriptor,
    Handler,
    Progress,
    Refused,
    Stopping,
    Transfer, //
};
use crate::{
    alloc::{
        kvec::PushError,
        Flags, //
    },
    prelude::*, //
};

/// A channel, and transfers that are not with one.
pub type IdleQueue<'bound, H> = (Channel<'bound>, KVec<Pin<KBox<Transfer<H>>>>);

/// A transfer that was refused, and came back unless the channel has it.
pub type NotQueued<H> = Refused<Option<Pin<KBox<Transfer<H>>>>>;

/// A channel that moves one transfer after the other, in the order in which they are submitted.
///
/// ```text
///   Channel ---new---> Queue ---submit, submit, ..., issue, submit, issue, ... ---> terminate
/// ```
///
/// The next transfer begins as soon as the one before is done, without anybody having to see to it.
/// Each has its own [`Handler`].
///
/// All transfers are with the channel until it has been terminated, those too that are done.
/// Dropping the queue terminates, and frees the memory; forgetting it leaks the memory.
///
/// # Examples
///
/// ```
/// use kernel::{
///     dmaengine::{
///         Channel,
///         Direction,
///         Handler,
///         Layout,
///         Queue,
///         Transfer, //
///     },
///     prelude::*, //
/// };
///
/// /// Captures four blocks, one after the other without a pause.
/// fn capture<H: Handler + Clone>(channel: Channel<'_>, told: H) -> Result<Queue<'_, H>> {
///     let layout = Layout::scattered(4096, 16)?;
///     let mut blocks = KVec::new();
///     for _ in 0..4 {
///         let told = told.clone();
///         let block = Transfer::new(&channel, layout, Direction::FromDevice, told, GFP_KERNEL)?;
///         blocks.push(block, GFP_KERNEL)?;
///     }
///
///     let mut queue = Queue::new(channel, blocks.len(), GFP_KERNEL)?;
///     for block in blocks {
///         queue.submit(block)?;
///     }
///     queue.issue();
///     Ok(queue)
/// }
/// ```
///
/// # Invariants
///
/// The first `submitted` transfers are submitted on the channel. There is one more at most, of
/// which the channel has a descriptor that it did not take.
#[must_use = "the transfers are stopped right away if this is not kept"]
pub struct Queue<'bound, H: Handler> {
    stopping: Stopping<'bound, KVec<Boxed<H>>>,
    submitted: usize,
}

impl<'bound, H: Handler> Queue<'bound, H> {
    /// Makes a queue of up to `capacity` transfers.
    ///
    /// This sleeps as `flags` say.
    ///
    /// # Errors
    ///
    /// - `ENOMEM` if there is no memory; the channel comes back.
    pub fn new(
        channel: Channel<'bound>,
        capacity: usize,
        flags: Flags,
    ) -> Result<Self, Refused<Channel<'bound>>> {
        match KVec::with_capacity(capacity, flags) {
            // INVARIANT: Nothing is submitted.
            Ok(transfers) => Ok(Self {
                // SAFETY: The channel is idle. What is prepared on it by `submit()` is added.
                stopping: unsafe { Stopping::new(channel, transfers) },
                submitted: 0,
            }),
            Err(error) => Err(refused(error.into(), channel)),
        }
    }

    /// Puts a transfer at the end of the queue, of which the channel is not yet told.
    ///
    /// This neither sleeps nor allocates; the driver of the channel may allocate with `GFP_NOWAIT`.
    ///
    /// # Errors
    ///
    /// The transfer comes back with each of them, but for the last.
    ///
    /// - `ENOSPC` if the queue is full.
    /// - `EINVAL` if it is a cyclic transfer, after which no other one would have its turn, or its
    ///   memory was allocated for another DMA controller.
    /// - `EIO` if the channel refuses the transfer; see [`Channel::prepare`].
    /// - `ESHUTDOWN` if the channel did not take a descriptor before.
    /// - What else the driver of the channel returns if it does not take the descriptor. The
    ///   channel has the transfer then, until it is terminated, and takes no more; those before
    ///   stay.
    ///
    /// C functions: `dmaengine_prep_slave_sg()`, `dmaengine_submit()`.
    pub fn submit(&mut self, transfer: Pin<KBox<Transfer<H>>>) -> Result<(), NotQueued<H>> {
        if let Err(error) = self.check(&transfer) {
            return Err(refused(error, Some(transfer)));
        }
        // SAFETY: Nothing is taken out.
        let transfers = unsafe { self.stopping.transfers_mut() };
        if let Err(PushError(transfer)) = transfers.push_within_capacity(transfer) {
            return Err(refused(ENOSPC, Some(transfer)));
        }

        match self.describe_last() {
            // SAFETY: The descriptor is that of this transfer, and new.
            Ok((last, descriptor)) => match unsafe { last.submit(descriptor) } {
                Ok(()) => {
                    // INVARIANT: Submitted just now.
                    self.submitted += 1;
                    Ok(())
                }
                Err(error) => Err(refused(error, None)),
            },
            // SAFETY: The channel does not have it.
            Err(error) => Err(refused(
                error,
                unsafe { self.stopping.transfers_mut() }.pop(),
            )),
        }
    }

    /// Has the channel make a descriptor of the last transfer; the channel has the transfer only if
    /// there is no error.
    fn describe_last(&self) -> Result<(&Transfer<H>, Descriptor)> {
        let last = self.stopping.transfers().last().ok_or(EIO)?;

        Ok((last, last.as_ref().describe(self.stopping.channel())?))
    }

    /// Returns whether a transfer can be in the queue, besides what the channel says.
    fn check(&self, transfer: &Transfer<H>) -> Result {
        let transfers = self.stopping.transfers();

        if transfers.len() > self.submitted {
            return Err(ESHUTDOWN);
        }
        if transfer.is_cyclic() {
            return Err(EINVAL);
        }
        Ok(())
    }

    /// Tells the channel to look into its queue, and to start if it is idle.
    ///
    /// To be called after [`submit`](Self::submit), once for as many of them as there are. This
    /// does not sleep.
    ///
    /// C function: `dma_async_issue_pending()`.
    #[inline]
    pub fn issue(&self) {
        self.stopping.channel().issue_pending();
    }

    /// Returns how many transfers were submitted.
    #[inline]
    pub fn len(&self) -> usize {
        self.submitted
    }

    /// Returns whether nothing was submitted.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.submitted == 0
    }

    /// Returns a transfer, by its number in the queue, to read its memory.
    #[inline]
    pub fn transfer(&self, index: usize) -> Option<&Transfer<H>> {
        let submitted = self.stopping.transfers().get(..self.submitted)?;

        Some(submitted.get(index)?)
    }

    /// Asks how far a transfer is, by its number in the queue.
    ///
    /// This does not sleep, and may be called in any context.
    ///
    /// C function: `dmaengine_tx_status()`.
    #[inline]
    pub fn progress(&self, index: usize) -> Option<Progress> {
        // SAFETY: By the type invariant it was submitted on the channel, which has it still.
        Some(unsafe { self.transfer(index)?.progress() })
    }

    /// Stops all transfers, and gives them back; see [`Stopping::terminate`].
    #[inline]
    pub fn terminate(self) -> Result<IdleQueue<'bound, H>> {
        self.stopping.terminate()
    }
}

fn refused<T>(error: Error, returned: T) -> Refused<T> {
    Refused { error, returned }
}
