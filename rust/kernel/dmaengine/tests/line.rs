// SPDX-License-Identifier: GPL-2.0

//! One channel of the DMA controller without hardware.

use crate::{
    bindings,
    new_spinlock,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        SpinLock, //
    },
    time::{
        delay::fsleep,
        Delta, //
    },
    types::Opaque, //
};

use core::ptr;

/// How many descriptors a channel has, and how many pieces of memory each can have.
const MAX: usize = 4;

/// An operation that can be made to fail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failing {
    None,
    Prepare,
    Submit,
    Terminate,
    /// The hardware can't read or write memory, and says so.
    Move,
}

/// What a descriptor is for.
#[derive(Clone, Copy)]
struct Work {
    pieces: [(bindings::dma_addr_t, usize); MAX],
    len: usize,
    period: usize,
    position: usize,
    cookie: bindings::dma_cookie_t,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Prepared,
    Submitted,
    Issued,
    Complete,
}

impl Work {
    /// Returns the address of the byte that is next.
    fn address(&self) -> bindings::dma_addr_t {
        let mut offset = self.position % self.len;

        for (address, len) in self.pieces {
            if offset < len {
                // CAST: A `u64` holds all of a `usize`.
                return address + offset as bindings::dma_addr_t;
            }
            offset -= len;
        }
        0
    }

    /// Whether a period ends, or the whole.
    fn is_at_end(&self) -> bool {
        self.position % self.period == 0
    }
}

/// The descriptors, by their number.
struct Works {
    works: [Option<Work>; MAX],
    last: bindings::dma_cookie_t,
}

impl Works {
    /// Returns the descriptor whose turn it is.
    fn current(&mut self) -> Option<(usize, &mut Work)> {
        self.works
            .iter_mut()
            .enumerate()
            .filter_map(|(index, work)| Some((index, work.as_mut()?)))
            .filter(|(_, work)| work.stage == Stage::Issued)
            .min_by_key(|(_, work)| work.cookie)
    }
}

/// A channel.
#[pin_data]
pub(crate) struct Line {
    #[pin]
    channel: Opaque<bindings::dma_chan>,
    #[pin]
    descriptors: Opaque<[bindings::dma_async_tx_descriptor; MAX]>,
    #[pin]
    works: SpinLock<Works>,
    #[pin]
    failing: SpinLock<Failing>,
    calling: Atomic<bool>,
    /// Whether the residue is a period behind the calls.
    pub(crate) lags: Atomic<bool>,
    pub(crate) terminated: Atomic<u32>,
    pub(crate) configured: Atomic<u32>,
}

impl Line {
    pub(super) fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            channel <- Opaque::zeroed(),
            descriptors <- Opaque::zeroed(),
            works <- new_spinlock!(Works {
                works: [None; MAX],
                last: 0,
            }),
            failing <- new_spinlock!(Failing::None),
            calling: Atomic::new(false),
            lags: Atomic::new(false),
            terminated: Atomic::new(0),
            configured: Atomic::new(0),
        })
    }

    #[inline]
    pub(crate) fn as_raw(&self) -> *mut bindings::dma_chan {
        self.channel.get()
    }

    fn descriptor(&self, index: usize) -> *mut bindings::dma_async_tx_descriptor {
        self.descriptors
            .get()
            .cast::<bindings::dma_async_tx_descriptor>()
            .wrapping_add(index)
    }

    /// Tells the C side which channel it is.
    ///
    /// # Safety
    ///
    /// `self` must be pinned and unused, and `device` the one that the channel belongs to.
    pub(super) unsafe fn connect(&self, device: *mut bindings::dma_device) {
        let channel = self.as_raw();

        // SAFETY: By the safety requirement nobody else has these.
        unsafe {
            (*channel).device = device;
            (*channel).private = ptr::from_ref(self).cast_mut().cast();
        }
        for index in 0..MAX {
            let descriptor = self.descriptor(index);

            // SAFETY: As above; there are as many.
            unsafe {
                (*descriptor).chan = channel;
                (*descriptor).tx_submit = Some(tx_submit);
            }
        }
    }

    /// # Safety
    ///
    /// `channel` must be that of a line.
    pub(super) unsafe fn of<'a>(channel: *mut bindings::dma_chan) -> &'a Self {
        // SAFETY: By the safety requirement; `connect()` has set the field.
        unsafe { &*(*channel).private.cast::<Self>() }
    }

    /// Makes all calls of an operation fail from now on.
    pub(crate) fn fail(&self, what: Failing) {
        *self.failing.lock() = what;
    }

    fn fails(&self, what: Failing) -> bool {
        *self.failing.lock() == what
    }

    /// Returns how many clients have the channel.
    pub(crate) fn clients(&self) -> i32 {
        // SAFETY: The channel is valid; nobody else uses it.
        unsafe { (*self.as_raw()).client_count }
    }

    /// Makes the channel one that wants memory to be mapped for a device of its own, or not.
    pub(crate) fn set_own_device(&self, own: bool) {
        // SAFETY: The channel is registered; nobody else uses it.
        unsafe { (*(*self.as_raw()).dev).chan_dma_dev = own };
    }

    /// Returns the address that the channel was given for the descriptor that it made first.
    pub(crate) fn address(&self) -> Option<bindings::dma_addr_t> {
        self.works.lock().works[0].map(|work| work.pieces[0].0)
    }

    /// Moves one period, or the whole transfer, and calls back; or does nothing.
    pub(crate) fn run(&self) {
        if let Some(index) = self.advance() {
            self.call_back(index);
        }
    }

    /// Moves one period, or the whole transfer. The call for it comes together with the next one.
    ///
    /// What comes in counts up from 0, one byte after the other.
    pub(crate) fn advance(&self) -> Option<usize> {
        loop {
            // CAST: The low byte is what counts.
            let (index, is_at_end) = self.step(|position, byte| *byte = position as u8)?;
            if is_at_end {
                return Some(index);
            }
        }
    }

    /// Moves one byte; returns the number of the descriptor, and whether there is a call due.
    pub(super) fn step(&self, access: impl FnOnce(usize, &mut u8)) -> Option<(usize, bool)> {
        let mut guard = self.works.lock();
        let (index, work) = guard.current()?;
        let address = work.address();

        // SAFETY: The address is one that the channel was given, for as long as it has the work.
        let memory = unsafe {
            let dev = (*(*self.as_raw()).device).dev;
            bindings::dmaengine_kunit_memory(dev, address).cast::<u8>()
        };
        // SAFETY: As above. Others may look at the memory, but do not rely on what they see.
        let mut byte = unsafe { memory.read_volatile() };
        access(work.position, &mut byte);
        // SAFETY: As above.
        unsafe { memory.write_volatile(byte) };

        work.position += 1;
        if work.period == work.len && work.position == work.len {
            work.stage = Stage::Complete;
        }
        let is_at_end = work.is_at_end();
        if is_at_end {
            self.calling.store(true, Relaxed);
        }
        Some((index, is_at_end))
    }

    /// Calls back for a descriptor.
    pub(crate) fn call_back(&self, index: usize) {
        // SAFETY: The descriptor was submitted.
        let (callback, param) = unsafe {
            let descriptor = self.descriptor(index);
            ((*descriptor).callback_result, (*descriptor).callback_param)
        };
        let result = bindings::dmaengine_result {
            result: if self.fails(Failing::Move) {
                bindings::dmaengine_tx_result_DMA_TRANS_READ_FAILED
            } else {
                bindings::dmaengine_tx_result_DMA_TRANS_NOERROR
            },
            residue: 0,
        };
        if let Some(callback) = callback {
            // SAFETY: As drivers call it.
            unsafe { callback(param, &result) };
        }
        self.calling.store(false, Relaxed);
    }

    fn prepare(
        &self,
        pieces: [(bindings::dma_addr_t, usize); MAX],
        period: Option<usize>,
    ) -> *mut bindings::dma_async_tx_descriptor {
        let mut works = self.works.lock();
        let len = pieces.iter().map(|(_, len)| len).sum();
        let free = works
            .works
            .iter()
            .position(|work| work.is_none_or(|work| work.stage == Stage::Complete));
        let Some(index) = free.filter(|_| !self.fails(Failing::Prepare)) else {
            return ptr::null_mut();
        };

        works.works[index] = Some(Work {
            pieces,
            len,
            period: period.unwrap_or(len),
            position: 0,
            cookie: 0,
            stage: Stage::Prepared,
        });
        self.descriptor(index)
    }

    fn submit(&self, descriptor: *mut bindings::dma_async_tx_descriptor) -> Result<i32> {
        let mut works = self.works.lock();
        let cookie = works.last + 1;

        if self.fails(Failing::Submit) {
            return Err(ENXIO);
        }
        let index = (0..MAX).find(|index| self.descriptor(*index) == descriptor);
        let work = works.works[index.ok_or(ENXIO)?].as_mut().ok_or(ENXIO)?;
        if work.stage != Stage::Prepared {
            return Err(ENXIO);
        }
        (work.stage, work.cookie) = (Stage::Submitted, cookie);
        works.last = cookie;
        Ok(cookie)
    }

    fn issue(&self) {
        for work in self.works.lock().works.iter_mut().flatten() {
            if work.stage == Stage::Submitted {
                work.stage = Stage::Issued;
            }
        }
    }

    /// Returns how many bytes are left of what has a number; `None` if it is done.
    fn left(&self, cookie: bindings::dma_cookie_t) -> Option<usize> {
        let works = self.works.lock();
        let work = works
            .works
            .iter()
            .flatten()
            .find(|work| work.cookie == cookie && work.stage != Stage::Complete)?;
        let behind = if self.lags.load(Relaxed) {
            work.period
        } else {
            0
        };

        Some(work.len - work.position.saturating_sub(behind) % work.len)
    }
}

pub(super) extern "C" fn prep_slave_sg(
    channel: *mut bindings::dma_chan,
    list: *mut bindings::scatterlist,
    len: c_uint,
    _direction: bindings::dma_transfer_direction,
    _flags: c_ulong,
    _context: *mut c_void,
) -> *mut bindings::dma_async_tx_descriptor {
    let (mut entry, mut pieces) = (list, [(0, 0); MAX]);

    // CAST: `usize` has 32 bits at least.
    let Some(pieces_used) = pieces.get_mut(..len as usize) else {
        return ptr::null_mut();
    };
    for piece in pieces_used {
        // SAFETY: The list has as many elements.
        unsafe {
            // CAST: As above.
            *piece = (
                bindings::sg_dma_address(entry),
                bindings::sg_dma_len(entry) as usize,
            );
            entry = bindings::sg_next(entry);
        }
    }

    // SAFETY: The channel is a line's.
    unsafe { Line::of(channel) }.prepare(pieces, None)
}

pub(super) extern "C" fn prep_dma_cyclic(
    channel: *mut bindings::dma_chan,
    address: bindings::dma_addr_t,
    len: usize,
    period: usize,
    _direction: bindings::dma_transfer_direction,
    _flags: c_ulong,
) -> *mut bindings::dma_async_tx_descriptor {
    let mut pieces = [(0, 0); MAX];
    pieces[0] = (address, len);

    // SAFETY: The channel is a line's.
    unsafe { Line::of(channel) }.prepare(pieces, Some(period))
}

extern "C" fn tx_submit(descriptor: *mut bindings::dma_async_tx_descriptor) -> c_int {
    // SAFETY: The descriptor is a line's.
    let line = unsafe { Line::of((*descriptor).chan) };

    line.submit(descriptor)
        .unwrap_or_else(|error| error.to_errno())
}

pub(super) extern "C" fn issue_pending(channel: *mut bindings::dma_chan) {
    // SAFETY: The channel is a line's.
    unsafe { Line::of(channel) }.issue();
}

pub(super) extern "C" fn tx_status(
    channel: *mut bindings::dma_chan,
    cookie: bindings::dma_cookie_t,
    state: *mut bindings::dma_tx_state,
) -> bindings::dma_status {
    // SAFETY: The channel is a line's.
    let Some(left) = unsafe { Line::of(channel) }.left(cookie) else {
        return bindings::dma_status_DMA_COMPLETE;
    };

    // CAST: A scatterlist has 32 bits for a length.
    //
    // SAFETY: The caller passes a place for it.
    unsafe { (*state).residue = left as u32 };
    bindings::dma_status_DMA_IN_PROGRESS
}

pub(super) extern "C" fn config(
    channel: *mut bindings::dma_chan,
    config: *mut bindings::dma_slave_config,
) -> c_int {
    // SAFETY: The channel is a line's; `config` is valid.
    let (line, burst) = unsafe {
        (
            Line::of(channel),
            (*config).src_maxburst.max((*config).dst_maxburst),
        )
    };

    line.configured.store(burst, Relaxed);
    0
}

pub(super) extern "C" fn terminate_all(channel: *mut bindings::dma_chan) -> c_int {
    // SAFETY: The channel is a line's.
    let line = unsafe { Line::of(channel) };

    if line.fails(Failing::Terminate) {
        return EIO.to_errno();
    }
    line.works.lock().works = [None; MAX];
    line.terminated.add(1, Relaxed);
    0
}

pub(super) extern "C" fn synchronize(channel: *mut bindings::dma_chan) {
    // SAFETY: The channel is a line's.
    let line = unsafe { Line::of(channel) };

    while line.calling.load(Relaxed) {
        fsleep(Delta::from_millis(1));
    }
}
