// SPDX-License-Identifier: GPL-2.0

//! Random messages for the offload, compiled here and by the driver in C: how many instructions a
//! trigger runs.

use super::{
    c_twin,
    random::Random,
    same_programs::{
        Case,
        Compiling,
        RULES, //
    }, //
};
use crate::{
    recording::Recording,
    version::Version, //
};
use kernel::prelude::*;

const V1_5: Version = Version::new(1, 5, 0);

/// How the lengths of programs compare.
#[derive(Default)]
struct Lengths {
    version: Option<Version>,
    shorter: u32,
    equal: u32,
    /// Where C's program is wrong, or never ends.
    longer: u32,
    refused: u32,
    instructions: usize,
    instructions_c: usize,
}

/// The number of instructions here.
fn length(case: &Case, how: &Compiling) -> Result<usize> {
    let mut transfers = KVec::new();
    for transfer in &case.transfers {
        transfers.push(case.request(transfer, how)?, GFP_KERNEL)?;
    }
    let recording = Recording::new(case.clock, &how.limits, &case.target(how), &transfers)?;

    Ok(recording.instructions.len())
}

/// Whether all transfers move data: lanes are of no use to others.
fn moves_data(transfers: &[c_twin::Transfer]) -> bool {
    transfers
        .iter()
        .all(|transfer| transfer.len == 0 || transfer.reads || transfer.writes)
}

/// Compares the programs of a message.
///
/// # Errors
///
/// `EOVERFLOW` if ours is longer without a reason.
fn compare(case: &Case, lengths: &mut Lengths) -> Result {
    let syncs = case.version < V1_5;
    let c = c_twin::record(&case.device, &case.transfers, syncs)?;
    let mut how = case.compiling();
    let ours = match length(case, &how) {
        Ok(ours) => ours,
        // Other lanes while words are sent: C sends them on the wrong ones.
        Err(EINVAL) => {
            lengths.refused += 1;
            return Ok(());
        }
        Err(error) => return Err(error),
    };

    if ours <= c {
        lengths.instructions += ours;
        lengths.instructions_c += c;
    }
    match ours.cmp(&c) {
        core::cmp::Ordering::Less => lengths.shorter += 1,
        core::cmp::Ordering::Equal => lengths.equal += 1,
        core::cmp::Ordering::Greater => lengths.longer += 1,
    }

    // Without what has to be done otherwise than in C it is never longer. One instruction alone
    // would run away (R10).
    for rule in RULES
        .iter()
        .filter(|rule| !rule.name.to_bytes().starts_with(b"C12"))
    {
        (rule.drop)(case, &mut how);
    }
    if length(case, &how)? > c.max(2) {
        return Err(EOVERFLOW);
    }
    Ok(())
}

#[kernel::macros::kunit_tests(axi_spi_engine_recorded_lengths)]
mod suite {
    use super::*;

    const SEED: u64 = 0x0ff_10ad;
    const VERSIONS: usize = 9;

    fn of_version(all: &mut [Lengths], version: Version) -> Result<&mut Lengths> {
        let place = all
            .iter()
            .position(|lengths| lengths.version == Some(version))
            .or_else(|| all.iter().position(|lengths| lengths.version.is_none()))
            .ok_or(ENOSPC)?;
        let lengths = all.get_mut(place).ok_or(ENOSPC)?;
        lengths.version = Some(version);
        Ok(lengths)
    }

    #[test]
    fn programs_are_not_longer() -> Result {
        let mut random = Random::new(SEED);
        let mut all: [Lengths; VERSIONS] = Default::default();

        for number in 0..c_twin::messages() {
            let case = Case::random(&mut random)?;
            if case.reason_to_refuse().is_some() || !moves_data(&case.transfers) {
                continue;
            }
            compare(&case, of_version(&mut all, case.version)?).inspect_err(|_| {
                pr_err!(
                    "seed {:#x}, message {}: {:?}\n",
                    SEED,
                    number,
                    &*case.transfers
                );
            })?;
        }
        for lengths in &all {
            pr_info!(
                "recorded lengths: {:?}: {} shorter than in C, {} as long, {} longer, {} refused; \
                 {} instructions in those that are not longer, in C {}\n",
                lengths.version,
                lengths.shorter,
                lengths.equal,
                lengths.longer,
                lengths.refused,
                lengths.instructions,
                lengths.instructions_c
            );
        }
        Ok(())
    }
}
