// SPDX-License-Identifier: GPL-2.0

//! Lanes that are not those that were asked for.

use super::*;
use crate::{
    hw::{
        Chip,
        Params,
        Socket, //
    },
    platform::{
        Device,
        Instance,
        SpiDevice,
        Transfer, //
    },
    tests::bench::*, //
};

/// Has a device of an engine with four lanes, and a loopback on each of them, at two chip selects;
/// whatever comes of it, the engine is quiet afterwards. Versions before 2.00 are right: they have
/// one lane.
fn on_four_lanes(
    version: Version,
    driver: Driver,
    dev: Device,
    body: fn(&Instance, &SpiDevice<'_>) -> Result<bool>,
) -> Result<bool> {
    if version < Version::V2_00 {
        return Ok(true);
    }
    let params = Params {
        lanes: 4,
        ..params(version)
    };
    let instance = looped(&params, driver)?;
    instance.attach(Socket {
        chip_select: 1,
        lanes: 0xff,
        ..Socket::new(Chip::Loopback)
    })?;
    let device = device(&instance, &dev)?;
    let result = body(&instance, &device);
    quiet(&instance);
    result
}

/// A device on one lane of the controller.
fn on_lane(lane: u8, chip_select: u8) -> Device {
    Device {
        chip_select,
        rx_lane_map: [lane, 0, 0, 0, 0, 0, 0, 0],
        tx_lane_map: [lane, 0, 0, 0, 0, 0, 0, 0],
        ..Device::new(10_000_000)
    }
}

/// A device on the first `lanes` lanes of the controller.
fn striped(lanes: u8) -> Device {
    Device {
        lanes,
        ..Device::new(10_000_000)
    }
}

pub(super) const OTHERS_LANES: Case = Case {
    id: "C12",
    what: "a message uses the lanes of the device that was set up last",
    on: on_2_00,
    right: |version, driver| {
        on_four_lanes(version, driver, on_lane(0, 0), |instance, first| {
            let _second = device(instance, &on_lane(1, 1))?;
            first.sync(&mut [Transfer::write(&[1])])?;
            Ok(words(instance)?.iter().all(|word| word.lanes == 1))
        })
    },
};

pub(super) const OTHER_LANE: Case = Case {
    id: "C13",
    what: "on another lane than the first more words are read than there are",
    on: on_2_00,
    right: |version, driver| {
        on_four_lanes(version, driver, on_lane(1, 0), |instance, device| {
            instance.limit_interrupts(1000);
            echoes(device, 24)
        })
    },
};

pub(super) const SINGLE_THEN_STRIPE: Case = Case {
    id: "C14",
    what: "after a transfer on one lane words of a striped one are on wrong lanes",
    on: on_2_00,
    right: |version, driver| {
        on_four_lanes(version, driver, striped(2), |instance, device| {
            device.sync(&mut [
                Transfer::write(&[1]),
                Transfer::write(&[2, 3, 4, 5]).stripe(),
            ])?;
            let words = words(instance)?;
            let lanes = words
                .iter()
                .map(|word| (word.lanes, word.sdo[0], word.sdo[1]));
            Ok(lanes.skip(1).eq([(3, 2, 3), (3, 4, 5)]))
        })
    },
};

pub(super) const ODD_STRIPE: Case = Case {
    id: "C15",
    what: "words that do not fill all lanes are left for the next message",
    on: on_2_00,
    right: |version, driver| {
        on_four_lanes(version, driver, striped(2), |instance, device| {
            let odd = device.sync(&mut [Transfer::write(&[1, 2, 3, 4, 5]).stripe()]);
            if odd.is_err() {
                return Ok(true);
            }
            instance.clear_log();
            device.sync(&mut [Transfer::write(&[0x66])])?;
            Ok(words(instance)?.iter().all(|word| word.sdo[0] == 0x66))
        })
    },
};

pub(super) const STRIPE_WITHOUT: Case = Case {
    id: "C16",
    what: "a striped transfer is sent on one lane, at another speed",
    on: before_2_00,
    right: |version, driver| {
        if version == Version::V2_00 {
            return Ok(true);
        }
        let instance = looped(&params(version), driver)?;
        let device = device(&instance, &striped(1))?;
        let refused = device.sync(&mut [Transfer::write(&[1, 2]).stripe().speed(50_000_000)]);
        quiet(&instance);
        Ok(refused.is_err())
    },
};
