// SPDX-License-Identifier: GPL-2.0

//! From messages to programs, in one pass.

use crate::{
    instruction::{
        Instruction,
        Setting, //
    },
    program::{
        Draft,
        Fence,
        Program, //
    },
    request::{
        LaneUse,
        Lanes,
        Spread,
        Target,
        Transfer, //
    },
    timing::{
        Clock,
        Divider, //
    },
    version::Limits, //
};
use kernel::prelude::*;

/// Makes the program of one message.
pub(crate) struct Compiler<'a> {
    clock: Clock,
    limits: &'a Limits,
    target: &'a Target,
    draft: Draft<'a>,
    /// The divider that is set. Between messages it is [`Divider::ONE`].
    divider: Divider,
    /// The word length that is set, 0 if it is not known.
    bits: u8,
    /// The lanes that are set, if they are known.
    lanes: Option<Lanes>,
    /// Whether the chip select is inactive, once there was a transfer.
    cs_off: Option<bool>,
    /// Whether it is to change after the last transfer, and for how long, in ns.
    cs_change: Option<u64>,
    /// The words of the last transfer, if one instruction transferred them.
    only: Option<Chunk>,
    /// How many more times it is to be done.
    repeats: u32,
}

/// The words that one instruction transfers.
#[derive(Clone, Copy)]
struct Chunk {
    instruction: Instruction,
    outgoing: u32,
    incoming: u32,
    /// How long it takes, in cycles of the engine's clock.
    cycles: u64,
}

impl<'a> Compiler<'a> {
    /// `program` must be a new one.
    #[inline]
    pub(crate) fn new(
        clock: Clock,
        limits: &'a Limits,
        target: &'a Target,
        program: &'a mut Program,
    ) -> Self {
        Self {
            clock,
            limits,
            target,
            draft: Draft::new(program, target.chip_select),
            divider: Divider::ONE,
            bits: 0,
            lanes: None,
            cs_off: None,
            cs_change: None,
            only: None,
            repeats: 0,
        }
    }

    /// Compiles the next transfer of the message.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the engine can't do what it asks for.
    /// - `ENOMEM` if there is no memory.
    // Always inline: there is no need for a transfer in memory then.
    #[inline(always)]
    pub(crate) fn transfer(&mut self, transfer: &Transfer) -> Result {
        if self.repeats > 0 {
            self.repeat()?;
        }
        match self.cs_off {
            None => self.begin(transfer.cs_off)?,
            Some(was_cs_off) => self.between(was_cs_off, transfer.cs_off)?,
        }
        self.cs_off = Some(transfer.cs_off);
        // Not one assignment: if there is none there is nothing to be copied.
        match transfer.cs_change {
            None => self.cs_change = None,
            Some(change_ns) => self.cs_change = Some(change_ns),
        }
        self.only = None;
        self.settings_and_words(transfer)?;
        self.sleep(transfer.delay_ns)
    }

    /// Whether the last transfer can be done [`again`](Self::again), if it was plain: on one lane,
    /// without delays, and with nothing special for the chip select.
    #[inline(always)]
    pub(crate) fn can_repeat(&self) -> bool {
        self.only.is_some()
    }

    /// Does the last transfer once more, which [must be able to](Self::can_repeat).
    #[inline(always)]
    pub(crate) fn again(&mut self) {
        // There is no memory for as many transfers as do not fit.
        self.repeats = self.repeats.wrapping_add(1);
    }

    /// Ends the message after its last transfer.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if there was none.
    /// - `ENOMEM` if there is no memory.
    #[inline(always)]
    pub(crate) fn end(&mut self) -> Result {
        let cs_off = self.cs_off.ok_or(EINVAL)?;

        if self.repeats > 0 {
            self.repeat()?;
        }

        if self.cs_change.is_none() {
            self.select(false)?;
        }
        self.set_divider(Divider::ONE)?;

        self.draft
            .finish(self.clock, self.cs_change.is_some() && !cs_off)
    }

    #[inline(always)]
    fn push(&mut self, instruction: Instruction) -> Result {
        self.draft.push(instruction)
    }

    #[inline(always)]
    fn set(&mut self, setting: Setting, value: u8) -> Result {
        self.push(Instruction::set(setting, value))
    }

    /// Makes the chip select active or inactive, and waits as long as the device needs.
    #[inline(always)]
    fn select(&mut self, active: bool) -> Result {
        if !active {
            self.sleep(self.target.hold_ns)?;
        }
        self.push(Instruction::chip_selects(self.target.pattern(active)))?;
        self.sleep(if active {
            self.target.setup_ns
        } else {
            self.target.inactive_ns
        })
    }

    /// Waits for `delay_ns` at least.
    #[inline(always)]
    fn sleep(&mut self, delay_ns: u64) -> Result {
        // Most delays are none.
        if delay_ns == 0 {
            return Ok(());
        }
        self.sleep_some(delay_ns)
    }

    #[cold]
    fn sleep_some(&mut self, delay_ns: u64) -> Result {
        let ticks = self.clock.ticks(delay_ns, self.divider);
        self.draft.takes(self.divider.cycles_of(ticks));

        for t in self.limits.sleeping.split(ticks) {
            self.push(Instruction::sleep(t))?;
        }
        Ok(())
    }

    /// Begins the message before its first transfer.
    #[inline(always)]
    fn begin(&mut self, cs_off: bool) -> Result {
        let mode = Instruction::set(Setting::Mode, self.target.mode);
        if cs_off {
            self.push(mode)?;
            return self.select(false);
        }
        // As `select(true)` does; the two together cost less than one after the other.
        self.draft
            .push_all([mode, Instruction::chip_selects(self.target.pattern(true))])?;
        self.sleep(self.target.setup_ns)
    }

    #[inline(always)]
    fn settings_and_words(&mut self, transfer: &Transfer) -> Result {
        if transfer.lane_use == LaneUse::Stripe && !self.limits.stripes {
            return Err(EINVAL);
        }
        if transfer.len == 0 {
            return self.set_divider(transfer.divider);
        }

        let lanes = self.target.lanes(transfer.lane_use);
        if self.limits.lanes {
            self.set_lanes(lanes)?;
        }
        self.set_divider(transfer.divider)?;
        self.set_bits(transfer.bits, transfer.writes)?;
        self.words(transfer, &transfer.spread(lanes)?)
    }

    #[inline(always)]
    fn set_divider(&mut self, divider: Divider) -> Result {
        if self.divider == divider {
            return Ok(());
        }
        self.divider = divider;
        self.set(Setting::ClockDivider, divider.setting())
    }

    #[inline(always)]
    fn set_bits(&mut self, bits: u8, writes: bool) -> Result {
        if self.bits == bits {
            return Ok(());
        }
        self.bits = bits;
        self.set(Setting::WordLength, bits)?;

        if self.limits.fillers && writes {
            self.set(Setting::WordLength, bits)?;
            self.set(Setting::WordLength, bits)?;
        }
        Ok(())
    }

    fn set_lanes(&mut self, lanes: Lanes) -> Result {
        if self.lanes == Some(lanes) {
            return Ok(());
        }
        // What is waiting to be sent is for the lanes that were set before.
        if self.lanes.replace(lanes).is_some() {
            self.draft.fence(Fence::Waiting)?;
        }
        self.set(Setting::SdiLanes, lanes.rx)?;
        self.set(Setting::SdoLanes, lanes.tx)
    }

    /// Transfers the words of a transfer that has some.
    #[inline(always)]
    fn words(&mut self, transfer: &Transfer, spread: &Spread) -> Result {
        let longest = self.longest(transfer, spread);
        let ticks = u64::from(spread.words) * u64::from(transfer.bits);
        let cycles = self.divider.cycles_of(ticks);

        if spread.words > longest {
            let full = Self::describe(transfer, spread, longest, 0);
            let left = self.words_but_last(&full, spread.words, longest, transfer.word_delay_ns)?;
            return self.put(&Self::describe(transfer, spread, left, cycles));
        }

        let chunk = Self::describe(transfer, spread, spread.words, cycles);
        self.only = Some(chunk);
        self.put(&chunk)
    }

    /// Transfers all words that one instruction can't transfer, and returns how many are left.
    ///
    /// `full` transfers `longest` of them.
    #[inline(never)]
    fn words_but_last(
        &mut self,
        full: &Chunk,
        words: u32,
        longest: u32,
        word_delay_ns: u64,
    ) -> Result<u32> {
        let mut left = words;

        if 2 * full.incoming > self.limits.fence_words && word_delay_ns == 0 {
            self.put(full)?;
            left -= longest;
            // As many as can be reported each on its own, all alike.
            let times = (left - 1) / longest;
            if times > 0 {
                self.draft.fence(Fence::Passing)?;
                self.put(full)?;
                self.draft.fence_repeated(Fence::Passing, times)?;
                left -= times * longest;
            }
            return Ok(left);
        }

        while left > longest {
            self.put(full)?;
            self.sleep(word_delay_ns)?;
            left -= longest;
        }
        Ok(left)
    }

    /// The number of words that one instruction may transfer, at least 1.
    #[inline(always)]
    fn longest(&self, transfer: &Transfer, spread: &Spread) -> u32 {
        if transfer.word_delay_ns > 0 || self.limits.single_words == Some(transfer.bits.into()) {
            return 1;
        }
        match spread.rx_lanes {
            0 => Instruction::MAX_WORDS,
            1 => self.limits.fence_words.min(Instruction::MAX_WORDS),
            lanes => (self.limits.fence_words / lanes).clamp(1, Instruction::MAX_WORDS),
        }
    }

    /// Describes a transfer of `words`, 1 to 256, on each lane at once.
    #[inline(always)]
    fn describe(transfer: &Transfer, spread: &Spread, words: u32, cycles: u64) -> Chunk {
        // CAST: It is 0 to 255.
        let extra = words.wrapping_sub(1) as u8;

        // There are 8 lanes at most.
        Chunk {
            instruction: Instruction::transfer(extra, transfer.writes, transfer.reads),
            outgoing: words.wrapping_mul(spread.tx_lanes),
            incoming: words.wrapping_mul(spread.rx_lanes),
            cycles,
        }
    }

    /// Transfers the words of a chunk.
    #[inline(always)]
    fn put(&mut self, chunk: &Chunk) -> Result {
        let unreported = self.draft.unreported();
        let fits = unreported == 0
            || chunk.incoming == 0
            || unreported.saturating_add(chunk.incoming) <= self.limits.fence_words;

        if !fits {
            self.draft.fence(Fence::Passing)?;
        }
        self.put_times(chunk, 1)
    }

    /// Transfers the words of a chunk so many times, which all are reported together.
    #[inline(always)]
    fn put_times(&mut self, chunk: &Chunk, times: u32) -> Result {
        self.draft.takes(chunk.cycles.saturating_mul(times.into()));
        self.draft.moves(
            chunk.outgoing.wrapping_mul(times),
            chunk.incoming.saturating_mul(times),
        );
        for _ in 0..times {
            self.push(chunk.instruction)?;
        }
        Ok(())
    }

    /// Does the last transfer as often as it is to be done.
    #[inline(never)]
    fn repeat(&mut self) -> Result {
        let times = core::mem::take(&mut self.repeats);
        let Some(chunk) = self.only else {
            return Ok(());
        };
        if chunk.incoming == 0 {
            return self.put_times(&chunk, times);
        }

        // Some are reported together with what is before them.
        let words = self.limits.fence_words;
        let now = (words.saturating_sub(self.draft.unreported()) / chunk.incoming).min(times);
        self.put_times(&chunk, now)?;
        let mut left = times - now;
        if left == 0 {
            return Ok(());
        }
        self.draft.fence(Fence::Passing)?;

        // As many as can be reported at once, all alike.
        let most = (words / chunk.incoming).max(1);
        let rounds = (left - 1) / most;
        if rounds > 0 {
            self.put_times(&chunk, most)?;
            self.draft.fence_repeated(Fence::Passing, rounds)?;

            let others = u64::from(most) * u64::from(rounds - 1);
            self.draft.takes(chunk.cycles.saturating_mul(others));
            left -= rounds * most;
        }
        self.put_times(&chunk, left)
    }

    /// What happens between two transfers.
    #[inline(always)]
    fn between(&mut self, was_cs_off: bool, next_cs_off: bool) -> Result {
        if let Some(change_ns) = self.cs_change {
            return self.change(change_ns, was_cs_off, next_cs_off);
        }
        if was_cs_off != next_cs_off {
            return self.select_between(was_cs_off);
        }
        Ok(())
    }

    #[inline(never)]
    fn select_between(&mut self, active: bool) -> Result {
        self.select(active)
    }

    /// Makes the chip select inactive for a while.
    #[inline(never)]
    fn change(&mut self, change_ns: u64, was_cs_off: bool, next_cs_off: bool) -> Result {
        if !was_cs_off {
            self.select_between(false)?;
        }
        self.sleep(change_ns)?;
        if !next_cs_off {
            self.select_between(true)?;
        }
        Ok(())
    }
}
