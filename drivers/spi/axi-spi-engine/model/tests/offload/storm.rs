// SPDX-License-Identifier: GPL-2.0

//! Arming and disarming while others send messages: what the trigger sends is never wrong, and a
//! message is right or refused.

use super::bench::*;
use crate::{
    hw::{
        Params,
        Version, //
    },
    platform::{
        cycles,
        Device,
        Driver,
        FloodEnds,
        Instance,
        Transfer, //
    },
    tests::{
        bench::*,
        random::Random, //
    }, //
};
use core::format_args;
use kernel::{
    kunit::info,
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

const SEED: u64 = 0x0ff_10ad;
/// How often to arm and disarm on each version, and when that was enough: 10 000 on all.
const CYCLES: u32 = 50;
const ENOUGH: u32 = 1_250;
const MESSAGES: u32 = 8;

/// Lets some time pass, from nothing to several messages.
fn pause(random: &mut Random) {
    fsleep(Delta::from_micros(random.below(60).into()));
}

/// Arms and disarms, with a run or two in between; says how many there were.
fn cycle(
    random: &mut Random,
    instance: &Instance,
    offload: &crate::platform::Consumer<'_>,
    program: &[u8],
) -> Result<u32> {
    let mut transfers = [Transfer::write(program).receiving_stream()];
    let recorded = offload.prepare(&mut transfers)?;
    let runs = 1 + random.below(2);

    pause(random);
    offload.enable()?;
    instance.clear_log();
    for _ in 0..runs {
        instance.fire();
        fsleep(Delta::from_micros(300));
    }
    if random.below(2) == 0 {
        // A run that is still going on, and may be seen by nobody.
        instance.fire();
    }
    let sent = streamed(instance)?;
    let wanted = program.iter().copied().cycle();
    if !sent.iter().copied().eq(wanted.take(sent.len())) || sent.len() < program.len() {
        return Err(EBADMSG);
    }

    match random.below(3) {
        // It is disarmed when it is forgotten.
        0 => drop(recorded),
        _ => {
            offload.disable();
            pause(random);
            drop(recorded);
        }
    }
    pause(random);
    Ok(runs)
}

#[kernel::macros::kunit_tests(axi_spi_engine_offload_storm)]
mod suite {
    use super::*;

    #[test]
    fn arming_does_not_spoil_messages_nor_the_reverse() -> Result {
        let mut random = Random::new(SEED);
        let mut ends = FloodEnds::default();
        let cycles = cycles(CYCLES, ENOUGH);
        let (mut armed, mut runs) = (0, 0);

        for version in Version::ALL {
            let params = Params {
                spi_hz: random.one_of(&[20_000_000, 100_000_000]),
                ..params(version)
            };
            let instance = offloading(&params, Driver::Rust, RECEIVING)?;
            let first = device(&instance, &Device::new(5_000_000))?;
            let second = device(
                &instance,
                &Device {
                    chip_select: 1,
                    mode: CPOL,
                    ..Device::new(1_000_000)
                },
            )?;
            let offload = first.offload(TRIGGER | RX_STREAM)?;
            let program = bytes(15)?;

            for _ in 0..cycles {
                let length = 1 + usize::try_from(random.below(15))?;
                let flooded = if random.below(2) == 0 {
                    &first
                } else {
                    &second
                };
                let program = program.get(..length).ok_or(EINVAL)?;
                let (flood, result) = flooded.flood(MESSAGES, || {
                    cycle(&mut random, &instance, &offload, program)
                })?;
                ends.right += flood.right;
                ends.refused += flood.refused;
                ends.wrong += flood.wrong;
                runs += result?;
                armed += 1;
            }
        }
        info(format_args!(
            "offload storm: seed {SEED:#x}: armed {armed} times, {runs} runs; {} messages right, \
             {} refused\n",
            ends.right, ends.refused
        ));
        assert_eq!(ends.wrong, 0);
        assert!(ends.right > 0 && ends.refused > 0);
        Ok(())
    }
}
