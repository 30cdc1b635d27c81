// SPDX-License-Identifier: GPL-2.0

//! What a driver does wrong with the offload.

use super::*;
use crate::{
    hw::Params,
    platform::{
        Device,
        Instance,
        Transfer, //
    },
    tests::{
        bench::*,
        offload::bench::*, //
    }, //
};

/// What was sent, in words, with the number of their bits.
fn sent(instance: &Instance) -> Result<KVec<(u8, u32)>> {
    let mut sent = KVec::new();
    for word in words(instance)? {
        sent.push((word.bits, word.sdo[0]), GFP_KERNEL)?;
    }
    Ok(sent)
}

/// Keeps the C driver from an interrupt after a timeout, which it would not survive (C3).
fn mask(instance: &Instance) {
    instance.with(|engine| engine.write(register::MASK, 0));
}

const SPEED: u32 = 10_000_000;

pub(super) const OTHER_LENGTH: Case = Case {
    id: "C7",
    what: "words of an offload program that have another length are wrong",
    on: on_2_00,
    right: |version, driver| {
        let instance = offloading(&params(version), driver, RECORDED)?;
        let device = device(&instance, &Device::new(SPEED))?;
        let offload = device.offload(TRIGGER)?;
        let word = 0x1234u16.to_ne_bytes();
        let _program = offload.prepare(&mut [
            Transfer::write(&[0xa5]),
            Transfer::write(&word).bits(16),
            Transfer::write(&[0x5a]).cs_change(1000),
            Transfer::write(&word).bits(16),
        ])?;
        offload.enable()?;
        instance.clear_log();
        run(&instance);
        run(&instance);
        offload.disable();

        let once = [(8, 0xa5), (16, 0x1234), (8, 0x5a), (16, 0x1234)];
        Ok(sent(&instance)?
            .iter()
            .eq(once.iter().cycle().take(2 * once.len())))
    },
};

pub(super) const NOT_EXCLUDED: Case = Case {
    id: "C9",
    what: "a message while the offload is armed hangs, or changes its words",
    on: all,
    right: |version, driver| {
        let instance = offloading(&params(version), driver, RECORDED)?;
        let device = device(&instance, &Device::new(SPEED))?;
        let offload = device.offload(TRIGGER)?;
        let _program = offload.prepare(&mut [Transfer::write(&[0xa5])])?;
        offload.enable()?;
        instance.with(|engine| engine.forget_sync());

        let refused = device.sync(&mut [Transfer::write(&[1, 2]).bits(16)]) == Err(EBUSY);
        mask(&instance);
        instance.clear_log();
        run(&instance);
        let sent = sent(&instance)?;
        offload.disable();
        quiet(&instance);
        Ok(refused && *sent == [(8, 0xa5)])
    },
};

pub(super) const FULL_MEMORY: Case = Case {
    id: "C17",
    what: "as many words as the offload's memory has are none",
    on: since_1_04,
    right: |version, driver| {
        let instance = offloading(&params(version), driver, RECORDED)?;
        let device = device(&instance, &Device::new(SPEED))?;
        let offload = device.offload(TRIGGER)?;
        let bytes = bytes(16)?;
        let program = match offload.prepare(&mut [Transfer::write(&bytes)]) {
            Err(ENOSPC) => return Ok(since_1_04(version)),
            program => program?,
        };
        offload.enable()?;
        instance.clear_log();
        run(&instance);
        let count = words(&instance)?.len();
        offload.disable();
        quiet(&instance);
        drop(program);
        Ok(count == 16)
    },
};

pub(super) const REFUSED: Case = Case {
    id: "C18",
    what: "a message that is refused changes the one that is recorded",
    on: all,
    right: |version, driver| {
        let instance = offloading(&params(version), driver, RECORDED)?;
        let device = device(&instance, &Device::new(SPEED))?;
        let offload = device.offload(TRIGGER)?;
        let word = 0x1234u16.to_ne_bytes();
        let _program = offload.prepare(&mut [Transfer::write(&word).bits(16)])?;
        let refused = offload.prepare(&mut [Transfer::write(&[1])]).err() == Some(EBUSY);

        offload.enable()?;
        instance.clear_log();
        run(&instance);
        offload.disable();
        Ok(refused && *sent(&instance)? == [(16, 0x1234)])
    },
};

/// A device at two lanes of the controller.
fn at_lanes(first: u8, chip_select: u8) -> Device {
    let map = [first, first + 1, 0, 0, 0, 0, 0, 0];
    Device {
        chip_select,
        lanes: 2,
        rx_lane_map: map,
        tx_lane_map: map,
        ..Device::new(SPEED)
    }
}

pub(super) const OTHER_LANES: Case = Case {
    id: "C19",
    what: "an offload program uses the lanes of an earlier one, too",
    on: on_2_00,
    right: |version, driver| {
        if version < Version::V2_00 {
            return Ok(true);
        }
        let params = Params {
            lanes: 4,
            ..params(version)
        };
        let instance = offloading(&params, driver, RECORDED)?;
        let first = device(&instance, &at_lanes(0, 0))?;
        let second = device(&instance, &at_lanes(2, 1))?;
        let program = [1, 2];

        let offload = first.offload(TRIGGER)?;
        drop(offload.prepare(&mut [Transfer::write(&program).stripe()])?);
        drop(offload);

        let offload = second.offload(TRIGGER)?;
        let _program = offload.prepare(&mut [Transfer::write(&program).stripe()])?;
        offload.enable()?;
        instance.clear_log();
        run(&instance);
        let words = words(&instance)?;
        offload.disable();
        quiet(&instance);
        let lanes = words
            .iter()
            .map(|word| (word.lanes, word.sdo[2], word.sdo[3]));
        Ok(lanes.eq([(0b1100, 1, 2)]))
    },
};

pub(super) const STALE_PROGRAM: Case = Case {
    id: "C20",
    what: "what the offload had recorded before the probe is sent first",
    on: all,
    right: |version, driver| {
        let instance = Instance::with_offload(&params(version), RECORDED)?;
        instance.with(|engine| {
            engine.write(register::OFFLOAD_SDO, 0x77);
            // A word, without a chip select.
            engine.write(register::OFFLOAD_CMD, 0x0100);
            engine.advance(engine.now() + US);
        });
        instance.bind(driver)?;
        let device = device(&instance, &Device::new(SPEED))?;
        let offload = device.offload(TRIGGER)?;
        let _program = offload.prepare(&mut [Transfer::write(&[0x11, 0x22])])?;
        offload.enable()?;
        instance.clear_log();
        run(&instance);
        offload.disable();
        Ok(*sent(&instance)? == [(8, 0x11), (8, 0x22)])
    },
};

pub(super) const STILL_RUNNING: Case = Case {
    id: "C21",
    what: "the offload still runs when it has been disabled, and its memory is reset",
    on: all,
    right: |version, driver| {
        let instance = offloading(&params(version), driver, RECORDED)?;
        let device = device(&instance, &Device::new(1_000_000))?;
        let offload = device.offload(TRIGGER)?;
        let bytes = bytes(15)?;
        let program = offload.prepare(&mut [Transfer::write(&bytes)])?;
        offload.enable()?;
        instance.clear_log();
        instance.fire();
        offload.disable();

        let at_rest = instance.peek(register::OFFLOAD_STATUS) == 0;
        drop(program);
        let count = words(&instance)?.len();
        quiet(&instance);
        Ok(at_rest && count == 15)
    },
};

pub(super) const SHORT_RESET: Case = Case {
    id: "C21",
    what: "with a slow clock the offload's memory keeps an earlier program",
    on: all,
    right: |version, driver| {
        let params = Params {
            spi_hz: 1_000_000,
            ..params(version)
        };
        let instance = offloading(&params, driver, RECORDED)?;
        let device = device(&instance, &Device::new(500_000))?;
        let offload = device.offload(TRIGGER)?;
        drop(offload.prepare(&mut [Transfer::write(&[0x11])])?);
        let _program = offload.prepare(&mut [Transfer::write(&[0x22])])?;
        offload.enable()?;
        instance.clear_log();
        run(&instance);
        offload.disable();
        Ok(*sent(&instance)? == [(8, 0x22)])
    },
};

pub(super) const STARVED: Case = Case {
    id: "C21",
    what: "messages hang after the offload's stream has run dry",
    on: since_1_03,
    right: |version, driver| {
        if version < Version::V1_03 {
            // There is no such stream.
            return Ok(true);
        }
        let instance = offloading(&params(version), driver, STREAMING)?;
        let device = device(&instance, &Device::new(SPEED))?;
        let offload = device.offload(TRIGGER)?;
        let program = offload.prepare(&mut [Transfer::write_stream(2)])?;
        instance.with(|engine| engine.stream(0x77));
        offload.enable()?;
        run(&instance);
        offload.disable();
        drop(program);
        instance.with(|engine| engine.forget_sync());

        let right = echoes(&device, 3);
        mask(&instance);
        quiet(&instance);
        right
    },
};

pub(super) const LEAK: Case = Case {
    id: "C22",
    what: "a word of the offload's stream is sent by the next message",
    on: since_1_04,
    right: |version, driver| {
        if version < Version::V1_03 {
            // There is no such stream.
            return Ok(true);
        }
        let instance = offloading(&params(version), driver, STREAMING)?;
        let device = device(&instance, &Device::new(SPEED))?;
        let offload = device.offload(TRIGGER)?;
        let program = offload.prepare(&mut [Transfer::write_stream(2)])?;
        let fed = instance.with(|engine| (1..=3).all(|word| engine.stream(word)));
        offload.enable()?;
        run(&instance);
        offload.disable();
        drop(program);
        instance.with(|engine| engine.forget_sync());

        let right = echoes(&device, 3);
        quiet(&instance);
        Ok(fed && right?)
    },
};

pub(super) const ONE_INSTRUCTION: Case = Case {
    id: "R10",
    what: "an offload program of one instruction runs away",
    on: since_1_05,
    right: |version, driver| {
        let params = one_clock(&params(version));
        let instance = offloading(&params, driver, RECEIVING)?;
        // At its highest speed, so that nothing has to be set.
        let device = device(&instance, &Device::new(50_000_000))?;
        let offload = device.offload(TRIGGER)?;
        // What is behind the program in the memory.
        drop(offload.prepare(&mut [Transfer::read_stream(1)])?);
        let _program = offload.prepare(&mut [Transfer::nothing().cs_change(0)])?;
        offload.enable()?;
        instance.clear_log();
        run(&instance);
        let (words, selects) = (words(&instance)?, selects(&instance)?);
        offload.disable();
        quiet(&instance);
        Ok(words.is_empty() && selects.len() == 1)
    },
};
