// SPDX-License-Identifier: GPL-2.0

//! The data of a message, word by word.

use crate::{
    bindings,
    spi::raw_transfers::RawTransfers, //
};

use core::{
    marker::PhantomData,
    mem::size_of, //
};

/// Calls `f` so many times, with a loop for four calls at a time: a word takes so little that most
/// of the instructions would be the loop's.
#[inline(always)]
fn by_four(times: u32, mut f: impl FnMut()) {
    for _ in 0..times / 4 {
        f();
        f();
        f();
        f();
    }
    if times & 2 != 0 {
        f();
        f();
    }
    if times & 1 != 0 {
        f();
    }
}

/// The words of one buffer that are still to come.
///
/// # Invariants
///
/// `next` points to `left` words of `bits` bits in as many bytes as they take, not necessarily
/// aligned.
struct Run {
    next: *mut u8,
    left: u32,
    bits: u8,
}

impl Run {
    const EMPTY: Self = Self {
        next: core::ptr::null_mut(),
        left: 0,
        bits: 0,
    };

    /// The words of a buffer of the transfer `raw`.
    ///
    /// # Safety
    ///
    /// `raw` must be a valid transfer that has been validated, and `buffer` one of its buffers.
    #[inline]
    unsafe fn new(raw: *const bindings::spi_transfer, buffer: *mut u8) -> Self {
        // SAFETY: By the safety requirement.
        let len = unsafe { (*raw).len };

        // SAFETY: As above.
        let bits = unsafe { (*raw).bits_per_word };

        // INVARIANT: The buffer has `len` bytes.
        Self {
            next: buffer,
            left: match bits {
                ..=8 => len,
                9..=16 => len / 2,
                _ => len / 4,
            },
            bits,
        }
    }

    /// Reads `count` words.
    ///
    /// # Safety
    ///
    /// `count` must not be more than `left`, a word must take a `W`, and the buffer be there.
    #[inline(always)]
    unsafe fn read<W: Copy + Into<u32>>(&mut self, count: u32, f: &mut impl FnMut(u32)) {
        let mut next = self.next.cast::<W>();

        by_four(count, || {
            // SAFETY: By the type invariant there are as many words.
            f(unsafe { next.read_unaligned() }.into());
            // SAFETY: As above; it may point to the end.
            next = unsafe { next.add(1) };
        });
        // INVARIANT: `count` words fewer are left, and `next` is behind them.
        self.next = next.cast();
        self.left -= count;
    }

    /// Writes `count` words that `f` gives, without the bits that do not belong to them.
    ///
    /// # Safety
    ///
    /// As for [`Run::read`].
    #[inline(always)]
    unsafe fn write<W: Copy>(
        &mut self,
        count: u32,
        f: &mut impl FnMut() -> u32,
        truncate: impl Fn(u32) -> W,
    ) {
        // Most words take all bits of their bytes.
        if usize::from(self.bits) == 8 * size_of::<W>() {
            // SAFETY: By the safety requirement.
            unsafe { self.store(count, || truncate(f())) };
        } else {
            // SAFETY: As above.
            unsafe { self.write_masked(count, f, truncate) };
        }
    }

    /// Does what [`Run::write`] does.
    ///
    /// # Safety
    ///
    /// As for [`Run::read`].
    // Not inline: the usual words have nothing else to keep in registers then.
    #[cold]
    #[inline(never)]
    unsafe fn write_masked<W: Copy>(
        &mut self,
        count: u32,
        f: &mut impl FnMut() -> u32,
        truncate: impl Fn(u32) -> W,
    ) {
        let mask = u32::MAX >> (32 - u32::from(self.bits.clamp(1, 32)));

        // SAFETY: By the safety requirement.
        unsafe { self.store(count, || truncate(f() & mask)) };
    }

    /// Writes `count` words that `f` gives.
    ///
    /// # Safety
    ///
    /// As for [`Run::read`].
    #[inline(always)]
    unsafe fn store<W: Copy>(&mut self, count: u32, mut f: impl FnMut() -> W) {
        let mut next = self.next.cast::<W>();

        by_four(count, || {
            // SAFETY: By the type invariant there are as many words.
            unsafe { next.write_unaligned(f()) };
            // SAFETY: As above; it may point to the end.
            next = unsafe { next.add(1) };
        });
        // INVARIANT: `count` words fewer are left, and `next` is behind them.
        self.next = next.cast();
        self.left -= count;
    }
}

/// The words of a message, from the first to the last: those that it sends, and where those go that
/// it receives.
///
/// Words of up to 8 bits take a byte of a buffer, those of up to 16 bits two, others four, in
/// native byte order. Transfers that send nothing have none to be sent, those that receive nothing
/// have no place for any.
///
/// What is sent and what is received may be in the same buffer, so both are in one hand.
///
/// # Invariants
///
/// The message is in flight as long as `'m`, and nobody else accesses its buffers.
pub struct Words<'m> {
    tx: OneWay<TX>,
    rx: OneWay<RX>,
    _lifetime: PhantomData<&'m mut bindings::spi_message>,
}

impl Words<'_> {
    /// # Safety
    ///
    /// `msg` must be valid, and the type invariant hold.
    #[inline]
    pub(super) unsafe fn new(msg: *mut bindings::spi_message) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            // SAFETY: By the safety requirement.
            tx: unsafe { OneWay::new(msg) },
            // SAFETY: As above.
            rx: unsafe { OneWay::new(msg) },
            _lifetime: PhantomData,
        }
    }

    /// Hands the next `max` words to be sent to `f`, or as many as are left, and returns how many.
    ///
    /// Can be called in any context.
    // Always inline, like `fill()`: for the few words of most messages a call, with what it stores
    // and loads again, would be much of the work.
    #[inline(always)]
    pub fn take(&mut self, max: u32, f: impl FnMut(u32)) -> u32 {
        self.tx.take(max, f)
    }

    /// Stores the next `max` words, which `f` gives, or as many as there is room for, and returns
    /// how many.
    ///
    /// Bits that do not belong to the word are stored as 0. Can be called in any context.
    #[inline(always)]
    pub fn fill(&mut self, max: u32, f: impl FnMut() -> u32) -> u32 {
        self.rx.fill(max, f)
    }
}

// SAFETY: The message is not tied to a thread, and by the type invariant nobody else uses it.
unsafe impl Send for Words<'_> {}

/// The words of a message that go one way: those that it sends, or the places of those that it
/// receives.
///
/// # Invariants
///
/// The message is in flight, and nobody else accesses its buffers meanwhile, but who goes the other
/// way of the same [`Words`].
struct OneWay<const WAY: bool> {
    transfers: RawTransfers,
    run: Run,
}

/// The way of the words that a message sends.
const TX: bool = true;
/// The way of those that it receives.
const RX: bool = false;

impl<const WAY: bool> OneWay<WAY> {
    /// # Safety
    ///
    /// `msg` must be valid, and the type invariant hold as long as the returned value is used.
    #[inline]
    unsafe fn new(msg: *mut bindings::spi_message) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            // SAFETY: By the safety requirement.
            transfers: unsafe { RawTransfers::new(msg) },
            run: Run::EMPTY,
        }
    }

    /// Goes to the next transfer that has words for this way; returns whether there is one.
    #[inline(always)]
    fn next_run(&mut self) -> bool {
        for raw in &mut self.transfers {
            let buffer = if WAY == TX {
                // SAFETY: By the type invariant the transfer is valid.
                unsafe { (*raw).tx_buf }.cast_mut()
            } else {
                // SAFETY: As above.
                unsafe { (*raw).rx_buf }
            };
            if buffer.is_null() {
                continue;
            }
            // SAFETY: As above; a message that is in flight was validated.
            self.run = unsafe { Run::new(raw, buffer.cast()) };
            if self.run.left > 0 {
                return true;
            }
        }
        false
    }

    /// Returns how many words of a run come next, if `max` are wanted; `None` if none are, or all
    /// runs have ended.
    #[inline]
    fn next_count(&mut self, max: u32) -> Option<u32> {
        if max == 0 || (self.run.left == 0 && !self.next_run()) {
            return None;
        }
        Some(self.run.left.min(max))
    }
}

impl OneWay<TX> {
    /// See [`Words::take`].
    #[inline(always)]
    fn take(&mut self, max: u32, mut f: impl FnMut(u32)) -> u32 {
        let mut left = max;

        while let Some(count) = self.next_count(left) {
            match self.run.bits {
                // SAFETY: There are as many words, of this size. By the type invariant the message
                // is in flight, so its buffers are there.
                ..=8 => unsafe { self.run.read::<u8>(count, &mut f) },
                // SAFETY: As above.
                9..=16 => unsafe { self.run.read::<u16>(count, &mut f) },
                // SAFETY: As above.
                _ => unsafe { self.run.read::<u32>(count, &mut f) },
            }
            left -= count;
        }
        max - left
    }
}

impl OneWay<RX> {
    /// See [`Words::fill`].
    #[inline(always)]
    fn fill(&mut self, max: u32, mut f: impl FnMut() -> u32) -> u32 {
        let mut left = max;

        while let Some(count) = self.next_count(left) {
            match self.run.bits {
                // CAST: What the buffer has no room for is not part of the word.
                //
                // SAFETY: There are as many words, of this size. By the type invariant the message
                // is in flight, so its buffers are there.
                ..=8 => unsafe { self.run.write(count, &mut f, |word| word as u8) },
                // CAST: As above.
                //
                // SAFETY: As above.
                9..=16 => unsafe { self.run.write(count, &mut f, |word| word as u16) },
                // SAFETY: As above.
                _ => unsafe { self.run.write(count, &mut f, |word| word) },
            }
            left -= count;
        }
        max - left
    }
}
