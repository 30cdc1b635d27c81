// SPDX-License-Identifier: GPL-2.0

//! What a driver does wrong with the offload.

use super::*;
use crate::{
    hw::{
        Params,
        Word, //
    },
    platform::{
        Consumer,
        Device,
        Instance,
        SpiDevice,
        Transfer, //
    },
    tests::{
        bench::*,
        offload::bench::*, //
    }, //
};

/// Whether these are the words that were sent, with the number of their bits.
fn are(words: &[Word], expected: impl IntoIterator<Item = (u8, u32)>) -> bool {
    words
        .iter()
        .map(|word| (word.bits, word.sdo[0]))
        .eq(expected)
}

/// Keeps the C driver from an interrupt after a timeout, which it would not survive (C3).
fn mask(instance: &Instance) {
    instance.with(|engine| engine.write(register::MASK, 0));
}

const SPEED: u32 = 10_000_000;

/// Has a device with the offload; whatever comes of it, the engine is quiet afterwards.
fn with_offload(
    instance: &Instance,
    speed: u32,
    body: impl FnOnce(&SpiDevice<'_>, &Consumer<'_>) -> Result<bool>,
) -> Result<bool> {
    let device = device(instance, &Device::new(speed))?;
    let offload = device.offload(TRIGGER)?;
    let result = body(&device, &offload);
    quiet(instance);
    result
}

/// Does something while the offload is enabled.
fn enabled<R>(
    instance: &Instance,
    offload: &Consumer<'_>,
    body: impl FnOnce() -> Result<R>,
) -> Result<R> {
    offload.enable()?;
    instance.clear_log();
    let result = body();
    offload.disable();
    result
}

/// The words that one run of the offload sends.
fn once(instance: &Instance, offload: &Consumer<'_>) -> Result<KVVec<Word>> {
    enabled(instance, offload, || {
        run(instance);
        words(instance)
    })
}

pub(super) const OTHER_LENGTH: Case = Case {
    id: "C7",
    what: "words of an offload program that have another length are wrong",
    on: on_2_00,
    right: |version, driver| {
        let instance = offloading(&params(version), driver, RECORDED)?;
        with_offload(&instance, SPEED, |_, offload| {
            let word = 0x1234u16.to_ne_bytes();
            let _program = offload.prepare(&mut [
                Transfer::write(&[0xa5]),
                Transfer::write(&word).bits(16),
                Transfer::write(&[0x5a]).cs_change(1000),
                Transfer::write(&word).bits(16),
            ])?;
            let words = enabled(&instance, offload, || {
                run(&instance);
                run(&instance);
                words(&instance)
            })?;

            let one_run = [(8, 0xa5), (16, 0x1234), (8, 0x5a), (16, 0x1234)];
            Ok(are(&words, [one_run; 2].into_iter().flatten()))
        })
    },
};

pub(super) const NOT_EXCLUDED: Case = Case {
    id: "C9",
    what: "a message while the offload is armed hangs, or changes its words",
    on: all,
    right: |version, driver| {
        let instance = offloading(&params(version), driver, RECORDED)?;
        with_offload(&instance, SPEED, |device, offload| {
            let _program = offload.prepare(&mut [Transfer::write(&[0xa5])])?;
            enabled(&instance, offload, || {
                instance.with(|engine| engine.forget_sync());
                let refused = device.sync(&mut [Transfer::write(&[1, 2]).bits(16)]) == Err(EBUSY);
                mask(&instance);
                instance.clear_log();
                run(&instance);
                Ok(refused && are(&words(&instance)?, [(8, 0xa5)]))
            })
        })
    },
};

pub(super) const FULL_MEMORY: Case = Case {
    id: "C17",
    what: "as many words as the offload's memory has are none",
    on: since_1_04,
    right: |version, driver| {
        let instance = offloading(&params(version), driver, RECORDED)?;
        with_offload(&instance, SPEED, |_, offload| {
            let bytes = bytes(16)?;
            let _program = match offload.prepare(&mut [Transfer::write(&bytes)]) {
                Err(ENOSPC) => return Ok(since_1_04(version)),
                program => program?,
            };
            Ok(once(&instance, offload)?.len() == 16)
        })
    },
};

pub(super) const REFUSED: Case = Case {
    id: "C18",
    what: "a message that is refused changes the one that is recorded",
    on: all,
    right: |version, driver| {
        let instance = offloading(&params(version), driver, RECORDED)?;
        with_offload(&instance, SPEED, |_, offload| {
            let word = 0x1234u16.to_ne_bytes();
            let _program = offload.prepare(&mut [Transfer::write(&word).bits(16)])?;
            let refused = offload.prepare(&mut [Transfer::write(&[1])]).err() == Some(EBUSY);

            Ok(refused && are(&once(&instance, offload)?, [(16, 0x1234)]))
        })
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
        let words = once(&instance, &offload)?;
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
        with_offload(&instance, SPEED, |_, offload| {
            let _program = offload.prepare(&mut [Transfer::write(&[0x11, 0x22])])?;
            Ok(are(&once(&instance, offload)?, [(8, 0x11), (8, 0x22)]))
        })
    },
};

pub(super) const STILL_RUNNING: Case = Case {
    id: "C21",
    what: "the offload still runs when it has been disabled, and its memory is reset",
    on: all,
    right: |version, driver| {
        let instance = offloading(&params(version), driver, RECORDED)?;
        with_offload(&instance, 1_000_000, |_, offload| {
            let bytes = bytes(15)?;
            let program = offload.prepare(&mut [Transfer::write(&bytes)])?;
            enabled(&instance, offload, || {
                instance.fire();
                Ok(())
            })?;

            let at_rest = instance.peek(register::OFFLOAD_STATUS) == 0;
            drop(program);
            Ok(at_rest && words(&instance)?.len() == 15)
        })
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
        with_offload(&instance, 500_000, |_, offload| {
            drop(offload.prepare(&mut [Transfer::write(&[0x11])])?);
            let _program = offload.prepare(&mut [Transfer::write(&[0x22])])?;
            Ok(are(&once(&instance, offload)?, [(8, 0x22)]))
        })
    },
};

/// Whether messages are right after a program that sends two words of a stream, with these in it.
fn right_after_stream(version: Version, driver: Driver, stream: &[u32]) -> Result<bool> {
    if version < Version::V1_03 {
        // There is no such stream.
        return Ok(true);
    }
    let instance = offloading(&params(version), driver, STREAMING)?;
    with_offload(&instance, SPEED, |device, offload| {
        let program = offload.prepare(&mut [Transfer::write_stream(2)])?;
        let fed = instance.with(|engine| stream.iter().all(|word| engine.stream(*word)));
        enabled(&instance, offload, || {
            run(&instance);
            Ok(())
        })?;
        drop(program);
        instance.with(|engine| engine.forget_sync());

        let right = echoes(device, 3);
        mask(&instance);
        Ok(fed && right?)
    })
}

pub(super) const STARVED: Case = Case {
    id: "C21",
    what: "messages hang after the offload's stream has run dry",
    on: since_1_03,
    right: |version, driver| right_after_stream(version, driver, &[0x77]),
};

pub(super) const LEAK: Case = Case {
    id: "C22",
    what: "a word of the offload's stream is sent by the next message",
    on: since_1_04,
    right: |version, driver| right_after_stream(version, driver, &[1, 2, 3]),
};

pub(super) const ONE_INSTRUCTION: Case = Case {
    id: "R10",
    what: "an offload program of one instruction runs away",
    on: since_1_05,
    right: |version, driver| {
        let params = one_clock(&params(version));
        let instance = offloading(&params, driver, RECEIVING)?;
        // At its highest speed, so that nothing has to be set.
        with_offload(&instance, 50_000_000, |_, offload| {
            // What is behind the program in the memory.
            drop(offload.prepare(&mut [Transfer::read_stream(1)])?);
            let _program = offload.prepare(&mut [Transfer::nothing().cs_change(0)])?;
            enabled(&instance, offload, || {
                run(&instance);
                Ok(words(&instance)?.is_empty() && selects(&instance)?.len() == 1)
            })
        })
    },
};
