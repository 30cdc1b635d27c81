// SPDX-License-Identifier: GPL-2.0

//! Memory, and what is to be done with it.

use super::{
    memory::Memory,
    Call,
    Channel,
    Descriptor,
    Direction,
    Progress,
    Residue, //
};
use crate::{
    alloc::Flags,
    bindings,
    math64,
    prelude::*,
    sync::atomic::{
        Acquire,
        Atomic,
        Relaxed,
        Release, //
    }, //
};

use core::{
    marker::PhantomPinned,
    num::NonZero,
    ops::Range, //
};

/// What is called when data have been moved.
pub trait Handler: Send + Sync + 'static {
    /// Called at the end of the transfer, or of each period of a cyclic one.
    ///
    /// Runs in a tasklet or in a thread, as the driver of the channel has it: it must not sleep. If
    /// it is late, one call may stand for several periods; [`Issued::finished`] counts calls.
    ///
    /// # Errors
    ///
    /// `result` is `EIO` if the hardware could not read or write, `ECANCELED` if the transfer was
    /// not done.
    ///
    /// [`Issued::finished`]: super::Issued::finished
    fn finished(&self, result: Result);
}

/// Into how many pieces memory is divided, and how often it is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    len: usize,
    /// How many allocations the memory is made of.
    pieces: usize,
    /// 0 if it is moved once.
    period: usize,
}

impl Layout {
    /// `len` bytes, once.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if that is nothing, or more than [`u32::MAX`].
    pub fn once(len: usize) -> Result<Self> {
        Self::scattered(len, 1)
    }

    /// `pieces` times `len` bytes, once, one piece after the other.
    ///
    /// Each of them is an allocation of its own, so that there can be more memory than there is in
    /// one piece.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if that is nothing, or more than [`u32::MAX`] in all.
    pub fn scattered(len: usize, pieces: usize) -> Result<Self> {
        Self::checked(len.checked_mul(pieces).ok_or(EINVAL)?, pieces, 0)
    }

    /// `periods` times `len` bytes, again and again.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if that is nothing, or more than [`u32::MAX`] in all.
    pub fn cyclic(len: usize, periods: usize) -> Result<Self> {
        Self::checked(len.checked_mul(periods).ok_or(EINVAL)?, 1, len)
    }

    fn checked(len: usize, pieces: usize, period: usize) -> Result<Self> {
        // Scatterlists and residues have 32 bits.
        if len == 0 || u32::try_from(len).is_err() {
            return Err(EINVAL);
        }
        Ok(Self {
            len,
            pieces,
            period,
        })
    }

    /// Returns the length of a piece, and how many there are.
    #[inline]
    pub(super) fn pieces(&self) -> (usize, usize) {
        (self.len / self.pieces, self.pieces)
    }

    /// Returns whether the memory is moved again and again.
    #[inline]
    pub(super) fn is_cyclic(&self) -> bool {
        self.period != 0
    }
}

/// Memory that a channel moves to or from a device, and who is to be told.
///
/// # Invariants
///
/// `memory` is as `layout` says.
#[pin_data]
pub struct Transfer<H: Handler> {
    memory: Memory,
    layout: Layout,
    direction: Direction,
    /// Whether the channel tells which period it is in.
    exact: bool,
    /// Calls of the handler.
    finished: Atomic<u64>,
    /// Periods that were moved when somebody looked last, which each call of the handler does.
    moved: Atomic<u64>,
    /// The channel that has the transfer, and its number there.
    channel: Atomic<*mut bindings::dma_chan>,
    cookie: Atomic<bindings::dma_cookie_t>,
    handler: H,
    // The C side has a pointer to it.
    #[pin]
    _pin: PhantomPinned,
}

impl<H: Handler> Transfer<H> {
    /// Allocates zeroed memory that `channel`, or another one of the same DMA controller, can move.
    ///
    /// This sleeps as `flags` say.
    ///
    /// # Errors
    ///
    /// - `ENOMEM` if there is no memory.
    pub fn new(
        channel: &Channel<'_>,
        layout: Layout,
        direction: Direction,
        handler: H,
        flags: Flags,
    ) -> Result<Pin<KBox<Self>>> {
        let dma_device = channel.dma_device();
        let exact = channel
            .residue_granularity()
            .is_ok_and(|exactness| exactness >= Residue::Period);

        // INVARIANT: Allocated like that.
        KBox::pin_init(
            try_pin_init!(Self {
                memory: Memory::new(dma_device, layout, flags)?,
                layout,
                direction,
                exact,
                finished: Atomic::new(0),
                moved: Atomic::new(0),
                channel: Atomic::new(core::ptr::null_mut()),
                cookie: Atomic::new(0),
                handler,
                _pin: PhantomPinned,
            }),
            flags,
        )
    }

    /// Returns who is told.
    #[inline]
    pub fn handler(&self) -> &H {
        &self.handler
    }

    /// Returns how many bytes of memory there are.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.layout.len
    }

    /// Copies data out of the memory, from `offset` on.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if that is beyond the end.
    pub fn read(&self, offset: usize, data: &mut [u8]) -> Result {
        self.memory.parts(offset, data.len(), |source, range| {
            let data = &mut data[range];

            // The C function, because the hardware may write to the memory meanwhile.
            //
            // SAFETY: `source` is in the memory, and both are as long as `data`.
            unsafe { bindings::memcpy(data.as_mut_ptr().cast(), source.cast(), data.len()) };
        })
    }

    /// Copies data into the memory, from `offset` on.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if that is beyond the end.
    pub fn write(self: Pin<&mut Self>, offset: usize, data: &[u8]) -> Result {
        self.memory.parts(offset, data.len(), |target, range| {
            let data = &data[range];

            // SAFETY: `target` is in the memory, and both are as long as `data`. `self` is
            // borrowed, so no channel has it.
            unsafe { bindings::memcpy(target.cast(), data.as_ptr().cast(), data.len()) };
        })
    }

    #[cfg(CONFIG_RUST_DMAENGINE_KUNIT_TEST)]
    pub(super) fn dma_address(&self) -> bindings::dma_addr_t {
        self.memory.dma_address()
    }

    /// Returns which bytes period number `index` of a cyclic transfer is in, counted from the
    /// start.
    #[inline]
    pub fn period(&self, index: u64) -> Range<usize> {
        let period = self.period_len().unwrap_or(self.layout.len);
        // CAST: The remainder is smaller than a `usize`.
        let start = math64::rem(index, self.periods()) as usize * period;

        start..start + period
    }

    /// Returns the length of a period, if this is a cyclic transfer.
    #[inline]
    pub(super) fn period_len(&self) -> Option<usize> {
        (self.layout.period != 0).then_some(self.layout.period)
    }

    /// Returns how many periods there are, 1 if this is not a cyclic transfer.
    #[inline]
    pub(super) fn periods(&self) -> NonZero<u64> {
        // CAST: A `u64` holds all of a `usize`.
        let periods = (self.layout.len / self.period_len().unwrap_or(self.layout.len)) as u64;

        NonZero::new(periods).unwrap_or(NonZero::<u64>::MIN)
    }

    /// Puts a descriptor of this into the queue of the channel, and notes its number there.
    ///
    /// Errors are those of the driver of the channel.
    ///
    /// # Safety
    ///
    /// [`describe`](Self::describe) must have returned the descriptor last, and the channel not
    /// have been terminated since.
    #[inline]
    pub(super) unsafe fn submit(&self, descriptor: Descriptor) -> Result {
        // SAFETY: By the safety requirement.
        let cookie = unsafe { descriptor.submit() }?;

        self.cookie.store(cookie, Relaxed);
        Ok(())
    }

    /// Asks how far the transfer is, and how many bytes are left.
    ///
    /// # Safety
    ///
    /// The transfer must be with a channel, and submitted.
    unsafe fn status(&self) -> (bindings::dma_status, usize) {
        let mut state: bindings::dma_tx_state = pin_init::zeroed();
        let (channel, cookie) = (self.channel.load(Relaxed), self.cookie.load(Relaxed));

        // SAFETY: By the safety requirement the channel is valid, and the cookie is of this
        // transfer.
        let status = unsafe { bindings::dmaengine_tx_status(channel, cookie, &mut state) };

        // CAST: `usize` has 32 bits at least.
        (status, state.residue as usize)
    }

    /// Returns how far the transfer is.
    ///
    /// # Safety
    ///
    /// That of [`status`](Self::status).
    pub(super) unsafe fn progress(&self) -> Progress {
        // SAFETY: By the safety requirement.
        match unsafe { self.status() } {
            (bindings::dma_status_DMA_COMPLETE, _) => Progress::Complete,
            (bindings::dma_status_DMA_ERROR, _) => Progress::Failed,
            (_, residue) => Progress::Running { residue },
        }
    }

    /// Returns the number of the period that the channel is in, counted from the start of the
    /// memory, if it tells that.
    ///
    /// # Safety
    ///
    /// That of [`status`](Self::status).
    unsafe fn place(&self) -> Option<u64> {
        let period = self.period_len().filter(|_| self.exact)?;

        // SAFETY: By the safety requirement.
        match unsafe { self.status() } {
            (bindings::dma_status_DMA_IN_PROGRESS, left) => {
                // CAST: A `u64` holds all of a `usize`.
                let place = (self.layout.len.saturating_sub(left) / period) as u64;
                Some(math64::rem(place, self.periods()))
            }
            _ => None,
        }
    }

    /// Returns how many periods were moved for certain.
    fn moved_before(&self) -> u64 {
        // ORDERING: As in `finished()`.
        self.moved.load(Acquire).max(self.finished())
    }

    /// Notes that so many periods were moved, if that is news.
    fn note_moved(&self, moved: u64) {
        let mut noted = self.moved.load(Relaxed);

        while noted < moved {
            // ORDERING: As in `finished()`.
            match self.moved.cmpxchg(noted, moved, Release) {
                Ok(_) => return,
                Err(other) => noted = other,
            }
        }
    }

    /// Returns how many periods were moved: the least that the calls of the handler, and the places
    /// at which the channel was seen, allow. It never returns less than before.
    ///
    /// # Safety
    ///
    /// That of [`status`](Self::status).
    pub(super) unsafe fn moved(&self) -> u64 {
        loop {
            let before = self.moved_before();
            // SAFETY: By the safety requirement.
            let Some(place) = (unsafe { self.place() }) else {
                return before;
            };

            let moved = count_on(before, place, self.periods());
            // Calls of the handler since then, and others who looked, tell if this has taken
            // longer than the periods do.
            if self.moved_before() <= moved {
                self.note_moved(moved);
                return moved;
            }
        }
    }

    /// Returns whether it is moved again and again.
    #[inline]
    pub(super) fn is_cyclic(&self) -> bool {
        self.layout.is_cyclic()
    }

    /// Returns how many calls of [`Handler::finished`] there were, or are, since the transfer was
    /// prepared.
    ///
    /// What was received before them is in the memory.
    #[inline]
    pub fn finished(&self) -> u64 {
        // ORDERING: Pairs with the one of the callback: what it saw in the memory is seen after
        // this.
        self.finished.load(Acquire)
    }

    /// Has `channel` make a descriptor, which calls back for this transfer.
    ///
    /// Errors are those of [`Channel::prepare`]. The channel has the transfer then only if there is
    /// none.
    pub(super) fn describe(self: Pin<&Self>, channel: &Channel<'_>) -> Result<Descriptor> {
        if !self.memory.is_for(channel.dma_device()) {
            return Err(EINVAL);
        }
        let call = Call {
            callback: finished_callback::<H>,
            param: core::ptr::from_ref(Pin::get_ref(self)).cast_mut().cast(),
        };

        // SAFETY: The memory is for the DMA device of the channel, and by the type invariant it is
        // as long as the layout says; that of a cyclic transfer is in one piece. The transfer is
        // pinned, and stays with the channel until that was terminated.
        let descriptor = unsafe {
            match self.period_len() {
                None => channel.describe(self.memory.list().as_raw(), self.direction, call),
                Some(period) => channel.describe_cyclic(
                    (self.memory.dma_address(), self.layout.len),
                    period,
                    self.direction,
                    call,
                ),
            }
        };
        let descriptor = descriptor.ok_or(EIO)?;

        self.finished.store(0, Relaxed);
        self.moved.store(0, Relaxed);
        self.channel.store(channel.as_raw(), Relaxed);
        Ok(descriptor)
    }
}

/// Counts on from `before` periods to the next that ends at number `place` in the ring.
///
/// The drivers of channels update the residue once for each period, as they call back once for it
/// (`DMA_RESIDUE_GRANULARITY_SEGMENT`). Which of these comes first is not said, and where hardware
/// counts the bytes its register may be behind its interrupt: so the place may be one period behind
/// the calls, but no more. That is as far round the ring as one can get, and is not taken for it.
/// Of a ring of two periods this leaves what the calls tell.
pub(super) fn count_on(before: u64, place: u64, periods: NonZero<u64>) -> u64 {
    let behind = math64::rem(before, periods);
    let ahead = math64::rem(place + periods.get() - behind, periods);

    if ahead == periods.get() - 1 {
        before
    } else {
        before + ahead
    }
}

/// What the driver of a channel calls.
extern "C" fn finished_callback<H: Handler>(
    param: *mut c_void,
    result: *const bindings::dmaengine_result,
) {
    // SAFETY: `Transfer::describe()` stored it. The transfer is pinned, and stays with the channel
    // until that was terminated, which waits for callbacks.
    let transfer = unsafe { &*param.cast::<Transfer<H>>() };

    // SAFETY: The dmaengine core always passes a result.
    let result = match unsafe { (*result).result } {
        bindings::dmaengine_tx_result_DMA_TRANS_NOERROR => Ok(()),
        bindings::dmaengine_tx_result_DMA_TRANS_ABORTED => Err(ECANCELED),
        _ => Err(EIO),
    };

    transfer.finished.fetch_add(1, Release);
    // This notes it, too.
    //
    // SAFETY: A channel calls back for what was submitted, and as above has it still.
    unsafe { transfer.moved() };
    transfer.handler.finished(result);
}

// SAFETY: The memory and the handler are `Send`; the channel is asked only while it has `self`.
unsafe impl<H: Handler> Send for Transfer<H> {}

// SAFETY: `&Transfer` reads memory as the hardware writes it, counts atomically, and gives access
// to the handler, which is `Sync`.
unsafe impl<H: Handler> Sync for Transfer<H> {}
