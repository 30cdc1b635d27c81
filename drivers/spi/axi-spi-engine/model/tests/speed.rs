// SPDX-License-Identifier: GPL-2.0

//! The messages whose instructions `tools/testing/bench/engine.py` counts.

use super::{
    bench::*,
    offload::bench::*, //
};
use crate::{
    hw::Version,
    platform::{
        Device,
        Driver,
        SpiDevice,
        Transfer, //
    }, //
};
use kernel::prelude::*;

/// Sends a few bytes so slowly that both drivers are interrupted at the end, and checks that they
/// come back.
fn slowly(device: &SpiDevice<'_>) -> Result {
    let tx = bytes(4)?;
    let mut rx = zeros(4)?;

    device.sync(&mut [Transfer::exchange(&tx, &mut rx).speed(1_000_000)])?;
    if *tx == *rx {
        Ok(())
    } else {
        Err(EBADMSG)
    }
}

/// Sends bytes in so many transfers, and checks that they come back.
fn split(device: &SpiDevice<'_>, transfers: usize) -> Result {
    let tx = bytes(4 * transfers)?;
    let mut rx = zeros(4 * transfers)?;
    let mut parts = KVec::new();

    for (tx, rx) in tx.chunks(4).zip(rx.chunks_mut(4)) {
        parts.push(Transfer::exchange(tx, rx), GFP_KERNEL)?;
    }
    device.sync(&mut parts)?;
    drop(parts);
    if *tx == *rx {
        Ok(())
    } else {
        Err(EBADMSG)
    }
}

/// Sends the messages, in the order in which they are expected, twice.
fn send_all(driver: Driver) -> Result {
    let instance = looped(&params(Version::V1_05), driver)?;
    let device = device(&instance, &Device::new(10_000_000))?;

    for _ in 0..2 {
        assert!(echoes(&device, 4)?);
        slowly(&device)?;
        assert!(echoes(&device, 4096)?);
        for transfers in [1, 8, 64] {
            split(&device, transfers)?;
        }
    }
    Ok(())
}

/// Arms and disarms the offload, with a program as ADCs have one.
fn arm_and_disarm(driver: Driver) -> Result {
    let instance = offloading(&params(Version::V1_05), driver, RECEIVING)?;
    let device = device(&instance, &Device::new(50_000_000))?;
    let offload = device.offload(TRIGGER | RX_STREAM)?;
    let _program = offload.prepare(&mut [Transfer::read_stream(2).bits(16)])?;

    for _ in 0..3 {
        offload.enable()?;
        instance.clear_log();
        run(&instance);
        assert_eq!(words(&instance)?.len(), 1);
        offload.disable();
    }
    Ok(())
}

#[kernel::macros::kunit_tests(axi_spi_engine_speed)]
mod suite {
    use super::*;

    #[test]
    fn the_messages_of_the_benchmark_in_c() -> Result {
        send_all(Driver::C)
    }

    #[test]
    fn the_messages_of_the_benchmark_in_rust() -> Result {
        send_all(Driver::Rust)
    }

    #[test]
    fn the_offload_of_the_benchmark_in_c() -> Result {
        arm_and_disarm(Driver::C)
    }

    #[test]
    fn the_offload_of_the_benchmark_in_rust() -> Result {
        arm_and_disarm(Driver::Rust)
    }
}
