// SPDX-License-Identifier: GPL-2.0

//! From messages to programs that the offload runs each time that its trigger fires.
//!
//! What is the same at the end of each run and at the beginning of the next one is not set by the
//! program, but once, before it is started: see [`Start`]. What comes in goes to a stream, so that
//! nothing has to be reported.

use crate::{
    instruction::{
        Instruction,
        Setting, //
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
use kernel::{
    prelude::*,
    time::Delta, //
};

/// What has to be set before a program is started. The program leaves it like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) mode: u8,
    pub(crate) divider: Divider,
    /// The word length, if there is a word.
    pub(crate) bits: Option<u8>,
    /// The lanes, if there is a word and more than one lane.
    pub(crate) lanes: Option<Lanes>,
}

/// What the engine has to know of a program once it is in the memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded {
    pub(crate) start: Start,
    /// After which time a run that has not ended will not end any more.
    pub(crate) timeout: Delta,
    /// The number of the chip select that it is for.
    pub(crate) chip_select: u8,
    /// Whether it leaves the chip select active.
    pub(crate) holds_chip_select: bool,
}

/// The program of a message that the offload records.
pub(crate) struct Recording {
    pub(crate) instructions: KVec<Instruction>,
    pub(crate) recorded: Recorded,
}

impl Recording {
    /// Compiles a message of `transfers`.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if there is no transfer, or the engine can't do what one asks for: it can't send
    ///   on other lanes in the middle of a program.
    /// - `ENOMEM` if there is no memory.
    pub(crate) fn new(
        clock: Clock,
        limits: &Limits,
        target: &Target,
        transfers: &[Transfer],
    ) -> Result<Self> {
        let (Some(first), Some(last)) = (transfers.first(), transfers.last()) else {
            return Err(EINVAL);
        };
        let start = start_as_ended(limits, target, transfers, last)?;
        let mut recorder = Recorder {
            clock,
            limits,
            target,
            instructions: KVec::new(),
            cycles: 0,
            set: start,
        };

        recorder.announce(first, true)?;
        recorder.select(!first.cs_off)?;
        recorder.transfer(first)?;
        for (done, next) in transfers.iter().zip(transfers.iter().skip(1)) {
            recorder.announce(next, changes_chip_select(done, next))?;
            recorder.between(done, next)?;
            recorder.transfer(next)?;
        }
        recorder.end(last)?;

        let recorded = Recorded {
            start,
            timeout: recorder.timeout(),
            chip_select: target.chip_select,
            holds_chip_select: last.cs_change.is_some() && !last.cs_off,
        };
        Ok(Self {
            instructions: recorder.instructions,
            recorded,
        })
    }
}

/// What the last transfer leaves behind.
fn start_as_ended(
    limits: &Limits,
    target: &Target,
    transfers: &[Transfer],
    last: &Transfer,
) -> Result<Start> {
    let last_words = transfers.iter().rev().find(|transfer| transfer.len > 0);
    let lanes = last_words
        .filter(|_| limits.lanes)
        .map(|transfer| target.lanes(transfer.lane_use));

    // A word to be sent is waiting all the time, for the lanes that are set (R4).
    let writes = transfers.iter().any(|transfer| transfer.writes);
    let changes_lanes = transfers.iter().any(|transfer| {
        transfer.len > 0 && lanes.is_some_and(|set| set != target.lanes(transfer.lane_use))
    });
    if writes && changes_lanes {
        return Err(EINVAL);
    }

    Ok(Start {
        mode: target.mode,
        divider: last.divider,
        bits: last_words.map(|transfer| transfer.bits),
        lanes,
    })
}

/// Whether there is an instruction for the chip selects between two transfers.
fn changes_chip_select(done: &Transfer, next: &Transfer) -> bool {
    match done.cs_change {
        Some(_) => !done.cs_off || !next.cs_off,
        None => done.cs_off != next.cs_off,
    }
}

/// Makes a program.
struct Recorder<'a> {
    clock: Clock,
    limits: &'a Limits,
    target: &'a Target,
    instructions: KVec<Instruction>,
    /// How long it takes, in cycles of the engine's clock.
    cycles: u64,
    /// What is set.
    set: Start,
}

impl Recorder<'_> {
    /// The fewest instructions that a program can have: a shorter one runs away from version 1.05
    /// on (R10).
    const SHORTEST: usize = 2;

    /// How long an instruction takes at most besides what it does, in cycles of the engine's clock.
    const INSTRUCTION_CYCLES: u64 = 4;

    /// What is granted on top, in ns.
    const MARGIN_NS: u64 = 100_000_000;

    fn push(&mut self, instruction: Instruction) -> Result {
        self.instructions.push(instruction, GFP_KERNEL)?;
        self.cycles = self.cycles.saturating_add(Self::INSTRUCTION_CYCLES);
        Ok(())
    }

    fn set(&mut self, setting: Setting, value: u8) -> Result {
        self.push(Instruction::set(setting, value))
    }

    /// Takes note of `ticks` of the serial clock.
    fn takes(&mut self, ticks: u64) {
        self.cycles = self
            .cycles
            .saturating_add(ticks.saturating_mul(self.set.divider.cycles()));
    }

    /// Waits for `delay_ns` at least.
    fn sleep(&mut self, delay_ns: u64) -> Result {
        let ticks = self.clock.ticks(delay_ns, self.set.divider);

        self.takes(ticks);
        for t in self.limits.sleeping.split(ticks) {
            self.push(Instruction::sleep(t))?;
        }
        Ok(())
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

    /// Sets what a transfer needs, as far as that has to come before the chip select.
    ///
    /// `selects` is whether an instruction for the chip selects comes between. Then the word that
    /// is waiting to be sent is aligned by the time it is needed (R3), as it is after a report.
    fn announce(&mut self, next: &Transfer, selects: bool) -> Result {
        if next.len == 0 || !next.writes || !self.limits.fillers {
            return Ok(());
        }
        if self.set_bits(next.bits)? && !selects {
            self.push(Instruction::sync(0))?;
        }
        Ok(())
    }

    /// Sets the word length; returns whether it was another one.
    fn set_bits(&mut self, bits: u8) -> Result<bool> {
        if self.set.bits == Some(bits) {
            return Ok(false);
        }
        self.set.bits = Some(bits);
        self.set(Setting::WordLength, bits)?;
        Ok(true)
    }

    fn set_divider(&mut self, divider: Divider) -> Result {
        if self.set.divider == divider {
            return Ok(());
        }
        self.set.divider = divider;
        self.set(Setting::ClockDivider, divider.setting())
    }

    /// Sets the lanes, at once, since nothing is sent if they change.
    fn set_lanes(&mut self, lanes: Lanes) -> Result {
        if !self.limits.lanes || self.set.lanes == Some(lanes) {
            return Ok(());
        }
        self.set.lanes = Some(lanes);
        self.set(Setting::SdiLanes, lanes.rx)?;
        self.set(Setting::SdoLanes, lanes.tx)
    }

    fn transfer(&mut self, transfer: &Transfer) -> Result {
        if transfer.lane_use == LaneUse::Stripe && !self.limits.stripes {
            return Err(EINVAL);
        }
        self.set_divider(transfer.divider)?;
        if transfer.len > 0 {
            let lanes = self.target.lanes(transfer.lane_use);

            self.set_lanes(lanes)?;
            self.set_bits(transfer.bits)?;
            self.words(transfer, transfer.spread(lanes)?.words)?;
        }
        self.sleep(transfer.delay_ns)
    }

    /// Transfers `words` on each lane.
    fn words(&mut self, transfer: &Transfer, words: u32) -> Result {
        // Several of full width never end on some versions (R9).
        let are_single =
            transfer.word_delay_ns > 0 || self.limits.single_words == Some(transfer.bits.into());
        let longest = if are_single {
            1
        } else {
            Instruction::MAX_WORDS
        };
        let mut left = words;

        self.takes(u64::from(words) * u64::from(transfer.bits));
        while left > 0 {
            let now = left.min(longest);
            // CAST: It is 1 to 256.
            let extra = (now - 1) as u8;

            self.push(Instruction::transfer(
                extra,
                transfer.writes,
                transfer.reads,
            ))?;
            left -= now;
            if left > 0 {
                self.sleep(transfer.word_delay_ns)?;
            }
        }
        Ok(())
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

    /// Ends the program after its last transfer.
    fn end(&mut self, last: &Transfer) -> Result {
        if last.cs_change.is_none() {
            self.select(false)?;
        }
        if self.limits.syncs {
            self.push(Instruction::sync(0))?;
        }
        while self.instructions.len() < Self::SHORTEST {
            self.set(Setting::ClockDivider, self.set.divider.setting())?;
        }
        Ok(())
    }

    /// Twice what the bits and the delays take.
    fn timeout(&self) -> Delta {
        let ns = self
            .clock
            .nanos(self.cycles)
            .saturating_mul(2)
            .saturating_add(Self::MARGIN_NS);

        Delta::from_nanos(i64::try_from(ns).unwrap_or(i64::MAX))
    }
}
