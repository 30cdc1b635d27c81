// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of controllers that send whole messages, with an interrupt.

use super::{
    bus::core,
    machine::*,
    transfers::{
        came_back,
        message, //
    }, //
};
use crate::{
    device::Bound,
    faux,
    prelude::*,
    spi::{
        Delay,
        Device,
        Settings, //
    },
    time::Delta, //
};

fn works(dev: &Device<Bound>) -> Result {
    let mut optimized = message(&[4, 1, 40])?.optimize(dev)?;
    optimized.sync()?;
    assert_eq!(optimized.actual_length(), 45);
    assert!(came_back(&optimized.into_message()));
    Ok(())
}

#[macros::kunit_tests(rust_spi_transfer_one_message)]
mod suite {
    use super::*;

    #[test]
    fn a_hard_interrupt_works_on_a_message() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = MachineRig::new(&parent)?;
        let dev = rig.add()?;

        for _ in 0..10 {
            works(dev)?;
        }
        // 45 words, 4 with each.
        assert_eq!(rig.machine.interrupts(), 120);
        Ok(())
    }

    #[test]
    fn a_message_that_takes_too_long_is_taken_back() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = MachineRig::new(&parent)?;
        let dev = rig.add()?;

        rig.script(Script::Hang);
        assert_eq!(message(&[4])?.sync(dev).err(), Some(ETIMEDOUT));
        assert_eq!(rig.machine.interrupt(), None);

        rig.script(Script::Work);
        works(dev)?;
        assert_eq!(rig.machine.interrupt(), None);
        Ok(())
    }

    #[test]
    fn the_error_that_the_handler_finds_reaches_the_caller() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = MachineRig::new(&parent)?;
        let dev = rig.add()?;

        rig.script(Script::Fail(EREMOTEIO));
        assert_eq!(message(&[4])?.sync(dev).err(), Some(EREMOTEIO));

        rig.script(Script::Work);
        works(dev)
    }

    #[test]
    fn messages_and_transfers_are_counted() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = MachineRig::new(&parent)?;
        let dev = rig.add()?;

        works(dev)?;
        rig.script(Script::Hang);
        assert!(message(&[4])?.sync(dev).is_err());
        rig.script(Script::Fail(EIO));
        assert!(message(&[4])?.sync(dev).is_err());

        let counted = dev.statistics();
        assert_eq!((counted.messages, counted.transfers), (3, 5));
        assert_eq!(
            (counted.bytes, counted.bytes_tx, counted.bytes_rx),
            (53, 53, 53)
        );
        assert_eq!((counted.errors, counted.timed_out), (1, 1));
        Ok(())
    }

    #[test]
    fn the_timing_of_a_chip_select_is_the_controllers() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = MachineRig::new(&parent)?;
        let dev = rig.add()?;
        assert_eq!(
            rig.machine.timing.lock().map(|timing| timing.setup),
            Some(Delta::ZERO)
        );

        // SAFETY: No other thread uses the device.
        unsafe {
            (*dev.as_raw()).cs_setup.value = 3;
            (*dev.as_raw()).cs_hold.value = 4;
            (*dev.as_raw()).cs_inactive.value = 500;
            (*dev.as_raw()).cs_inactive.unit = 1;
        }
        core(dev).setup(dev.settings())?;

        let timing = rig.machine.timing.lock().ok_or(EIO)?;
        assert_eq!(timing.setup, Delta::from_micros(3));
        assert_eq!(timing.hold, Delta::from_micros(4));
        assert_eq!(timing.inactive, Delta::from_nanos(500));
        Ok(())
    }

    /// The timing comes after all else, which the controller was told by then.
    #[test]
    fn a_refused_timing_takes_the_other_settings_back() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = MachineRig::new(&parent)?;
        let dev = rig.add()?;
        let before = Settings {
            word_delay: Delay::from_nanos(70),
            cs_setup: Delay::from_micros(1),
            ..dev.settings()
        };
        core(dev).setup(before)?;

        let refused = Settings {
            word_delay: Delay::from_nanos(80),
            cs_setup: Delay::from_micros(101),
            ..before
        };
        assert_eq!(core(dev).setup(refused).err(), Some(EINVAL));
        assert_eq!(dev.settings(), before);
        assert_eq!(*rig.machine.word_delay.lock(), Some(Delta::from_nanos(70)));
        assert_eq!(
            rig.machine.timing.lock().map(|timing| timing.setup),
            Some(Delta::from_micros(1))
        );
        works(dev)
    }
}
