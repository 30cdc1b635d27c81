// SPDX-License-Identifier: GPL-2.0

//! Speeds and delays that are not those that were asked for.

use super::*;
use crate::{
    hw::Params,
    platform::{
        Device,
        Transfer, //
    },
    tests::bench::*, //
};

pub(super) const TOO_SLOW: Case = Case {
    id: "C27",
    what: "a speed below the divider's reach is raised",
    on: all,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let device = device(&instance, &Device::new(10_000))?;
        if device.sync(&mut [Transfer::write(&[1])]).is_err() {
            return Ok(true);
        }
        let words = words(&instance)?;
        Ok(words.len() == 1 && words[0].end - words[0].start >= 800 * US)
    },
};

pub(super) const SHORT_INACTIVE: Case = Case {
    id: "C28",
    what: "between chip selects there are 20 ns, not the 10 us of the SPI core",
    on: all,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let device = device(&instance, &Device::new(10_000_000))?;
        device.sync(&mut [Transfer::write(&[1]).cs_change(0), Transfer::write(&[2])])?;
        let selects = selects(&instance)?;
        Ok(selects.len() == 4 && selects[2].0 - selects[1].0 >= 10 * US)
    },
};

pub(super) const WORD_DELAY: Case = Case {
    id: "C28w",
    what: "delays between words are ignored",
    on: all,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let device = device(&instance, &Device::new(10_000_000))?;
        if device
            .sync(&mut [Transfer::write(&[1, 2]).word_delay(5_000)])
            .is_err()
        {
            return Ok(true);
        }
        let words = words(&instance)?;
        Ok(words.len() == 2 && words[1].start - words[0].end >= 5 * US)
    },
};

pub(super) const SHORT_DELAY: Case = Case {
    id: "C29",
    what: "a delay is a tick too short, or twice as long",
    on: |version| version <= Version::V1_02,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let device = device(&instance, &Device::new(1_000_000))?;
        device.sync(&mut [Transfer::write(&[1]).delay(10_000), Transfer::write(&[2])])?;
        let words = words(&instance)?;
        let delay = words[1].start - words[0].end;
        // The versions of 2022 can't be told from later ones: twice as long is as good as it gets.
        let longest = match (driver, version) {
            (Driver::Rust, Version::V1_00Release2022) => 24 * US,
            _ => 13 * US,
        };
        Ok((10 * US..longest).contains(&delay))
    },
};

pub(super) const DEFAULT_DIVIDER: Case = Case {
    id: "C31",
    what: "the divider after a reset is taken for 0",
    on: all,
    right: |version, driver| {
        let params = Params {
            default_divider: 9,
            ..params(version)
        };
        let instance = looped(&params, driver)?;
        let device = device(&instance, &Device::new(50_000_000))?;
        device.sync(&mut [Transfer::write(&[1])])?;
        let words = words(&instance)?;
        Ok(words.len() == 1 && words[0].divider == 1)
    },
};
