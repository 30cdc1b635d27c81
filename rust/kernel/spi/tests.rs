// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of messages, devices and controllers, without hardware.

#[cfg(CONFIG_FAILSLAB)]
mod allocation;
mod async_message;
mod bus;
mod bus_lock;
#[cfg(CONFIG_RUST_DMAENGINE_KUNIT_TEST)]
mod dma;
mod driver;
mod gate;
mod hard_irq;
mod lifetime;
mod machine;
mod message;
mod messages;
mod offload;
mod raw;
mod relay;
mod settings;
mod shift;
mod splitting;
mod transfers;

use crate::{
    bindings,
    device::Core,
    faux,
    kunit::info,
    prelude::*, //
};

use core::format_args;

/// Tells who looks for leaks that what this thread allocates is left behind, and meant to be.
fn leaks_on_purpose() {
    info(format_args!("leaks on purpose: pid {}\n", current!().pid()));
}

/// How often tests repeat what goes wrong rarely: `CONFIG_RUST_SPI_KUNIT_CYCLES`.
fn cycles() -> u32 {
    // SAFETY: This function has no preconditions.
    unsafe { bindings::spi_kunit_cycles() }
}

/// Runs an example in the documentation with a device that sends back what it gets.
///
/// No driver is bound to it; it is as if `f` were the probe of one.
pub fn with_example_device(f: impl FnOnce(&super::Device<Core<'_>>) -> Result) -> Result {
    let parent = faux::Registration::new(c"rust_spi_example", None)?;
    let rig = bus::Rig::new(&parent)?;

    f(bus::core(rig.add(0)?.0))
}

#[macros::kunit_tests(rust_spi_controller)]
mod controller {
    use super::bus::*;
    use crate::{
        bindings,
        clk::Hertz,
        faux,
        prelude::*,
        spi::{
            controller::{
                BoardInfo,
                Registration,
                Settings, //
            },
            Delay,
            Mode,
            Modes,
            Settings as DeviceSettings, //
        },
        sync::atomic::Relaxed, //
    };

    fn register(parent: &faux::Registration, settings: &Settings) -> Result {
        let data = Bus::new()?;

        // SAFETY: Dropped right here.
        drop(unsafe {
            Registration::<'_, Loopback>::new(
                parent.as_ref().as_ref(),
                settings,
                Ok::<_, Error>(data),
            )?
        });
        Ok(())
    }

    #[test]
    fn bad_settings_are_refused() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;

        assert_eq!(register(&parent, &Settings::new(0)).err(), Some(EINVAL));
        assert_eq!(
            register(&parent, &Settings::new(1).bus_num(0x8000)).err(),
            Some(EINVAL)
        );
        #[expect(clippy::reversed_empty_ranges)]
        let empty = 9..=8;
        assert!(Settings::new(1).bits_per_word(empty).is_err());
        assert!(Settings::new(1).bits_per_word(8..=33).is_err());

        register(&parent, &settings()?)
    }

    #[test]
    fn device_state_is_created_once_and_dropped_with_the_device() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let bus = rig.bus.clone();

        let dev = rig.add(0)?.0;
        rig.add(1)?;
        assert_eq!(bus.states.load(Relaxed), 2);
        assert_eq!(bus.setups.load(Relaxed), 2);

        core(dev).setup(dev.settings())?;
        assert_eq!(bus.states.load(Relaxed), 2);
        assert_eq!(bus.setups.load(Relaxed), 3);
        assert_eq!(bus.cleanups.load(Relaxed), 0);

        drop(rig);
        assert_eq!(bus.cleanups.load(Relaxed), 2);
        assert_eq!(bus.states.load(Relaxed), 0);
        Ok(())
    }

    #[test]
    fn a_refused_device_leaves_nothing_behind() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;

        rig.bus.fail(Failing::Setup, EINVAL);
        assert!(rig.add(0).is_err());
        assert_eq!(rig.bus.states.load(Relaxed), 0);
        assert_eq!(rig.bus.cleanups.load(Relaxed), 0);

        rig.bus.fail(Failing::None, EIO);
        rig.add(0)?;
        // The chip select is taken, and there is no fifth one.
        let info = BoardInfo::new(c"rust_spi_kunit")?;
        assert_eq!(rig.controller.new_device(&info).err(), Some(ENODEV));
        assert!(rig.add(4).is_err());
        assert_eq!(rig.bus.states.load(Relaxed), 1);
        Ok(())
    }

    /// A controller that only does what a host does can be passed messages (mux-M16, mux-M17).
    #[test]
    fn nothing_is_passed_on_to_targets_and_memory_controllers() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        assert!(Settings::forwarding(dev, 1).is_ok());

        // SAFETY: `dev` is valid; no other thread uses the controller.
        let ctlr = unsafe { &mut *(*dev.as_raw()).controller };
        ctlr.__bindgen_anon_1.target = true;
        assert_eq!(Settings::forwarding(dev, 1).err(), Some(EOPNOTSUPP));
        ctlr.__bindgen_anon_1.target = false;

        let transfer = ctlr.transfer.take();
        assert_eq!(Settings::forwarding(dev, 1).err(), Some(EOPNOTSUPP));
        ctlr.transfer = transfer;
        Ok(())
    }

    /// The settings may be used when the other controller is gone.
    #[test]
    fn what_memory_operations_can_be_is_copied() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let caps = bindings::spi_controller_mem_caps {
            ecc: true,
            ..pin_init::zeroed()
        };

        // SAFETY: `dev` is valid; no other thread uses the controller.
        unsafe { (*(*dev.as_raw()).controller).mem_caps = &raw const caps };
        let settings = Settings::forwarding(dev, 1);
        // SAFETY: As above.
        unsafe { (*(*dev.as_raw()).controller).mem_caps = core::ptr::null() };

        // SAFETY: The controller is dropped at the end of this function, before `parent`.
        let controller = unsafe {
            Registration::<'_, Loopback>::new(
                parent.as_ref().as_ref(),
                &settings?,
                Ok::<_, Error>(Bus::new()?),
            )?
        };
        let other = Added::new(&controller, &BoardInfo::new(c"rust_spi_kunit")?)?.0;

        // SAFETY: `other` is valid, as is its controller.
        let copied = unsafe { (*(*other.as_raw()).controller).mem_caps };
        assert!(!core::ptr::eq(copied, &raw const caps));
        // SAFETY: It is null, or the capabilities are there as long as the controller.
        let copied = unsafe { copied.as_ref() }.ok_or(EIO)?;
        assert!(copied.ecc && !copied.dtr);
        Ok(())
    }

    #[test]
    fn refused_settings_of_a_device_are_taken_back() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let before = dev.settings();

        let unsupported = [
            DeviceSettings {
                modes: Mode::ThreeWire.into(),
                ..before
            },
            DeviceSettings {
                bits_per_word: 24,
                ..before
            },
        ];
        for settings in unsupported {
            assert_eq!(core(dev).setup(settings).err(), Some(EINVAL));
            assert_eq!(dev.settings(), before);
        }

        let wanted = DeviceSettings {
            modes: Mode::ClockPhase | Mode::ClockPolarity,
            max_speed: Hertz::from_mhz(100),
            bits_per_word: 16,
            word_delay: Delay::from_nanos(70),
            cs_setup: Delay::from_micros(1),
            cs_hold: Delay::from_micros(2),
            cs_inactive: Delay::from_nanos(3),
            realtime: true,
        };
        core(dev).setup(wanted)?;
        let after = dev.settings();
        assert_eq!(after.modes, wanted.modes);
        assert_eq!(after.bits_per_word, 16);
        assert_eq!(after.word_delay, wanted.word_delay);
        assert_eq!(after.cs_setup, wanted.cs_setup);
        assert_eq!(after.cs_hold, wanted.cs_hold);
        assert_eq!(after.cs_inactive, wanted.cs_inactive);
        assert!(after.realtime);
        // The limit of the controller.
        assert_eq!(after.max_speed, Hertz::from_mhz(20));

        rig.bus.fail(Failing::Setup, EIO);
        let refused = DeviceSettings {
            modes: Modes::empty(),
            ..after
        };
        assert_eq!(core(dev).setup(refused).err(), Some(EIO));
        assert_eq!(dev.settings(), after);
        Ok(())
    }
}
