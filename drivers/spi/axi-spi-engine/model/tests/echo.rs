// SPDX-License-Identifier: GPL-2.0

//! What is sent comes back: tests for any engine with a loopback, be it the model in this kernel
//! or another process, and for any driver.

use super::bench;
use crate::{
    hw::{
        Params,
        Version, //
    },
    platform::{
        Board,
        Device,
        Driver,
        Instance,
        Remote,
        SpiDevice,
        Transfer, //
    }, //
};
use core::ops::Deref;
use kernel::prelude::*;

/// Where the engine is.
enum Engine {
    Here(Instance),
    Elsewhere(Remote),
}

impl Deref for Engine {
    type Target = Board;

    fn deref(&self) -> &Board {
        match self {
            Self::Here(instance) => instance,
            Self::Elsewhere(remote) => remote,
        }
    }
}

/// An engine with a driver; in another process if there is one.
fn engine(params: &Params, driver: Driver) -> Result<Engine> {
    Ok(if Remote::is_given() {
        Engine::Elsewhere(Remote::bound(params, driver)?)
    } else {
        Engine::Here(bench::looped(params, driver)?)
    })
}

/// A device on it; the SYNC of the C driver's setup is acknowledged, which the driver forgets.
fn device<'a>(engine: &'a Engine, device: &Device) -> Result<SpiDevice<'a>> {
    let device = engine.add_device(device)?;
    engine.poke(0x084, 0x08);
    Ok(device)
}

/// Keeps the bits of words of so many bits, in the memory that they take.
fn mask_words(bytes: &mut [u8], bits: u8) {
    let size = word_size(bits);
    let bits = usize::from(bits);
    for word in bytes.chunks_mut(size) {
        for (byte, value) in word.iter_mut().enumerate() {
            let kept = bits.saturating_sub(8 * byte).min(8);
            *value &= u8::try_from((1u16 << kept) - 1).unwrap_or(0);
        }
    }
}

fn word_size(bits: u8) -> usize {
    match bits {
        0..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}

/// Sends words to a device; says whether they came back.
fn echoes(device: &SpiDevice<'_>, words: usize, bits: u8) -> Result<bool> {
    let len = words * word_size(bits);
    let mut tx = bench::bytes(len)?;
    let mut rx = bench::zeros(len)?;
    mask_words(&mut tx, bits);
    let sent = device.sync(&mut [Transfer::exchange(&tx, &mut rx).bits(bits)])?;
    mask_words(&mut rx, bits);
    Ok(sent == len && *tx == *rx)
}

fn lengths(driver: Driver) -> Result<bool> {
    let mut right = true;
    for version in Version::ALL {
        let engine = engine(&bench::params(version), driver)?;
        let device = device(&engine, &Device::new(10_000_000))?;
        for len in [1, 2, 3, 31, 32, 33, 100, 300] {
            right = right && echoes(&device, len, 8)?;
        }
    }
    Ok(right)
}

fn word_lengths(driver: Driver) -> Result<bool> {
    let mut right = true;
    for version in [Version::V1_00, Version::V1_05, Version::V2_00] {
        let engine = engine(&bench::params(version), driver)?;
        let device = device(&engine, &Device::new(10_000_000))?;
        for bits in 8..=32 {
            right = right && echoes(&device, 20, bits)?;
        }
    }
    Ok(right)
}

fn speeds(driver: Driver) -> Result<bool> {
    let mut right = true;
    for version in [Version::V1_00, Version::V1_05, Version::V2_00] {
        let engine = engine(&bench::params(version), driver)?;
        for (chip_select, speed) in [200_000, 1_000_000, 12_500_000].into_iter().enumerate() {
            let settings = Device {
                chip_select: u8::try_from(chip_select)?,
                ..Device::new(speed)
            };
            let device = device(&engine, &settings)?;
            // The loopback of the model in this kernel is at chip select 0.
            right = right && (chip_select != 0 || echoes(&device, 40, 8)?);
            right = right && device.sync(&mut [Transfer::write(&[1, 2, 3])])? == 3;
        }
    }
    Ok(right)
}

fn modes(driver: Driver) -> Result<bool> {
    let mut right = true;
    for version in [Version::V1_05, Version::V2_00] {
        let engine = engine(&bench::params(version), driver)?;
        for mode in 0..4 {
            let settings = Device {
                mode,
                ..Device::new(10_000_000)
            };
            let device = device(&engine, &settings)?;
            right = right && echoes(&device, 10, 8)?;
        }
    }
    Ok(right)
}

fn messages(driver: Driver) -> Result<bool> {
    let engine = engine(&bench::params(Version::V1_05), driver)?;
    let device = device(&engine, &Device::new(10_000_000))?;
    let [mut first, mut second] = [bench::zeros(3)?, bench::zeros(40)?];
    let tx = bench::bytes(40)?;
    let sent = device.sync(&mut [
        Transfer::exchange(&[1, 2, 3], &mut first).delay(10_000),
        Transfer::write(&tx).speed(5_000_000),
        Transfer::exchange(&tx, &mut second).cs_change(10_000),
        Transfer::write(&[9]),
    ])?;
    Ok(sent == 84 && *first == [1, 2, 3] && *second == *tx)
}

/// Transfers that are alike, with another one among them; a driver may do the former at once.
fn alike(driver: Driver) -> Result<bool> {
    let mut right = true;
    for version in [Version::V1_00, Version::V1_05, Version::V2_00] {
        let engine = engine(&bench::params(version), driver)?;
        let device = device(&engine, &Device::new(10_000_000))?;
        let tx = bench::bytes(40)?;
        let mut rx = bench::zeros(40)?;

        let (mut transfers, mut left) = (KVec::new(), &mut rx[..]);
        let mut sent = &tx[..];
        for (len, delay) in [(8, 0), (4, 1000), (8, 0), (8, 0), (4, 1000), (8, 0)] {
            let (tx, rest) = sent.split_at(len);
            let (rx, others) = core::mem::take(&mut left).split_at_mut(tx.len());
            transfers.push(Transfer::exchange(tx, rx).delay(delay), GFP_KERNEL)?;
            (sent, left) = (rest, others);
        }
        let length = device.sync(&mut transfers)?;
        drop(transfers);
        right = right && length == 40 && *rx == *tx;
    }
    Ok(right)
}

fn builds(driver: Driver) -> Result<bool> {
    let mut right = true;
    for (data_width, sdi_width, spi_hz) in [
        (8, 4, 50_000_000),
        (16, 5, 100_000_000),
        (24, 6, 160_000_000),
    ] {
        let params = Params {
            data_width,
            sdi_width,
            spi_hz,
            ..bench::params(Version::V1_05)
        };
        let engine = engine(&params, driver)?;
        let device = device(&engine, &Device::new(10_000_000))?;
        right = right && echoes(&device, 100, 8)?;
    }
    Ok(right)
}

#[kernel::macros::kunit_tests(axi_spi_engine_echo_c)]
mod c {
    use super::*;

    #[test]
    fn lengths_of_messages() {
        assert_eq!(lengths(Driver::C), Ok(true));
    }

    #[test]
    fn lengths_of_words() {
        assert_eq!(word_lengths(Driver::C), Ok(true));
    }

    #[test]
    fn speeds_and_chip_selects() {
        assert_eq!(speeds(Driver::C), Ok(true));
    }

    #[test]
    fn clock_modes() {
        assert_eq!(modes(Driver::C), Ok(true));
    }

    #[test]
    fn messages_of_several_transfers() {
        assert_eq!(messages(Driver::C), Ok(true));
    }

    #[test]
    fn another_transfer_among_alike_ones() {
        assert_eq!(alike(Driver::C), Ok(true));
    }

    #[test]
    fn cores_of_other_sizes() {
        assert_eq!(builds(Driver::C), Ok(true));
    }
}

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST = "y")]
#[kernel::macros::kunit_tests(axi_spi_engine_echo_rust)]
mod rust {
    use super::*;

    #[test]
    fn lengths_of_messages() {
        assert_eq!(lengths(Driver::Rust), Ok(true));
    }

    #[test]
    fn lengths_of_words() {
        assert_eq!(word_lengths(Driver::Rust), Ok(true));
    }

    #[test]
    fn speeds_and_chip_selects() {
        assert_eq!(speeds(Driver::Rust), Ok(true));
    }

    #[test]
    fn clock_modes() {
        assert_eq!(modes(Driver::Rust), Ok(true));
    }

    #[test]
    fn messages_of_several_transfers() {
        assert_eq!(messages(Driver::Rust), Ok(true));
    }

    #[test]
    fn another_transfer_among_alike_ones() {
        assert_eq!(alike(Driver::Rust), Ok(true));
    }

    #[test]
    fn cores_of_other_sizes() {
        assert_eq!(builds(Driver::Rust), Ok(true));
    }
}
