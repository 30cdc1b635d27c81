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
    draft: Draft,
    /// The divider that is set. Between messages it is [`Divider::ONE`].
    divider: Divider,
    /// The word length that is set, if it is known.
    bits: Option<u8>,
    /// The lanes that are set, if they are known.
    lanes: Option<Lanes>,
    /// How many words come in after the last fence.
    unreported: u32,
}

impl<'a> Compiler<'a> {
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    pub(crate) fn new(clock: Clock, limits: &'a Limits, target: &'a Target) -> Result<Self> {
        Ok(Self {
            clock,
            limits,
            target,
            draft: Draft::new()?,
            divider: Divider::ONE,
            bits: None,
            lanes: None,
            unreported: 0,
        })
    }

    /// Compiles a message of `transfers`.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if there is no transfer, or the engine can't do what one asks for.
    /// - `ENOMEM` if there is no memory.
    /// - Those that `transfers` yield.
    pub(crate) fn compile(
        mut self,
        mut transfers: impl Iterator<Item = Result<Transfer>>,
    ) -> Result<Program> {
        let mut current = transfers.next().ok_or(EINVAL)??;

        self.set(Setting::Mode, self.target.mode)?;
        self.select(!current.cs_off)?;
        loop {
            self.transfer(&current)?;
            let Some(next) = transfers.next().transpose()? else {
                break;
            };
            self.between(&current, &next)?;
            current = next;
        }
        self.end(&current)?;

        let holds_chip_select = current.cs_change.is_some() && !current.cs_off;
        Ok(self
            .draft
            .finish(self.clock, self.target.chip_select, holds_chip_select))
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
        if delay_ns == 0 {
            return Ok(());
        }
        let ticks = self.clock.ticks(delay_ns, self.divider);
        self.draft.takes(ticks, self.divider);

        for t in self.limits.sleeping.split(ticks) {
            self.push(Instruction::sleep(t))?;
        }
        Ok(())
    }

    fn transfer(&mut self, transfer: &Transfer) -> Result {
        let lanes = self.target.lanes(transfer.lane_use);

        if transfer.lane_use == LaneUse::Stripe && !self.limits.stripes {
            return Err(EINVAL);
        }
        if transfer.len > 0 {
            self.set_lanes(lanes)?;
        }
        self.set_divider(transfer.divider)?;
        if transfer.len > 0 {
            self.set_bits(transfer)?;
            self.words(transfer, lanes)?;
        }
        self.sleep(transfer.delay_ns)
    }

    fn set_divider(&mut self, divider: Divider) -> Result {
        if self.divider == divider {
            return Ok(());
        }
        self.divider = divider;
        self.set(Setting::ClockDivider, divider.setting())
    }

    fn set_bits(&mut self, transfer: &Transfer) -> Result {
        if self.bits == Some(transfer.bits) {
            return Ok(());
        }
        self.bits = Some(transfer.bits);
        self.set(Setting::WordLength, transfer.bits)?;

        if self.limits.fillers && transfer.writes {
            self.set(Setting::WordLength, transfer.bits)?;
            self.set(Setting::WordLength, transfer.bits)?;
        }
        Ok(())
    }

    fn set_lanes(&mut self, lanes: Lanes) -> Result {
        if !self.limits.lanes || self.lanes == Some(lanes) {
            return Ok(());
        }
        // What is waiting to be sent is for the lanes that were set before.
        if self.lanes.replace(lanes).is_some() {
            self.fence(Fence::Waiting)?;
        }
        self.set(Setting::SdiLanes, lanes.rx)?;
        self.set(Setting::SdoLanes, lanes.tx)
    }

    fn fence(&mut self, fence: Fence) -> Result {
        self.unreported = 0;
        self.push(fence.placeholder())
    }

    /// Transfers the words of a transfer that has some.
    fn words(&mut self, transfer: &Transfer, lanes: Lanes) -> Result {
        let words = transfer.words(lanes)?;
        let rx_lanes = match (transfer.reads, transfer.lane_use) {
            (false, _) => 0,
            (true, LaneUse::Single) => 1,
            (true, LaneUse::Stripe) => lanes.rx.count_ones(),
        };
        let longest = self.longest(transfer, rx_lanes);
        let mut left = words;

        self.draft
            .takes(u64::from(words) * u64::from(transfer.bits), self.divider);
        self.draft.moves(
            u64::from(transfer.len) * (u64::from(transfer.reads) + u64::from(transfer.writes)),
            transfer.bytes,
        );
        while left > 0 {
            let now = left.min(longest);
            left -= now;
            self.chunk(transfer, now, now * rx_lanes)?;
            if left > 0 {
                self.sleep(transfer.word_delay_ns)?;
            }
        }
        Ok(())
    }

    /// The number of words that one instruction may transfer, at least 1.
    fn longest(&self, transfer: &Transfer, rx_lanes: u32) -> u32 {
        if transfer.word_delay_ns > 0 || self.limits.single_words == Some(transfer.bits.into()) {
            return 1;
        }
        match self.limits.fence_words.checked_div(rx_lanes) {
            Some(words) => words.clamp(1, Instruction::MAX_WORDS),
            None => Instruction::MAX_WORDS,
        }
    }

    /// Transfers `words` at once, with which `incoming` words come in.
    fn chunk(&mut self, transfer: &Transfer, words: u32, incoming: u32) -> Result {
        if incoming > 0 {
            if self.unreported > 0
                && self.unreported.saturating_add(incoming) > self.limits.fence_words
            {
                self.fence(Fence::Passing)?;
            }
            self.unreported = self.unreported.saturating_add(incoming);
        }
        // CAST: `words` is 1 to 256.
        let extra = (words - 1) as u8;
        self.push(Instruction::transfer(
            extra,
            transfer.writes,
            transfer.reads,
        ))
    }

    /// What happens between two transfers.
    fn between(&mut self, done: &Transfer, next: &Transfer) -> Result {
        match done.cs_change {
            Some(change_ns) => {
                if !done.cs_off {
                    self.select(false)?;
                }
                self.sleep(change_ns)?;
                if !next.cs_off {
                    self.select(true)?;
                }
                Ok(())
            }
            None if done.cs_off != next.cs_off => self.select(done.cs_off),
            None => Ok(()),
        }
    }

    /// Ends the message after its last transfer.
    fn end(&mut self, last: &Transfer) -> Result {
        if last.cs_change.is_none() {
            self.select(false)?;
        }
        self.set_divider(Divider::ONE)?;
        self.fence(Fence::End)
    }
}
