// SPDX-License-Identifier: GPL-2.0

//! What the trigger sends is what was asked for.

use super::bench::*;
use crate::{
    hw::{
        Params,
        Version, //
    },
    platform::{
        Device,
        Driver,
        Instance,
        Streams,
        Transfer, //
    },
    tests::bench::*, //
};
use kernel::prelude::*;

/// How often the trigger fires.
const RUNS: usize = 3;

/// An engine whose offload can receive; up to 64 words are recorded.
fn receiving(version: Version, driver: Driver) -> Result<Instance> {
    let params = Params {
        memory_width: if version < Version::V1_01 { 4 } else { 6 },
        program_width: if version < Version::V1_01 { 4 } else { 6 },
        ..params(version)
    };
    match driver {
        Driver::C => offloading(&one_clock(&params), driver, RECEIVING),
        Driver::Rust => offloading(&params, driver, RECEIVING),
    }
}

/// Whether words of 8 bits are sent, and received into the stream, by each run, at once or one by
/// one.
fn are_sent(instance: &Instance, device: &Device, count: usize, apart: bool) -> Result<bool> {
    let device = self::device(instance, device)?;
    let offload = device.offload(TRIGGER | TX_STATIC | RX_STREAM)?;
    let bytes = bytes(count)?;
    let mut transfers = KVec::new();
    for part in bytes.chunks(if apart { 1 } else { count }) {
        transfers.push(Transfer::write(part).receiving_stream(), GFP_KERNEL)?;
    }
    let program = offload.prepare(&mut transfers)?;
    offload.enable()?;
    instance.clear_log();
    for _ in 0..RUNS {
        run(instance);
    }
    let words = words(instance)?;
    offload.disable();
    drop(program);

    let wanted = || bytes.iter().copied().cycle().take(RUNS * count);
    let right = words.iter().all(|word| {
        word.bits == 8 && word.pins == 0xfe && word.divider == 5 && word.written && word.read
    });
    Ok(right
        && words
            .iter()
            .map(|word| word.sdo[0])
            .eq(wanted().map(u32::from))
        && streamed(instance)?.iter().copied().eq(wanted()))
}

/// Up to 16 words, in one transfer and in as many.
fn words_are_sent(driver: Driver) -> Result {
    for version in Version::ALL {
        let instance = receiving(version, driver)?;
        // In C, two of the instructions set the speed.
        let most = if version < Version::V1_01 { 11 } else { 16 };
        for count in 1..=16 {
            ensure(are_sent(&instance, &Device::new(10_000_000), count, false)?)?;
            if count <= most {
                ensure(are_sent(&instance, &Device::new(10_000_000), count, true)?)?;
            }
        }
    }
    Ok(())
}

/// A plain message between disarming and forgetting, as ad4695 sends one, and after it.
fn messages_come_between(driver: Driver) -> Result {
    for version in Version::ALL {
        let instance = offloading(&params(version), driver, RECEIVING)?;
        let device = device(&instance, &Device::new(10_000_000))?;
        let offload = device.offload(TRIGGER)?;
        let word = 0xa1a2u16.to_ne_bytes();
        let program = offload.prepare(&mut [Transfer::write(&word).bits(16).speed(5_000_000)])?;

        for _ in 0..2 {
            offload.enable()?;
            run(&instance);
            offload.disable();
            instance.with(|engine| engine.forget_sync());
            ensure(echoes(&device, 3)?)?;
        }
        instance.clear_log();
        offload.enable()?;
        run(&instance);
        offload.disable();
        let words = words(&instance)?;
        let sent = words.iter().map(|word| (word.bits, word.sdo[0]));
        ensure(sent.eq([(16, 0xa1a2)]))?;

        drop(program);
        instance.with(|engine| engine.forget_sync());
        ensure(echoes(&device, 3)?)?;
    }
    Ok(())
}

/// Words of a stream.
fn streams_are_sent(driver: Driver) -> Result {
    for version in Version::ALL.into_iter().filter(|v| *v >= Version::V1_03) {
        let streams = Streams { rx: true, tx: true };
        let instance = offloading(&params(version), driver, streams)?;
        let device = device(&instance, &Device::new(10_000_000))?;
        // Which error it has to be is defect F6.
        let missing = match driver {
            Driver::C => EINVAL,
            Driver::Rust => ENODEV,
        };
        ensure(device.offload(TRIGGER | TX_STATIC).err() == Some(missing))?;
        let offload = device.offload(TRIGGER | TX_STREAM | RX_STREAM)?;
        ensure(offload.prepare(&mut [Transfer::write(&[1])]).err() == Some(EINVAL))?;
        let _program = offload.prepare(&mut [Transfer::write_stream(2).receiving_stream()])?;

        instance.clear_log();
        offload.enable()?;
        for word in 1..=4 {
            ensure(instance.with(|engine| engine.stream(word)))?;
        }
        run(&instance);
        run(&instance);
        ensure(*streamed(&instance)? == [1, 2, 3, 4])?;
        offload.disable();
    }
    Ok(())
}

#[kernel::macros::kunit_tests(axi_spi_engine_offload_c)]
mod c {
    use super::*;

    #[test]
    fn words_go_out_as_asked() -> Result {
        words_are_sent(Driver::C)
    }

    #[test]
    fn messages_come_between_disarming_and_forgetting() -> Result {
        messages_come_between(Driver::C)
    }

    #[test]
    fn words_of_a_stream_go_out() -> Result {
        streams_are_sent(Driver::C)
    }
}

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
#[kernel::macros::kunit_tests(axi_spi_engine_offload_rust)]
mod rust {
    use super::*;

    #[test]
    fn words_go_out_as_asked() -> Result {
        words_are_sent(Driver::Rust)
    }

    #[test]
    fn messages_come_between_disarming_and_forgetting() -> Result {
        messages_come_between(Driver::Rust)
    }

    #[test]
    fn words_of_a_stream_go_out() -> Result {
        streams_are_sent(Driver::Rust)
    }
}
