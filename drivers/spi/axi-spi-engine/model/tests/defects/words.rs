// SPDX-License-Identifier: GPL-2.0

//! Words that are sent or received wrong.

use super::*;
use crate::{
    hw::Params,
    platform::{
        Device,
        Transfer, //
    },
    tests::bench::*, //
};

pub(super) const OTHER_LENGTH: Case = Case {
    id: "C7",
    what: "another word length comes too late for the first word",
    on: on_2_00,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let device = device(&instance, &Device::new(10_000_000))?;
        device.sync(&mut [
            Transfer::write(&[0xa5]),
            Transfer::write(&0x1234u16.to_ne_bytes()).bits(16),
        ])?;
        let words = words(&instance)?;
        Ok(words.len() == 2 && words[0].sdo[0] == 0xa5 && words[1].sdo[0] == 0x1234)
    },
};

pub(super) const BEYOND_WIDTH: Case = Case {
    id: "C11",
    what: "words that are longer than the core's are sent, without an end",
    on: all,
    right: |version, driver| {
        let params = Params {
            data_width: 8,
            ..params(version)
        };
        let instance = looped(&params, driver)?;
        let device = device(&instance, &Device::new(10_000_000))?;
        let result = device.sync(&mut [Transfer::write(&[1, 2]).bits(16)]);
        quiet(&instance);
        Ok(result == Err(EINVAL))
    },
};

pub(super) const HALF_A_WORD: Case = Case {
    id: "C35",
    what: "a length that is no multiple of the word size goes on without an end",
    // The core refuses it.
    on: |_| false,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let device = device(&instance, &Device::new(10_000_000))?;
        let mut right = true;
        for (len, bits) in [(3, 16), (5, 20), (6, 32)] {
            let tx = bytes(len)?;
            right = right && device.sync(&mut [Transfer::write(&tx).bits(bits)]) == Err(EINVAL);
        }
        Ok(right && echoes(&device, 3)?)
    },
};

pub(super) const ONE_BIT: Case = Case {
    id: "R15",
    what: "words of one bit never end, or are received wrong",
    on: |version| version != Version::V1_05,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let device = device(&instance, &Device::new(50_000_000))?;
        let mut rx = zeros(3)?;
        let mut one_bit = |speed| {
            let transfer = Transfer::exchange(&[1, 0, 1], &mut rx);
            let result = device.sync(&mut [transfer.bits(1).speed(speed)]);
            // The other bits are undefined in C (C36).
            result.map(|_| rx.iter().map(|word| word & 1).eq([1, 0, 1]))
        };
        let fast = one_bit(50_000_000);
        // What hangs is left alone.
        let slow = if fast == Err(ETIMEDOUT) {
            fast
        } else {
            one_bit(25_000_000)
        };
        quiet(&instance);
        match (fast, slow) {
            (Err(EINVAL), Err(EINVAL)) => Ok(version < Version::V1_05),
            (fast, slow) => Ok(fast? && slow?),
        }
    },
};

/// Whether messages of some words are echoed by a core.
fn echoes_on(params: &Params, driver: Driver, speed: u32, latency: u32) -> Result<bool> {
    let instance = looped(params, driver)?;
    let device = device(&instance, &Device::new(speed))?;
    instance.set_latency(latency);
    instance.limit_interrupts(1000);
    let mut right = true;
    for len in [1, 7, 20, 30, 5] {
        right = right && echoes(&device, len)?;
    }
    quiet(&instance);
    Ok(right)
}

pub(super) const ONE_CLOCK: Case = Case {
    id: "C24",
    what: "with one clock a word too many is read",
    on: before_2_00,
    right: |version, driver| {
        let params = Params {
            asynchronous: false,
            ..params(version)
        };
        let right = echoes_on(&params, driver, 1_000_000, 300);
        Ok(right == Ok(true))
    },
};

pub(super) const SLOW_CLOCK: Case = Case {
    id: "C25",
    what: "with a slow clock the level drifts, and no bytes are read as such",
    on: on_2_00,
    right: |version, driver| {
        let params = Params {
            spi_hz: 5_000_000,
            ..params(version)
        };
        let right = echoes_on(&params, driver, 2_500_000, 10_000);
        Ok(right == Ok(true))
    },
};
