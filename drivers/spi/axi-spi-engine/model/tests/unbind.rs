// SPDX-License-Identifier: GPL-2.0

//! The driver is taken off the engine while a message is sent: the message ends, right or with an
//! error, and after the engine has a driver again the next one is right.

use super::bench::*;
use crate::{
    hw::Version,
    platform::{
        Device,
        Driver,
        Instance,
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

/// Takes the driver off 1 ms after it was told to send so many bytes to a loopback, and puts it on
/// again. Gives how the message ended, `EBADMSG` if what came back is wrong.
fn ends(
    instance: &Instance,
    speed: u32,
    len: usize,
    meanwhile: impl FnOnce(&Instance),
) -> Result<Result<usize>> {
    let device = device(instance, &Device::new(speed))?;
    let tx = bytes(len)?;
    let mut rx = zeros(len)?;
    let mut transfers = [Transfer::exchange(&tx, &mut rx)];
    let (ended, ()) = device.sync_during(&mut transfers, || {
        fsleep(Delta::from_millis(1));
        meanwhile(instance);
        instance.unbind();
    })?;
    drop(device);

    let is_wrong = ended == Ok(len) && *tx != *rx;
    Ok(if is_wrong { Err(EBADMSG) } else { ended })
}

/// Whether messages are right on an engine that gets a driver again.
fn is_right_again(instance: &Instance) -> Result<bool> {
    instance.bind(Driver::Rust)?;
    let device = device(instance, &Device::new(10_000_000))?;

    Ok(echoes(&device, 3)? && echoes(&device, 300)?)
}

#[kernel::macros::kunit_tests(axi_spi_engine_unbind)]
mod suite {
    use super::*;

    #[test]
    fn a_message_that_goes_on_is_waited_for() -> Result {
        for version in Version::ALL {
            let instance = looped(&params(version), Driver::Rust)?;

            // It takes 24 ms.
            assert_eq!(ends(&instance, 1_000_000, 3000, |_| {})?, Ok(3000));
            assert!(is_right_again(&instance)?);
        }
        Ok(())
    }

    #[test]
    fn a_message_that_is_stuck_fails() -> Result {
        for version in Version::ALL {
            let instance = looped(&params(version), Driver::Rust)?;

            let ended = ends(&instance, 1_000_000, 3000, |instance| {
                instance.with(|engine| engine.faults.stuck = true);
            })?;
            instance.with(|engine| engine.faults.stuck = false);
            assert_eq!(ended, Err(ETIMEDOUT));
            assert!(is_right_again(&instance)?);
        }
        Ok(())
    }

    #[test]
    fn a_message_whose_interrupts_get_lost_fails() -> Result {
        for version in Version::ALL {
            let instance = looped(&params(version), Driver::Rust)?;

            let ended = ends(&instance, 1_000_000, 3000, |instance| {
                instance.lose_interrupts(u32::MAX);
            })?;
            instance.lose_interrupts(0);
            assert_eq!(ended, Err(ETIMEDOUT));
            assert!(is_right_again(&instance)?);
        }
        Ok(())
    }

    #[test]
    fn a_message_is_waited_for_longer_than_the_core_does() -> Result {
        for version in [Version::V1_00, Version::V2_00] {
            let instance = looped(&params(version), Driver::Rust)?;

            // It takes 6 s; the core looks after the queue for 5.
            assert_eq!(ends(&instance, 200_000, 150_000, |_| {})?, Ok(150_000));
            assert!(is_right_again(&instance)?);
        }
        Ok(())
    }
}
