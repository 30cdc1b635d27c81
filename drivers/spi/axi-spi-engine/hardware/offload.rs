// SPDX-License-Identifier: GPL-2.0

//! The registers of the offload.

use super::{
    Hardware,
    Regs, //
};
use crate::{
    instruction::Instruction,
    regs,
    timing::Clock,
    version::Version, //
};
use kernel::{
    io::Io,
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// The binary logarithms of sizes where the engine does not tell them.
const DEFAULT_ADDR_WIDTH: u8 = 4;

/// What fits into the memories of the offload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memories {
    /// How many instructions a program can have.
    pub(crate) instructions: usize,
    /// How many words it can send.
    pub(crate) words: usize,
    /// How many of both may be on their way into the memories.
    on_the_way: usize,
}

/// Finds out how large the memories are.
pub(super) fn read_memories(regs: Regs<'_>, version: Version) -> Memories {
    let size = |width: u8| match width {
        0 => 1 << DEFAULT_ADDR_WIDTH,
        width => 1 << width.min(16),
    };
    let widths = regs.read(regs::OFFLOAD_MEM_ADDR_WIDTH);
    let words: usize = size(widths.words());

    Memories {
        instructions: size(widths.instructions()),
        words: words - usize::from(version.full_memory_is_empty()),
        on_the_way: size(regs.read(regs::FIFO_ADDR_WIDTH).sync()),
    }
}

/// Empties the memories. The offload must be at rest.
///
/// This sleeps.
pub(super) fn empty_memories(regs: Regs<'_>, clock: Clock) {
    regs.write_reg(regs::OFFLOAD_MEM_RESET::zeroed().with_asserted(true));
    // A shorter one may go unnoticed (R12).
    wait(clock, 4);
    regs.write_reg(regs::OFFLOAD_MEM_RESET::zeroed());
    // What is written too early is lost.
    wait(clock, 4);
}

/// Waits for so many cycles of the engine's clock at least.
fn wait(clock: Clock, cycles: u64) {
    let ns = i64::try_from(clock.nanos(cycles)).unwrap_or(i64::MAX);
    fsleep(Delta::from_nanos(ns));
}

/// Writes to the memories of the offload, which is at rest.
pub(crate) struct Loader<'h, 'bound> {
    hw: &'h Hardware<'bound>,
    /// How much has been written since all had arrived.
    written: usize,
}

impl Loader<'_, '_> {
    /// Adds an instruction to the program.
    ///
    /// This may sleep.
    pub(crate) fn command(&mut self, instruction: Instruction) {
        self.make_way();
        self.hw
            .regs()
            .write_reg(regs::OFFLOAD_CMD_FIFO::from(u32::from(
                instruction.into_raw(),
            )));
    }

    /// Adds a word that the program sends.
    ///
    /// This may sleep.
    pub(crate) fn word(&mut self, word: u32) {
        self.make_way();
        self.hw.regs().write_reg(regs::OFFLOAD_SDO_FIFO::from(word));
    }

    /// Waits until what was written has arrived, if there may be no room on the way: one word
    /// arrives in each cycle of the engine's clock, and nothing holds back what comes too fast.
    fn make_way(&mut self) {
        let room = self.hw.build.memories.on_the_way;

        if self.written == room {
            wait(self.hw.clock, u64::try_from(room).unwrap_or(u64::MAX));
            self.written = 0;
        }
        self.written += 1;
    }
}

impl<'bound> Hardware<'bound> {
    /// Begins to write to the memories of the offload, which must be at rest.
    pub(crate) fn load(&self) -> Loader<'_, 'bound> {
        Loader {
            hw: self,
            written: 0,
        }
    }

    /// Empties the memories of the offload, which must be at rest.
    ///
    /// This sleeps.
    pub(crate) fn empty_memories(&self) {
        empty_memories(self.regs(), self.clock);
    }

    /// Lets the trigger start the program of the offload, or not. It may still be running.
    #[inline]
    pub(crate) fn enable_offload(&self, enabled: bool) {
        self.regs()
            .write_reg(regs::OFFLOAD_ENABLE::zeroed().with_enabled(enabled));
    }

    /// Returns whether the offload is enabled, or its program is running.
    #[inline]
    pub(crate) fn offload_is_on(&self) -> bool {
        self.regs().read(regs::OFFLOAD_STATUS).is_on()
    }
}
