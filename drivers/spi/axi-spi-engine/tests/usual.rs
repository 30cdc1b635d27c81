// SPDX-License-Identifier: GPL-2.0

//! An engine, a device and transfers like most: what tests of programs start from.

use crate::{
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
    version::{
        Limits,
        Version, //
    }, //
};
use kernel::prelude::*;

pub(super) const V1_2: Version = Version::new(1, 2, 1);
pub(super) const V1_4: Version = Version::new(1, 4, 1);
pub(super) const V1_5: Version = Version::new(1, 5, 4);
pub(super) const V2: Version = Version::new(2, 0, 0);

const ONE_LANE: Lanes = Lanes { rx: 1, tx: 1 };

pub(super) const TARGET: Target = Target {
    chip_select: 0,
    mode: 3,
    setup_ns: 0,
    hold_ns: 0,
    inactive_ns: 0,
    single: ONE_LANE,
    striped: ONE_LANE,
};

pub(super) const EXCHANGE: Transfer = Transfer {
    len: 4,
    bits: 8,
    divider: Divider::ONE,
    writes: true,
    reads: true,
    lane_use: LaneUse::Single,
    delay_ns: 0,
    word_delay_ns: 0,
    cs_change: None,
    cs_off: false,
};

pub(super) const WRITE: Transfer = Transfer {
    reads: false,
    ..EXCHANGE
};

pub(super) const READ: Transfer = Transfer {
    writes: false,
    ..EXCHANGE
};

pub(super) fn clock() -> Result<Clock> {
    Clock::new(100_000_000).ok_or(EINVAL)
}

pub(super) fn divider(speed_hz: u32) -> Result<Divider> {
    clock()?.divider(speed_hz).ok_or(EINVAL)
}

/// Of a version with words of 32 bits and one lane.
pub(super) fn limits(version: Version) -> Limits {
    version.limits(32, 1, 31)
}
