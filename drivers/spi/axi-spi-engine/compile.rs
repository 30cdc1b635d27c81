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
        Request,
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
    /// The word length that is set, if it is known.
    bits: Option<u8>,
    /// The lanes that are set, if they are known.
    lanes: Option<Lanes>,
    /// What the last transfer was, if it was not more than this.
    only: Option<Chunk>,
}

/// The words that one instruction transfers.
#[derive(Clone, Copy)]
struct Chunk {
    instruction: Instruction,
    outgoing: u32,
    incoming: u32,
    /// How long it takes, in cycles of the serial clock.
    ticks: u64,
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
            draft: Draft::new(program),
            divider: Divider::ONE,
            bits: None,
            lanes: None,
            only: None,
        }
    }

    /// Compiles a message.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if there is no transfer, or the engine can't do what one asks for.
    /// - `ENOMEM` if there is no memory.
    /// - Those that `requests` yield.
    #[inline]
    pub(crate) fn compile(mut self, requests: impl Iterator<Item = Result<Request>>) -> Result {
        let mut last: Option<Transfer> = None;

        for request in requests {
            let transfer = match request? {
                Request::Transfer(transfer) => transfer,
                Request::Same => {
                    self.again(last.as_ref().ok_or(EINVAL)?)?;
                    continue;
                }
            };

            match &last {
                None => self.begin(transfer.cs_off)?,
                Some(done) => self.between(done, transfer.cs_off)?,
            }
            self.transfer(&transfer)?;
            last = Some(transfer);
        }
        self.end(last.as_ref().ok_or(EINVAL)?)
    }

    #[inline]
    fn push(&mut self, instruction: Instruction) -> Result {
        self.draft.push(instruction)
    }

    #[inline]
    fn set(&mut self, setting: Setting, value: u8) -> Result {
        self.push(Instruction::set(setting, value))
    }

    /// Makes the chip select active or inactive, and waits as long as the device needs.
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
    #[inline]
    fn sleep(&mut self, delay_ns: u64) -> Result {
        // Most delays are none.
        if delay_ns == 0 {
            return Ok(());
        }
        self.sleep_some(delay_ns)
    }

    fn sleep_some(&mut self, delay_ns: u64) -> Result {
        let ticks = self.clock.ticks(delay_ns, self.divider);
        self.draft.takes(ticks, self.divider);

        for t in self.limits.sleeping.split(ticks) {
            self.push(Instruction::sleep(t))?;
        }
        Ok(())
    }

    /// Begins the message before its first transfer.
    fn begin(&mut self, cs_off: bool) -> Result {
        self.set(Setting::Mode, self.target.mode)?;
        self.select(!cs_off)
    }

    /// Does a plain transfer again.
    #[inline(always)]
    fn again(&mut self, transfer: &Transfer) -> Result {
        let Some(chunk) = self.only else {
            return self.transfer_apart(transfer);
        };

        self.draft.takes(chunk.ticks, self.divider);
        self.put(&chunk)
    }

    // Not inline: it is not for what is done often.
    #[inline(never)]
    fn transfer_apart(&mut self, transfer: &Transfer) -> Result {
        self.transfer(transfer)
    }

    // Always inline: there is no need for a transfer in memory then.
    #[inline(always)]
    fn transfer(&mut self, transfer: &Transfer) -> Result {
        self.only = None;

        if transfer.lane_use == LaneUse::Stripe && !self.limits.stripes {
            return Err(EINVAL);
        }
        if self.limits.lanes && transfer.len > 0 {
            self.set_lanes(self.target.lanes(transfer.lane_use))?;
        }
        if transfer.divider != self.divider {
            self.set_divider(transfer.divider)?;
        }
        if transfer.len > 0 {
            if self.bits != Some(transfer.bits) {
                self.set_bits(transfer.bits, transfer.writes)?;
            }
            let lanes = self.target.lanes(transfer.lane_use);
            self.words(transfer, &transfer.spread(lanes)?)?;
        }
        self.sleep(transfer.delay_ns)
    }

    fn set_divider(&mut self, divider: Divider) -> Result {
        self.divider = divider;
        self.set(Setting::ClockDivider, divider.setting())
    }

    fn set_bits(&mut self, bits: u8, writes: bool) -> Result {
        self.bits = Some(bits);
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

        self.draft.takes(ticks, self.divider);
        if spread.words > longest {
            let left = self.words_but_last(transfer, spread, longest)?;
            return self.chunk(transfer, spread, left);
        }

        let chunk = Self::describe(transfer, spread, spread.words, ticks);
        self.only = Some(chunk);
        self.put(&chunk)
    }

    /// Transfers all words that one instruction can't transfer, and returns how many are left.
    fn words_but_last(
        &mut self,
        transfer: &Transfer,
        spread: &Spread,
        longest: u32,
    ) -> Result<u32> {
        let incoming = longest * spread.rx_lanes;
        let mut left = spread.words;

        if 2 * incoming > self.limits.fence_words && transfer.word_delay_ns == 0 {
            self.chunk(transfer, spread, longest)?;
            left -= longest;
            // As many as can be reported each on its own, all alike.
            let times = (left - 1) / longest;
            if times > 0 {
                self.draft.fence(Fence::Passing)?;
                self.chunk(transfer, spread, longest)?;
                self.draft.fence_repeated(Fence::Passing, times)?;
                left -= times * longest;
            }
            return Ok(left);
        }

        while left > longest {
            self.chunk(transfer, spread, longest)?;
            self.sleep(transfer.word_delay_ns)?;
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

    /// Transfers `words` on each lane at once.
    fn chunk(&mut self, transfer: &Transfer, spread: &Spread, words: u32) -> Result {
        self.put(&Self::describe(transfer, spread, words, 0))
    }

    /// Describes a transfer of `words`, 1 to 256, on each lane at once.
    #[inline(always)]
    fn describe(transfer: &Transfer, spread: &Spread, words: u32, ticks: u64) -> Chunk {
        // CAST: It is 0 to 255.
        let extra = words.wrapping_sub(1) as u8;

        // There are 8 lanes at most.
        Chunk {
            instruction: Instruction::transfer(extra, transfer.writes, transfer.reads),
            outgoing: words.wrapping_mul(spread.tx_lanes),
            incoming: words.wrapping_mul(spread.rx_lanes),
            ticks,
        }
    }

    /// Transfers the words of a chunk.
    #[inline(always)]
    fn put(&mut self, chunk: &Chunk) -> Result {
        let unreported = self.draft.unreported();

        if unreported > 0
            && chunk.incoming > 0
            && unreported.saturating_add(chunk.incoming) > self.limits.fence_words
        {
            self.draft.fence(Fence::Passing)?;
        }
        self.draft.moves(chunk.outgoing, chunk.incoming);
        self.push(chunk.instruction)
    }

    /// What happens between two transfers.
    #[inline]
    fn between(&mut self, done: &Transfer, next_cs_off: bool) -> Result {
        if let Some(change_ns) = done.cs_change {
            return self.change(change_ns, done.cs_off, next_cs_off);
        }
        if done.cs_off != next_cs_off {
            return self.select(done.cs_off);
        }
        Ok(())
    }

    /// Makes the chip select inactive for a while.
    fn change(&mut self, change_ns: u64, was_cs_off: bool, next_cs_off: bool) -> Result {
        if !was_cs_off {
            self.select(false)?;
        }
        self.sleep(change_ns)?;
        if !next_cs_off {
            self.select(true)?;
        }
        Ok(())
    }

    /// Ends the message after its last transfer.
    fn end(&mut self, last: &Transfer) -> Result {
        if last.cs_change.is_none() {
            self.select(false)?;
        }
        if self.divider != Divider::ONE {
            self.set_divider(Divider::ONE)?;
        }

        self.draft.fence(Fence::End)?;

        let holds_chip_select = last.cs_change.is_some() && !last.cs_off;
        self.draft
            .finish(self.clock, self.target.chip_select, holds_chip_select)
    }
}
