// SPDX-License-Identifier: GPL-2.0

//! How programs are handed to an engine, with a simple one that counts words.

use super::{
    effect::Effect,
    random::Random, //
};
use crate::{
    flow::{
        Flow,
        Ids,
        Sink, //
    },
    instruction::{
        Instruction,
        Setting, //
    },
    program::{
        Fence,
        Section, //
    }, //
};
use kernel::prelude::*;

/// A program, and what each section moves.
struct Program {
    instructions: KVec<u16>,
    sections: KVec<Section>,
    section: Section,
    rx_lanes: u32,
    tx_lanes: u32,
}

impl Program {
    fn new() -> Self {
        Self {
            instructions: KVec::new(),
            sections: KVec::new(),
            section: Section::EMPTY,
            rx_lanes: 1,
            tx_lanes: 1,
        }
    }

    fn push(&mut self, instruction: Instruction) -> Result {
        match Effect::of(instruction.into_raw()) {
            Effect::Transfer {
                words,
                writes,
                reads,
            } => {
                self.section.outgoing += words * u32::from(writes) * self.tx_lanes;
                self.section.incoming += words * u32::from(reads) * self.rx_lanes;
            }
            Effect::SdiLanes(lanes) => self.rx_lanes = lanes,
            Effect::SdoLanes(lanes) => self.tx_lanes = lanes,
            Effect::Sync(_) | Effect::None => {}
        }
        self.section.instructions += 1;
        self.instructions.push(instruction.into_raw(), GFP_KERNEL)?;
        Ok(())
    }

    fn fence(&mut self, fence: Fence) -> Result {
        self.fence_repeated(fence, 1)
    }

    fn fence_repeated(&mut self, fence: Fence, times: u32) -> Result {
        self.push(Instruction::sync(0))?;
        let section = core::mem::replace(&mut self.section, Section::EMPTY);
        self.sections.push(
            Section {
                fence,
                times,
                ..section
            },
            GFP_KERNEL,
        )?;
        Ok(())
    }

    fn flow(&self, capacity: u32) -> Flow<'_> {
        Flow::new(&self.instructions, &self.sections, capacity)
    }
}

/// Collects what is released.
struct Released(KVec<u16>);

impl Sink for &mut Released {
    fn write(&mut self, instructions: &[u16]) {
        assert!(self.0.extend_from_slice(instructions, GFP_KERNEL).is_ok());
    }

    fn write_one(&mut self, instruction: Instruction) {
        self.write(&[instruction.into_raw()]);
    }
}

/// An engine that only counts.
struct Engine {
    queue: KVec<u16>,
    /// Words left of the instruction that is being executed.
    words: u32,
    sent: u32,
    incoming: u32,
    rx_lanes: u32,
    tx_lanes: u32,
    reported: Option<u8>,
    /// Whether a word that is there is taken ahead of its time.
    prefetches: bool,
    /// The most words that were waiting to be received.
    peak: u32,
}

impl Engine {
    const CMD_WORDS: usize = 15;
    const SDO_WORDS: u32 = 31;

    fn new() -> Self {
        Self {
            queue: KVec::new(),
            words: 0,
            sent: 0,
            incoming: 0,
            rx_lanes: 1,
            tx_lanes: 1,
            reported: None,
            prefetches: false,
            peak: 0,
        }
    }

    fn cmd_room(&self) -> u32 {
        // CAST: It is 15 at most.
        Self::CMD_WORDS.saturating_sub(self.queue.len()) as u32
    }

    /// Executes an instruction, or a word of it; returns whether it could.
    fn step(&mut self) -> Result<bool> {
        let Some(&instruction) = self.queue.first() else {
            return Ok(false);
        };
        let prefetched = self.prefetches && self.sent > 0;
        self.prefetches = false;

        match Effect::of(instruction) {
            Effect::Transfer {
                words,
                writes,
                reads,
            } => {
                self.prefetches = true;
                if writes && self.sent < self.tx_lanes {
                    return Ok(false);
                }
                if writes {
                    self.sent -= self.tx_lanes;
                }
                if reads {
                    self.incoming += self.rx_lanes;
                    self.peak = self.peak.max(self.incoming);
                }
                self.words += 1;
                if self.words < words {
                    return Ok(true);
                }
                self.words = 0;
            }
            Effect::Sync(id) => self.reported = Some(id),
            Effect::SdiLanes(lanes) => self.rx_lanes = lanes,
            Effect::SdoLanes(lanes) => {
                // R4: the word would go to the wrong lane.
                assert!(!prefetched);
                self.tx_lanes = lanes;
            }
            Effect::None => {}
        }
        self.queue.remove(0).map_err(|_| EINVAL)?;
        Ok(true)
    }
}

/// What a program has moved.
#[derive(Debug, PartialEq, Eq)]
struct Moved {
    sent: u32,
    received: u32,
    interrupts: u32,
    peak: u32,
}

/// Runs a program to its end, with interrupts that come after up to `latency` steps.
fn run(program: &Program, capacity: u32, random: &mut Random, latency: u32) -> Result<Moved> {
    let mut flow = program.flow(capacity);
    let ids = Ids::new();
    let mut engine = Engine::new();
    let mut moved = Moved {
        sent: 0,
        received: 0,
        interrupts: 0,
        peak: 0,
    };

    loop {
        let mut released = Released(KVec::new());
        let room = engine.cmd_room();
        flow.release(room, &ids, &mut released);
        // CAST: There are a few.
        assert!(released.0.len() <= room as usize);
        engine.queue.extend_from_slice(&released.0, GFP_KERNEL)?;
        let count = flow
            .to_send()
            .min(Engine::SDO_WORDS - engine.sent.min(Engine::SDO_WORDS));
        engine.sent += count;
        moved.sent += count;
        flow.sent(count);

        // What interrupts; without any of it the program hangs.
        loop {
            let steps = 1 + random.below(latency);
            let mut did_something = false;
            for _ in 0..steps {
                did_something |= engine.step()?;
            }
            let interrupts = engine.reported.is_some()
                || (flow.needs_instructions() && engine.queue.is_empty())
                || (flow.needs_words() && engine.sent < engine.tx_lanes);
            if interrupts {
                break;
            }
            if !did_something {
                pr_err!("hangs\n");
                return Err(ETIMEDOUT);
            }
        }

        moved.interrupts += 1;
        if moved.interrupts > 100_000 {
            pr_err!("makes no progress\n");
            return Err(ETIMEDOUT);
        }
        if let Some(arrived) = engine.reported.take().and_then(|id| flow.arrived(id)) {
            if arrived.words > engine.incoming {
                pr_err!("{} words of {}\n", engine.incoming, arrived.words);
                return Err(EINVAL);
            }
            engine.incoming -= arrived.words;
            moved.received += arrived.words;
            if arrived.is_end {
                assert_eq!(engine.incoming, 0);
                assert_eq!(engine.sent, 0);
                moved.peak = engine.peak;
                return Ok(moved);
            }
        }
    }
}

#[kernel::macros::kunit_tests(axi_spi_engine_flow)]
mod suite {
    use super::*;

    #[test]
    fn ids_are_never_0() {
        let ids = Ids::new();
        let mut seen = [0u32; 256];

        for _ in 0..2 * 255 {
            seen[usize::from(ids.next())] += 1;
        }
        assert_eq!(seen[0], 0);
        assert!(seen[1..].iter().all(|&count| count == 2));
    }

    /// Receives words twice; the numbers are one less.
    fn two_reports(first: u8, second: u8) -> Result<Program> {
        let mut program = Program::new();

        program.push(Instruction::transfer(first, false, true))?;
        program.fence(Fence::Passing)?;
        program.push(Instruction::transfer(second, false, true))?;
        program.fence(Fence::End)?;
        Ok(program)
    }

    #[test]
    fn reports_get_ids_in_the_place_of_none() -> Result {
        let program = two_reports(3, 5)?;
        let mut released = Released(KVec::new());

        // Also if there is no room for all at once.
        let mut flow = program.flow(31);
        let ids = Ids::new();
        for _ in 0..4 {
            flow.release(1, &ids, &mut released);
        }
        assert_eq!(*released.0, [0x0203, 0x3001, 0x0205, 0x3002]);
        assert!(!flow.has_instructions());
        Ok(())
    }

    #[test]
    fn sections_are_repeated() -> Result {
        let mut program = Program::new();
        program.push(Instruction::transfer(0, true, false))?;
        program.fence_repeated(Fence::Passing, 3)?;
        program.push(Instruction::transfer(1, true, false))?;
        program.fence(Fence::End)?;

        let mut released = Released(KVec::new());
        let mut flow = program.flow(31);
        flow.release(15, &Ids::new(), &mut released);
        assert_eq!(
            *released.0,
            [0x0100, 0x3001, 0x0100, 0x3002, 0x0100, 0x3003, 0x0101, 0x3004]
        );
        assert_eq!(flow.to_send(), 5);
        assert!(!flow.has_instructions());
        Ok(())
    }

    #[test]
    fn unknown_and_old_reports_are_ignored() -> Result {
        let program = two_reports(3, 3)?;
        let mut flow = program.flow(31);
        flow.release(15, &Ids::new(), &mut Released(KVec::new()));

        assert_eq!(flow.arrived(0), None);
        assert_eq!(flow.arrived(200), None);
        let first = flow.arrived(1).ok_or(EINVAL)?;
        assert_eq!((first.words, first.is_end), (4, false));
        assert_eq!(flow.arrived(1), None);
        let last = flow.arrived(2).ok_or(EINVAL)?;
        assert_eq!((last.words, last.is_end), (4, true));
        Ok(())
    }

    #[test]
    fn a_report_stands_for_those_before() -> Result {
        let program = two_reports(3, 5)?;
        let mut flow = program.flow(31);
        flow.release(15, &Ids::new(), &mut Released(KVec::new()));

        let last = flow.arrived(2).ok_or(EINVAL)?;
        assert_eq!((last.words, last.is_end), (10, true));
        Ok(())
    }

    #[test]
    fn long_write_takes_few_interrupts() -> Result {
        let mut program = Program::new();
        for _ in 0..16 {
            program.push(Instruction::transfer(255, true, false))?;
        }
        program.fence(Fence::End)?;

        let moved = run(&program, 31, &mut Random::new(1), 1)?;
        assert_eq!((moved.sent, moved.received), (4096, 0));
        assert!(moved.interrupts <= 4096 / 31 + 4);
        Ok(())
    }

    /// A program of random parts, which the compiler would make as well.
    fn random_program(random: &mut Random, most: u32) -> Result<(Program, u32, u32)> {
        let mut program = Program::new();
        let (mut lanes, mut unreported) = (1, 0);
        let (mut sent, mut received) = (0, 0);

        for _ in 0..random.below(60) {
            if random.once_in(10) {
                lanes = 1 << random.below(2);
                program.fence(Fence::Waiting)?;
                // CAST: It is 1 or 3.
                let mask = ((1u32 << lanes) - 1) as u8;
                program.push(Instruction::set(Setting::SdiLanes, mask))?;
                program.push(Instruction::set(Setting::SdoLanes, mask))?;
                unreported = 0;
            }
            let (writes, reads) = (random.once_in(2), random.once_in(2));
            let words = 1 + random.below(if reads { (most / lanes).max(1) } else { 256 });
            if reads {
                if unreported > 0 && unreported + words * lanes > most {
                    program.fence(Fence::Passing)?;
                    unreported = 0;
                }
                unreported += words * lanes;
                received += words * lanes;
            }
            if writes {
                sent += words * lanes;
            }
            // CAST: It is 1 to 256.
            let extra = (words - 1) as u8;
            program.push(Instruction::transfer(extra, writes, reads))?;

            if random.once_in(8) {
                // The same once more, and again.
                let times = 1 + random.below(5);
                program.fence(Fence::Passing)?;
                program.push(Instruction::transfer(extra, writes, reads))?;
                program.fence_repeated(Fence::Passing, times)?;
                sent += u32::from(writes) * words * lanes * times;
                received += u32::from(reads) * words * lanes * times;
                unreported = 0;
            }
        }
        program.fence(Fence::End)?;
        Ok((program, sent, received))
    }

    #[test]
    fn random_programs_end_with_all_words() -> Result {
        const SEED: u64 = 0x5eed;
        let mut random = Random::new(SEED);

        for round in 0..2000 {
            let capacity = (1 << (1 + random.below(5))) - 1;
            let (program, sent, received) = random_program(&mut random, (capacity / 2).max(2))?;
            let latency = 1 + random.below(100);
            let moved = run(&program, capacity, &mut random, latency).inspect_err(|_| {
                pr_err!("seed {:#x}, round {}\n", SEED, round);
            })?;

            assert_eq!((moved.sent, moved.received), (sent, received));
            assert!(moved.peak <= capacity.max(2));
        }
        Ok(())
    }
}
