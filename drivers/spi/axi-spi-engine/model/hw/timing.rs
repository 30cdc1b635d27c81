// SPDX-License-Identifier: GPL-2.0

//! What instructions cost, in cycles of the SPI side's clock.

use super::version::Version;

/// The cost of an instruction from its acceptance to the next one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChipSelectTime {
    /// Until the pins change.
    pub(super) edge: u64,
    /// Until the next instruction.
    pub(super) total: u64,
}

/// CONFIG, an inversion, and what is nothing.
pub(super) const CONFIG: u64 = 1;
/// From the acceptance of a TRANSFER to the beginning of its first word.
pub(super) const TRANSFER_START: u64 = 1;

/// SYNC.
pub(super) fn sync(version: Version) -> u64 {
    if version >= Version::V1_05 {
        2
    } else {
        3
    }
}

/// SLEEP with a field of `t`; `None` if it never ends.
pub(super) fn sleep(version: Version, t: u8, divider: u8) -> Option<u64> {
    let ticks = u64::from(t);
    let half_bit = u64::from(divider) + 1;

    if t == u8::MAX && version.sleep_255_hangs() {
        return None;
    }
    Some(match version {
        Version::V1_00Release2022 => 1 + (1 + 4 * ticks) * half_bit,
        Version::V1_00 | Version::V1_01 | Version::V1_02 => 2 + 2 * ticks * half_bit,
        _ => 2 + 2 * (ticks + 1) * half_bit,
    })
}

/// A chip select instruction with a field of `t`.
pub(super) fn chip_select(version: Version, t: u8, divider: u8) -> ChipSelectTime {
    let ticks = u64::from(t);
    let half_bit = u64::from(divider) + 1;

    if version == Version::V1_00Release2022 {
        let edge = (1 + 4 * ticks) * half_bit;
        return ChipSelectTime {
            edge,
            total: 1 + edge,
        };
    }
    let late = u64::from(t > 0 && divider == 0 && version < Version::V1_05);
    ChipSelectTime {
        edge: 1 + 2 * ticks * half_bit,
        total: 2 + 4 * ticks * half_bit + late,
    }
}

/// A bit.
pub(super) fn bit(divider: u8) -> u64 {
    2 * (u64::from(divider) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Version::*;

    /// The table of section 7, for t = 3 at dividers 0 and 4.
    #[test]
    fn costs_are_those_that_were_measured() {
        for (version, sync_cost, sleeps, selects) in [
            (V1_00Release2022, 3, [14, 66], [(13, 14), (65, 66)]),
            (V1_00, 3, [8, 32], [(7, 15), (31, 62)]),
            (V1_01, 3, [8, 32], [(7, 15), (31, 62)]),
            (V1_02, 3, [8, 32], [(7, 15), (31, 62)]),
            (V1_03, 3, [10, 42], [(7, 15), (31, 62)]),
            (V1_04, 3, [10, 42], [(7, 15), (31, 62)]),
            (V1_05, 2, [10, 42], [(7, 14), (31, 62)]),
            (V2_00, 2, [10, 42], [(7, 14), (31, 62)]),
        ] {
            assert_eq!(sync(version), sync_cost, "{version}");
            for (divider, cost, (edge, total)) in
                [(0, sleeps[0], selects[0]), (4, sleeps[1], selects[1])]
            {
                assert_eq!(sleep(version, 3, divider), Some(cost), "{version}");
                assert_eq!(
                    chip_select(version, 3, divider),
                    ChipSelectTime { edge, total },
                    "{version}"
                );
            }
        }
    }

    #[test]
    fn a_chip_select_without_delay_takes_two_cycles() {
        for version in Version::ALL {
            let total = chip_select(version, 0, 9).total;
            assert_eq!(
                total,
                if version == V1_00Release2022 { 11 } else { 2 },
                "{version}"
            );
        }
    }

    #[test]
    fn the_longest_sleep_never_ends_on_some() {
        for version in Version::ALL {
            let hangs = matches!(version, V1_03 | V1_04 | V1_05);
            assert_eq!(sleep(version, 255, 0).is_none(), hangs, "{version}");
            assert!(sleep(version, 254, 255).is_some());
        }
    }
}
