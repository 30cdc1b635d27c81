// SPDX-License-Identifier: GPL-2.0

//! Programs of the engine, one for each message.

use crate::{
    instruction::Instruction,
    timing::{
        Clock,
        Divider, //
    }, //
};
use kernel::{
    prelude::*,
    time::Delta, //
};

/// How a program goes on when it has reported how far it got.
///
/// Stands in place of the id of a [`Instruction::sync`], which is chosen when the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fence {
    /// It goes on without waiting.
    Passing,
    /// It must not go on before the report has arrived.
    Waiting,
    /// It has ended.
    End,
}

impl Fence {
    /// The instruction that stands for it.
    pub(crate) fn placeholder(self) -> Instruction {
        Instruction::sync(match self {
            Self::Passing => 0,
            Self::Waiting => 1,
            Self::End => 2,
        })
    }

    /// The fence that a placeholder of the id `id` stands for.
    #[inline]
    pub(crate) fn from_id(id: u8) -> Self {
        match id {
            0 => Self::Passing,
            1 => Self::Waiting,
            _ => Self::End,
        }
    }
}

/// The instructions for a message.
pub(crate) struct Program {
    instructions: KVec<Instruction>,
    /// How many bytes it transfers.
    bytes: usize,
    timeout: Delta,
    chip_select: u8,
    holds_chip_select: bool,
}

impl Program {
    pub(crate) fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// Returns how many bytes it transfers, those that are sent and received at once counted once.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns after which time a program that has not ended will not end any more.
    pub(crate) fn timeout(&self) -> Delta {
        self.timeout
    }

    /// Returns the number of the chip select that it is for.
    pub(crate) fn chip_select(&self) -> u8 {
        self.chip_select
    }

    /// Returns whether it leaves the chip select active.
    pub(crate) fn holds_chip_select(&self) -> bool {
        self.holds_chip_select
    }
}

/// A program that is being made.
pub(crate) struct Draft {
    instructions: KVec<Instruction>,
    bytes: usize,
    /// How long it takes, in cycles of the engine's clock, but for waiting for data.
    cycles: u64,
    /// How many words are moved to and from the engine.
    words: u64,
}

impl Draft {
    /// How long an instruction takes at most besides what it does, in cycles of the engine's clock.
    const INSTRUCTION_CYCLES: u64 = 4;

    /// How long moving a word to or from the engine takes at most, in ns.
    const WORD_NS: u64 = 4_000;

    /// What is granted on top, in ns: for other interrupts and tasks.
    const MARGIN_NS: u64 = 200_000_000;

    /// How many instructions there is room for at first: most messages need less.
    const CAPACITY: usize = 32;

    /// Begins a program.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            // GFP_ATOMIC: `spi_async()` has messages compiled that are sent from atomic context.
            instructions: KVec::with_capacity(Self::CAPACITY, GFP_ATOMIC)?,
            bytes: 0,
            cycles: 0,
            words: 0,
        })
    }

    /// Adds an instruction.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    #[inline]
    pub(crate) fn push(&mut self, instruction: Instruction) -> Result {
        match self.instructions.push_within_capacity(instruction) {
            Ok(()) => Ok(()),
            Err(_) => self.push_beyond(instruction),
        }
    }

    /// Adds an instruction that there is no room for.
    #[cold]
    fn push_beyond(&mut self, instruction: Instruction) -> Result {
        // GFP_ATOMIC: As in `new()`.
        self.instructions.push(instruction, GFP_ATOMIC)?;
        Ok(())
    }

    /// Takes note of `ticks` of the serial clock, divided by `divider`.
    #[inline]
    pub(crate) fn takes(&mut self, ticks: u64, divider: Divider) {
        self.cycles = self
            .cycles
            .saturating_add(ticks.saturating_mul(divider.cycles()));
    }

    /// Takes note of `words` that are moved to or from the engine, with `bytes` that are
    /// transferred.
    #[inline]
    pub(crate) fn moves(&mut self, words: u64, bytes: usize) {
        self.words = self.words.saturating_add(words);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Ends the program.
    ///
    /// Its timeout is twice what the bits and the delays take, and what moving the data takes.
    pub(crate) fn finish(self, clock: Clock, chip_select: u8, holds_chip_select: bool) -> Program {
        let count = u64::try_from(self.instructions.len()).unwrap_or(u64::MAX);
        let cycles = count
            .saturating_mul(Self::INSTRUCTION_CYCLES)
            .saturating_add(self.cycles);
        let ns = clock
            .nanos(cycles)
            .saturating_mul(2)
            .saturating_add(self.words.saturating_mul(Self::WORD_NS))
            .saturating_add(Self::MARGIN_NS);

        Program {
            instructions: self.instructions,
            bytes: self.bytes,
            timeout: Delta::from_nanos(i64::try_from(ns).unwrap_or(i64::MAX)),
            chip_select,
            holds_chip_select,
        }
    }
}
