// SPDX-License-Identifier: GPL-2.0

//! Pins that change when they must not.

use super::*;
use crate::{
    hw::Event,
    platform::{
        Device,
        Instance,
        Transfer, //
    },
    tests::bench::*, //
};

/// Whether SCLK's idle level changed while a chip select was active.
fn edge_while_selected(instance: &Instance) -> bool {
    instance.with(|engine| {
        let mut pins = 0xff;
        engine.wire().log().events().iter().any(|event| {
            if let Event::Select(_, now) = event {
                pins = *now;
            }
            matches!(event, Event::ClockRests(..)) && pins != 0xff
        })
    })
}

pub(super) const HELD_DEVICE: Case = Case {
    id: "C30",
    what: "a device that is still selected sees an edge of another's SCLK",
    on: all,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let held = device(&instance, &Device::new(10_000_000))?;
        let other = device(
            &instance,
            &Device {
                mode: CPOL | CPHA,
                chip_select: 1,
                ..Device::new(10_000_000)
            },
        )?;
        held.sync(&mut [Transfer::write(&[1]).cs_change(0)])?;
        other.sync(&mut [Transfer::write(&[2])])?;
        Ok(!edge_while_selected(&instance))
    },
};

pub(super) const LEFT_SELECTED: Case = Case {
    id: "C32",
    what: "the driver leaves a device with an active-high chip select selected",
    on: since_1_02,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let device = instance.add_device(&Device {
            mode: CS_HIGH,
            ..Device::new(10_000_000)
        });
        if device.is_err() {
            return Ok(true);
        }
        drop(device);
        instance.unbind();
        // A reset can't be avoided, but it can be followed by another setup.
        Ok(instance.with(|engine| engine.wire().pins() & 1) == 0)
    },
};
