// SPDX-License-Identifier: GPL-2.0

//! How programs are handed to an engine, with a simple one that counts words.

use super::random::Random;
use crate::{
    flow::{
        Flow,
        Ids, //
    },
    instruction::{
        Effect,
        Instruction,
        Setting, //
    },
    program::Fence, //
};
use kernel::prelude::*;

/// An engine that only counts.
struct Engine {
    queue: KVec<Instruction>,
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

        match instruction.effect() {
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
fn run(program: &[Instruction], capacity: u32, random: &mut Random, latency: u32) -> Result<Moved> {
    let mut flow = Flow::new(program, capacity);
    let mut ids = Ids::new();
    let mut engine = Engine::new();
    let mut moved = Moved {
        sent: 0,
        received: 0,
        interrupts: 0,
        peak: 0,
    };

    loop {
        let mut released = KVec::new();
        flow.release(engine.cmd_room(), &mut ids, |instruction| {
            assert!(released.push(instruction, GFP_KERNEL).is_ok());
        });
        for instruction in released {
            engine.queue.push(instruction, GFP_KERNEL)?;
        }
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
        let mut ids = Ids::new();
        let mut seen = [0u32; 256];

        for _ in 0..2 * 255 {
            seen[usize::from(ids.next())] += 1;
        }
        assert_eq!(seen[0], 0);
        assert!(seen[1..].iter().all(|&count| count == 2));
    }

    #[test]
    fn unknown_and_old_reports_are_ignored() -> Result {
        let program = [
            Instruction::transfer(3, false, true),
            Fence::Passing.placeholder(),
            Instruction::transfer(3, false, true),
            Fence::End.placeholder(),
        ];
        let mut ids = Ids::new();
        let mut flow = Flow::new(&program, 31);
        flow.release(15, &mut ids, |_| {});

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
        let program = [
            Instruction::transfer(3, false, true),
            Fence::Passing.placeholder(),
            Instruction::transfer(5, false, true),
            Fence::End.placeholder(),
        ];
        let mut flow = Flow::new(&program, 31);
        flow.release(15, &mut Ids::new(), |_| {});

        let last = flow.arrived(2).ok_or(EINVAL)?;
        assert_eq!((last.words, last.is_end), (10, true));
        Ok(())
    }

    #[test]
    fn long_write_takes_few_interrupts() -> Result {
        let mut program = KVec::new();
        for _ in 0..16 {
            program.push(Instruction::transfer(255, true, false), GFP_KERNEL)?;
        }
        program.push(Fence::End.placeholder(), GFP_KERNEL)?;

        let moved = run(&program, 31, &mut Random::new(1), 1)?;
        assert_eq!((moved.sent, moved.received), (4096, 0));
        assert!(moved.interrupts <= 4096 / 31 + 4);
        Ok(())
    }

    /// A program of random parts, which the compiler would make as well.
    fn random_program(random: &mut Random, most: u32) -> Result<(KVec<Instruction>, u32, u32)> {
        let mut program = KVec::new();
        let (mut lanes, mut unreported) = (1, 0);
        let (mut sent, mut received) = (0, 0);

        for _ in 0..random.below(60) {
            if random.once_in(10) {
                lanes = 1 << random.below(2);
                program.push(Fence::Waiting.placeholder(), GFP_KERNEL)?;
                // CAST: It is 1 or 3.
                let mask = ((1u32 << lanes) - 1) as u8;
                program.push(Instruction::set(Setting::SdiLanes, mask), GFP_KERNEL)?;
                program.push(Instruction::set(Setting::SdoLanes, mask), GFP_KERNEL)?;
                unreported = 0;
            }
            let (writes, reads) = (random.once_in(2), random.once_in(2));
            let words = 1 + random.below(if reads { (most / lanes).max(1) } else { 256 });
            if reads {
                if unreported > 0 && unreported + words * lanes > most {
                    program.push(Fence::Passing.placeholder(), GFP_KERNEL)?;
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
            program.push(Instruction::transfer(extra, writes, reads), GFP_KERNEL)?;
        }
        program.push(Fence::End.placeholder(), GFP_KERNEL)?;
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
