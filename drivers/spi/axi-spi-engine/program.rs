// SPDX-License-Identifier: GPL-2.0

//! Programs of the engine, one for each message.

use crate::{
    instruction::Instruction,
    request::{
        selecting,
        ALL_INACTIVE, //
    },
    short_vec::ShortVec,
    timing::Clock, //
};
use core::num::NonZero;
use kernel::{
    math64,
    prelude::*,
    time::{
        Delta,
        Msecs, //
    }, //
};

/// How a program goes on when it has reported how far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fence {
    /// It has ended.
    End,
    /// It goes on without waiting.
    Passing,
    /// It must not go on before the report has arrived.
    Waiting,
}

/// A part of a program: instructions, of which the last one is a report.
///
/// It may be executed several times, so long transfers make short programs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section {
    /// How many instructions there are, at least 1.
    ///
    /// The last one is a [`Instruction::sync`] without an id, which is chosen when the program
    /// runs.
    pub(crate) instructions: u32,
    /// How many words come in before the report.
    pub(crate) incoming: u32,
    /// How many words have to be sent before the report. It wraps around.
    pub(crate) outgoing: u32,
    /// How the program goes on after the report.
    pub(crate) fence: Fence,
    /// How many times it is executed, at least once.
    pub(crate) times: u32,
}

impl Section {
    /// What is where there is no section. All bits are 0, so that many are made quickly.
    pub(crate) const EMPTY: Self = Self {
        instructions: 0,
        incoming: 0,
        outgoing: 0,
        fence: Fence::End,
        times: 0,
    };
}

/// The instructions for a message.
///
/// Most messages have one section and a few instructions, and need no memory besides.
pub(crate) struct Program {
    instructions: ShortVec<u16, 32>,
    sections: ShortVec<Section, 3>,
    /// How long its bits and delays take, in us, rounded down.
    duration_us: u64,
    /// How many words it moves.
    moved: u64,
    /// The pattern of the chip select lines that selects its device.
    wanted: u8,
    /// The one that it leaves.
    left: u8,
}

impl Program {
    /// How many words at least can be moved to or from the engine in a millisecond. A power of two,
    /// by which all machines can divide.
    const WORDS_PER_MS: u64 = 256;

    /// What is granted on top, in ms: for other interrupts and tasks.
    const MARGIN_MS: u64 = 200;

    /// How short a program is for which an interrupt, and to wake who waits, would take longer, in
    /// us. It is also the time for which Documentation/timers/delay_sleep_functions.rst advises
    /// against sleeping.
    const BRIEF_US: u64 = 10;

    /// Makes a program without instructions.
    #[inline]
    pub(crate) fn new() -> impl Init<Self, Error> {
        try_init!(Self {
            instructions: ShortVec::new(0),
            sections: ShortVec::new(Section::EMPTY),
            duration_us: 0,
            moved: 0,
            wanted: ALL_INACTIVE,
            left: ALL_INACTIVE,
        })
    }

    /// Returns the [instructions](Instruction), as the engine takes them.
    #[inline]
    pub(crate) fn instructions(&self) -> &[u16] {
        self.instructions.as_slice()
    }

    #[inline]
    pub(crate) fn sections(&self) -> &[Section] {
        self.sections.as_slice()
    }

    /// Returns after which time a program that has not ended will not end any more: twice what the
    /// bits and the delays take, and what moving the data takes.
    #[inline]
    pub(crate) fn timeout(&self) -> Msecs {
        const HALF_MS: NonZero<u64> = math64::divisor::<500>();

        let ms = math64::div(self.duration_us, HALF_MS)
            .saturating_add(self.moved / Self::WORDS_PER_MS + Self::MARGIN_MS);

        ms.try_into().unwrap_or(Msecs::MAX)
    }

    /// Returns how long it takes, rounded up, if that is too short for an interrupt.
    #[inline]
    pub(crate) fn brief(&self) -> Option<Delta> {
        // CAST: It is less than 10.
        let rounded_up = || Delta::from_micros(self.duration_us as i64 + 1);

        (self.duration_us < Self::BRIEF_US).then(rounded_up)
    }

    /// Returns the pattern of the chip select lines that selects its device.
    #[inline]
    pub(crate) fn wanted(&self) -> u8 {
        self.wanted
    }

    /// Returns the pattern of the chip select lines that it leaves.
    #[inline]
    pub(crate) fn left(&self) -> u8 {
        self.left
    }
}

/// A program that is being made.
pub(crate) struct Draft<'p> {
    program: &'p mut Program,
    /// Where the section begins that is being made.
    start: usize,
    /// How many words come in with it.
    incoming: u32,
    /// How many words it sends. It wraps around.
    outgoing: u32,
    /// How many words the sections before it move.
    moved: u64,
    /// How long the program takes, in cycles of the engine's clock, but for waiting for data, and
    /// for the instructions of this section themselves.
    cycles: u64,
}

impl<'p> Draft<'p> {
    /// How long an instruction takes at most besides what it does, in cycles of the engine's clock.
    const INSTRUCTION_CYCLES: u64 = 4;

    /// Begins a program for a chip select. `program` must be a new one.
    #[inline]
    pub(crate) fn new(program: &'p mut Program, chip_select: u8) -> Self {
        program.wanted = selecting(chip_select);
        Self {
            program,
            start: 0,
            incoming: 0,
            outgoing: 0,
            moved: 0,
            cycles: 0,
        }
    }

    /// Adds an instruction.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    #[inline(always)]
    pub(crate) fn push(&mut self, instruction: Instruction) -> Result {
        self.program.instructions.push(instruction.into_raw())
    }

    /// Adds several instructions; see [`push`](Self::push).
    #[inline(always)]
    pub(crate) fn push_all<const N: usize>(&mut self, instructions: [Instruction; N]) -> Result {
        self.program
            .instructions
            .push_all(instructions.map(Instruction::into_raw))
    }

    /// Ends the section, and begins the next one.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    #[inline]
    pub(crate) fn fence(&mut self, fence: Fence) -> Result {
        self.fence_repeated(fence, 1)
    }

    /// Ends a section that is executed several times, and begins the next one.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    // Not inline: it is called in many places.
    #[inline(never)]
    pub(crate) fn fence_repeated(&mut self, fence: Fence, times: u32) -> Result {
        self.close(fence, times)
    }

    #[inline(always)]
    fn close(&mut self, fence: Fence, times: u32) -> Result {
        self.push(Instruction::sync(0))?;

        let end = self.program.instructions.len();
        let section = Section {
            // CAST: There is no memory for as many as do not fit.
            instructions: end.wrapping_sub(self.start) as u32,
            incoming: self.incoming,
            outgoing: self.outgoing,
            fence,
            times,
        };
        let moves = u64::from(section.incoming) + u64::from(section.outgoing);
        let executes = u64::from(section.instructions) * u64::from(times);

        self.program.sections.push(section)?;
        self.moved = self
            .moved
            .saturating_add(moves.saturating_mul(times.into()));
        self.takes(executes.saturating_mul(Self::INSTRUCTION_CYCLES));
        self.start = end;
        self.incoming = 0;
        self.outgoing = 0;
        Ok(())
    }

    /// Returns how many words come in before the next report.
    #[inline]
    pub(crate) fn unreported(&self) -> u32 {
        self.incoming
    }

    /// Takes note of words that an instruction moves to and from the engine.
    #[inline(always)]
    pub(crate) fn moves(&mut self, outgoing: u32, incoming: u32) {
        self.outgoing = self.outgoing.wrapping_add(outgoing);
        self.incoming = self.incoming.saturating_add(incoming);
    }

    /// Takes note of `cycles` of the engine's clock that something takes.
    #[inline(always)]
    pub(crate) fn takes(&mut self, cycles: u64) {
        self.cycles = self.cycles.saturating_add(cycles);
    }

    /// Ends the last section, and with it the program.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    #[inline(always)]
    pub(crate) fn finish(&mut self, clock: Clock, holds_chip_select: bool) -> Result {
        self.close(Fence::End, 1)?;
        self.program.instructions.finish()?;
        self.program.sections.finish()?;

        self.program.duration_us = clock.micros(self.cycles);
        self.program.moved = self.moved;
        if holds_chip_select {
            self.program.left = self.program.wanted;
        }
        Ok(())
    }
}
