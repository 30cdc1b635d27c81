// SPDX-License-Identifier: GPL-2.0

//! The messages whose instructions `tools/testing/bench/engine.py` counts.

use super::bench::*;
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
        assert!(echoes(&device, 4096)?);
        for transfers in [1, 8, 64] {
            split(&device, transfers)?;
        }
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
}
