// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of what a relay is not for.

use super::{
    bus,
    gate::*,
    machine::*,
    raw::RawMessage,
    shift::*, //
};
use crate::{
    faux,
    prelude::*,
    spi::{
        controller::{
            OptimizingMessage,
            Original,
            Proxy,
            Relay,
            SettingUp,
            Settings, //
        },
        Delay,
        Device, //
    },
    sync::atomic::Relaxed,
    time::Delta, //
};

use core::ptr;

/// Makes a relay as the controller of the message does that prepares it.
fn relay<'p>(message: &RawMessage, proxy: &'p Proxy<'p>) -> Result<Pin<KBox<Relay<'p>>>> {
    // SAFETY: The message is valid, has a device, and is not in flight. The relay is dropped before
    // it is.
    let original = unsafe { OptimizingMessage::from_raw(message.as_raw()) };

    KBox::pin_init(Relay::new(original, proxy), GFP_KERNEL)
}

#[macros::kunit_tests(rust_spi_relay)]
mod suite {
    use super::*;

    /// The core goes through the transfers of a message in flight if it does them one by one, maps
    /// them, or makes up buffers for them.
    #[test]
    fn controllers_that_the_core_does_much_for_have_none() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let original = Original::new(rig.add()?)?;

        let single = ShiftRig::new(&parent)?;
        let needy = GateRig::with(&parent, &Settings::new(1).needs_rx())?;
        let whole = GateRig::new(&parent)?;
        let (needy_dev, whole_dev) = (needy.add()?, whole.add()?);
        let children: [(&Device, Error); 3] = [
            (single.add()?, EINVAL),
            (&needy_dev, EINVAL),
            // It was just not set up.
            (&whole_dev, ENXIO),
        ];

        for (child, error) in children {
            let proxy = Proxy::new(&original, child)?;
            let message = RawMessage::new(child.into(), 4)?;
            assert_eq!(relay(&message, &proxy).err(), Some(error));
            assert!(message.is_whole());
        }
        Ok(())
    }

    /// The other controller sees the lanes before the proxy is set up, and ever after.
    #[test]
    fn a_proxy_has_the_lanes_of_its_device() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let original = Original::new(rig.add()?)?;
        let child = GateRig::new(&parent)?;
        let dev = child.add()?;
        // SAFETY: Nobody else uses the device.
        unsafe {
            let raw = dev.as_raw();
            ((*raw).num_tx_lanes, (*raw).num_rx_lanes) = (1, 2);
            ((*raw).tx_lane_map[0], (*raw).rx_lane_map[1]) = (3, 5);
        }

        let proxy = Proxy::new(&original, &dev)?;
        assert_eq!(proxy.as_device().tx_lanes(), [3]);
        assert_eq!(proxy.as_device().rx_lanes(), [0, 5]);
        // SAFETY: Nobody changes the settings of the device.
        proxy.setup(&unsafe { SettingUp::new(&dev) })?;
        assert_eq!(proxy.as_device().tx_lanes(), dev.tx_lanes());
        assert_eq!(proxy.as_device().rx_lanes(), dev.rx_lanes());
        Ok(())
    }

    /// The other controller is told the settings before it refuses the timing of the chip select,
    /// and may prepare messages with them.
    #[test]
    fn refused_settings_are_taken_back() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = MachineRig::new(&parent)?;
        let original = Original::new(rig.add()?)?;
        let child = bus::Rig::new(&parent)?;
        let dev = child.add(0)?.0;
        let proxy = Proxy::new(&original, dev)?;

        let setup = |word_delay, cs_setup| {
            bus::core(dev).setup(crate::spi::Settings {
                word_delay: Delay::from_nanos(word_delay),
                cs_setup,
                ..bus::core(dev).settings()
            })?;
            // SAFETY: Nobody changes the settings of the device.
            proxy.setup(&unsafe { SettingUp::new(dev) })
        };
        setup(70, Delay::from_nanos(1))?;
        assert_eq!(setup(80, Delay::from_micros(101)).err(), Some(EINVAL));
        assert_eq!(*rig.machine.word_delay.lock(), Some(Delta::from_nanos(70)));
        Ok(())
    }

    /// A controller may go through the transfers when it drops what it has prepared.
    #[test]
    fn one_that_is_dropped_too_early_leaves_the_transfers_alone() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let original = Original::new(rig.add()?)?;
        rig.shift.plan(|plan| plan.split = Some(2));
        let prepared = || rig.shift.prepared.load(Relaxed);

        let child = GateRig::new(&parent)?;
        let dev = child.add()?;
        let proxy = Proxy::new(&original, &dev)?;
        // SAFETY: Nobody changes the settings of the device.
        proxy.setup(&unsafe { SettingUp::new(&dev) })?;
        let message = RawMessage::new(dev.clone(), 4)?;

        let at_the_end = relay(&message, &proxy)?;
        assert_eq!(prepared(), 1);
        assert!(!message.is_whole());
        drop(at_the_end);
        assert_eq!(prepared(), 0);
        assert!(message.is_whole());

        // SAFETY: It stays pinned: it is only dropped.
        let early = unsafe { Pin::into_inner_unchecked(relay(&message, &proxy)?) };
        let early = KBox::into_raw(early);
        message.set_prepared(true);
        // SAFETY: It is valid, and nothing in it is freed.
        unsafe { ptr::drop_in_place(early) };
        assert_eq!(prepared(), 1);
        assert!(!message.is_whole());

        // What it has left is released after all.
        message.set_prepared(false);
        // SAFETY: It comes from `into_raw()`, and is as it was.
        drop(unsafe { KBox::from_raw(early) });
        assert_eq!(prepared(), 0);
        assert!(message.is_whole());
        Ok(())
    }
}
