// SPDX-License-Identifier: GPL-2.0

//! Messages that are too short for an interrupt.

use super::bench::*;
use crate::{
    hw::{
        Faults,
        Version, //
    },
    platform::{
        Device,
        Driver,
        Instance,
        SpiDevice,
        Transfer, //
    }, //
};
use kernel::{
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// A message of these takes less than 10 us at 10 MHz, one of [`LONG`] more.
const BRIEF: usize = 4;
const LONG: usize = 16;

/// Has engines of these versions send messages to a device that is as fast as `speed`, in Hz.
fn on_each(
    versions: impl IntoIterator<Item = Version>,
    speed: u32,
    check: impl Fn(&Instance, &SpiDevice<'_>) -> Result,
) -> Result {
    for version in versions {
        let instance = looped(&params(version), Driver::Rust)?;
        let device = device(&instance, &Device::new(speed))?;

        check(&instance, &device)?;
    }
    Ok(())
}

/// How many interrupts a message takes that has to be right.
fn interrupts(instance: &Instance, device: &SpiDevice<'_>, len: usize) -> Result<u64> {
    let before = instance.interrupts();
    if !echoes(device, len)? {
        return Err(EBADMSG);
    }
    Ok(instance.interrupts() - before)
}

/// How many interrupts a brief message takes while the engine stops for a while.
fn interrupts_when_late(instance: &Instance, device: &SpiDevice<'_>) -> Result<u64> {
    let before = instance.interrupts();
    let tx = bytes(BRIEF)?;
    let mut rx = zeros(BRIEF)?;

    instance.with(|engine| engine.faults.stuck = true);
    let (sent, ()) = device.sync_during(&mut [Transfer::exchange(&tx, &mut rx)], || {
        fsleep(Delta::from_micros(100));
        instance.with(|engine| engine.faults.stuck = false);
    })?;
    if sent? != BRIEF || *rx != *tx {
        return Err(EBADMSG);
    }
    Ok(instance.interrupts() - before)
}

#[kernel::macros::kunit_tests(axi_spi_engine_brief)]
mod suite {
    use super::*;

    #[test]
    fn only_longer_ones_interrupt() -> Result {
        on_each(Version::ALL, 10_000_000, |instance, device| {
            assert_eq!(interrupts(instance, device, BRIEF)?, 0);
            assert!(interrupts(instance, device, LONG)? > 0);
            // What the first one has left behind does not interrupt either.
            assert_eq!(interrupts(instance, device, BRIEF)?, 0);
            Ok(())
        })
    }

    /// The time of a message is what counts, not its length.
    #[test]
    fn slow_ones_interrupt() -> Result {
        on_each(Version::ALL, 1_000_000, |instance, device| {
            assert_eq!(interrupts(instance, device, BRIEF)?, 1);
            Ok(())
        })
    }

    #[test]
    fn lost_interrupts_do_not_matter() -> Result {
        on_each(Version::ALL, 10_000_000, |instance, device| {
            instance.lose_interrupts(u32::MAX);
            instance.with(|engine| {
                engine.faults = Faults {
                    sync_lost: true,
                    ..Faults::default()
                };
            });
            assert_eq!(interrupts(instance, device, BRIEF)?, 0);
            Ok(())
        })
    }

    #[test]
    fn late_ones_interrupt() -> Result {
        on_each(Version::ALL, 10_000_000, |instance, device| {
            assert_eq!(interrupts_when_late(instance, device)?, 1);
            assert_eq!(interrupts(instance, device, BRIEF)?, 0);
            Ok(())
        })
    }

    /// The id of a report comes again after 254 others.
    #[test]
    fn old_reports_end_nothing() -> Result {
        on_each(
            [Version::V1_00, Version::V1_05, Version::V2_00],
            10_000_000,
            |instance, device| {
                for number in 0..600 {
                    let is_stuck = number % 50 == 49;
                    instance.with(|engine| engine.faults.stuck = is_stuck);
                    let expected = if is_stuck { Err(ETIMEDOUT) } else { Ok(true) };
                    assert_eq!(echoes(device, BRIEF), expected);
                    instance.clear_log();
                }
                Ok(())
            },
        )
    }

    #[test]
    fn lost_words_are_missed() -> Result {
        // On 2.00 that can go unnoticed.
        let versions = Version::ALL.into_iter().filter(|&it| it != Version::V2_00);
        on_each(versions, 10_000_000, |instance, device| {
            instance.with(|engine| engine.faults.sdi_lost = true);
            assert_eq!(echoes(device, BRIEF), Err(EIO));
            assert_eq!(echoes(device, 1), Err(EIO));
            instance.with(|engine| engine.faults.sdi_lost = false);

            assert_eq!(interrupts(instance, device, BRIEF)?, 0);
            assert_eq!(interrupts(instance, device, 1)?, 0);
            Ok(())
        })
    }

    #[test]
    fn stuck_ones_time_out() -> Result {
        on_each(Version::ALL, 10_000_000, |instance, device| {
            instance.with(|engine| engine.faults.stuck = true);
            assert_eq!(echoes(device, BRIEF), Err(ETIMEDOUT));
            instance.with(|engine| engine.faults.stuck = false);

            assert_eq!(interrupts(instance, device, BRIEF)?, 0);
            Ok(())
        })
    }
}
