// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of messages, devices and controllers, without hardware.

mod bus;
mod offload;

#[macros::kunit_tests(rust_spi_message)]
mod message {
    use super::bus::*;
    use crate::{
        bindings,
        clk::Hertz,
        faux,
        prelude::*,
        spi::{
            Buffer,
            Message,
            Transfer, //
        },
        sync::atomic::Relaxed,
        time::Delta, //
    };

    fn message(transfers: impl IntoIterator<Item = Transfer>) -> Result<Message> {
        let mut list = KVec::new();
        for transfer in transfers {
            list.push(transfer, GFP_KERNEL)?;
        }
        Message::new(list, GFP_KERNEL)
    }

    fn echo(data: &[u8]) -> Result<Message> {
        message([Transfer::exchange_in_place(Buffer::from_slice(
            data, GFP_KERNEL,
        )?)])
    }

    #[test]
    fn buffers_fill_whole_cache_lines() -> Result {
        // SAFETY: This function has no preconditions.
        let align = usize::try_from(unsafe { bindings::dma_get_cache_alignment() })?;

        for len in [1, 3, 63, 64, 65, 4095, 4097] {
            let buffer = Buffer::zeroed(len, GFP_KERNEL)?;
            assert_eq!(buffer.len(), len);
            assert_eq!(buffer.as_ptr().addr() % align, 0);
            assert!(buffer.iter().all(|byte| *byte == 0));
        }
        assert!(Buffer::zeroed(usize::MAX, GFP_KERNEL).is_err());
        Ok(())
    }

    #[test]
    fn all_directions_move_data() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        let mut message = message([
            Transfer::write(Buffer::from_slice(&[1, 2, 3], GFP_KERNEL)?),
            Transfer::read(Buffer::from_slice(&[9, 9], GFP_KERNEL)?),
            Transfer::exchange(
                Buffer::from_slice(&[4, 5], GFP_KERNEL)?,
                Buffer::zeroed(2, GFP_KERNEL)?,
            )?,
            Transfer::exchange_in_place(Buffer::from_slice(&[6], GFP_KERNEL)?),
            Transfer::pause(Delta::from_micros(1))?,
        ])?;
        message.sync(dev)?;

        assert_eq!(message.rx(0), None);
        assert_eq!(message.rx(1), Some(&[0, 0][..]));
        assert_eq!(message.rx(2), Some(&[4, 5][..]));
        assert_eq!(message.rx(3), Some(&[6][..]));
        assert_eq!(message.rx(4), None);
        assert_eq!(message.rx(5), None);
        let seen = rig.bus.take_seen();
        assert!(seen.iter().map(|seen| seen.len).eq([3, 2, 2, 1, 0]));
        Ok(())
    }

    #[test]
    fn bad_parts_are_refused_and_given_back() -> Result {
        assert_eq!(Message::new(KVec::new(), GFP_KERNEL).err(), Some(EINVAL));

        let refused = Transfer::exchange(
            Buffer::from_slice(&[1, 2], GFP_KERNEL)?,
            Buffer::zeroed(1, GFP_KERNEL)?,
        )
        .err()
        .ok_or(EIO)?;
        assert_eq!(refused.error, EINVAL);
        assert_eq!(*refused.returned.0, [1, 2]);

        assert!(Transfer::pause(Delta::from_millis(65)).is_ok());
        assert_eq!(Transfer::pause(Delta::from_millis(66)).err(), Some(EINVAL));
        assert_eq!(Transfer::pause(Delta::from_nanos(-1)).err(), Some(EINVAL));
        Ok(())
    }

    #[test]
    fn a_refused_message_can_be_corrected() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        // 3 bytes are not a whole number of 16-bit words; 17 bits are too many, 500 Hz too slow.
        let bad: [fn(Transfer) -> Transfer; 3] = [
            |transfer| transfer.bits_per_word(16),
            |transfer| transfer.bits_per_word(17),
            |transfer| transfer.speed(Hertz(500)),
        ];
        for spoil in bad {
            let buffer = Buffer::from_slice(&[1, 2, 3], GFP_KERNEL)?;
            let mut message = message([spoil(Transfer::exchange_in_place(buffer))])?;
            assert_eq!(message.sync(dev).err(), Some(EINVAL));

            let mut message = match message.optimize(dev) {
                Ok(_) => return Err(EIO),
                Err(refused) => {
                    assert_eq!(refused.error, EINVAL);
                    refused.returned
                }
            };
            assert!(rig.bus.take_seen().is_empty());

            message.transfers_mut()[0] =
                Transfer::exchange_in_place(Buffer::from_slice(&[7], GFP_KERNEL)?);
            message.sync(dev)?;
            assert_eq!(message.rx(0), Some(&[7][..]));
            rig.bus.take_seen();
        }
        assert_eq!(rig.bus.prepared.load(Relaxed), 0);
        Ok(())
    }

    #[test]
    fn optimized_once_for_many_sends() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        let mut optimized = echo(&[0, 0])?.optimize(dev)?;
        for round in 0..100 {
            optimized.tx_mut(0).ok_or(EIO)?.copy_from_slice(&[round, 1]);
            optimized.sync()?;
            assert_eq!(optimized.rx(0), Some(&[round, 1][..]));
            assert_eq!(optimized.actual_length(), 2);
        }
        assert_eq!(rig.bus.optimized.load(Relaxed), 1);
        assert_eq!(rig.bus.prepared.load(Relaxed), 1);

        // Changed, and prepared again.
        let mut message = optimized.into_message();
        assert_eq!(rig.bus.prepared.load(Relaxed), 0);
        message.transfers_mut()[0] =
            Transfer::exchange_in_place(Buffer::from_slice(&[8], GFP_KERNEL)?);
        let mut optimized = message.optimize(dev)?;
        optimized.sync()?;
        assert_eq!(optimized.rx(0), Some(&[8][..]));
        assert_eq!(rig.bus.optimized.load(Relaxed), 2);

        drop(optimized);
        assert_eq!(rig.bus.prepared.load(Relaxed), 0);
        Ok(())
    }

    #[test]
    fn a_failed_send_is_reported_once_and_forgotten() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let mut plain = echo(&[1])?;
        let mut optimized = echo(&[2])?.optimize(dev)?;

        rig.bus.fail(Failing::Transfer, ETIMEDOUT);
        assert_eq!(plain.sync(dev).err(), Some(ETIMEDOUT));
        assert_eq!(optimized.sync().err(), Some(ETIMEDOUT));
        // Only the optimized one is still prepared.
        assert_eq!(rig.bus.prepared.load(Relaxed), 1);

        rig.bus.fail(Failing::None, EIO);
        plain.sync(dev)?;
        optimized.sync()?;
        assert_eq!(plain.rx(0), Some(&[1][..]));
        assert_eq!(optimized.rx(0), Some(&[2][..]));
        Ok(())
    }

    #[test]
    fn a_controller_that_refuses_gives_the_message_back() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        rig.bus.fail(Failing::Optimize, EOPNOTSUPP);
        let refused = echo(&[1])?.optimize(dev).err().ok_or(EIO)?;
        assert_eq!(refused.error, EOPNOTSUPP);
        let mut message = refused.returned;
        assert_eq!(message.sync(dev).err(), Some(EOPNOTSUPP));

        rig.bus.fail(Failing::None, EIO);
        message.sync(dev)?;
        assert_eq!(message.rx(0), Some(&[1][..]));
        assert_eq!(rig.bus.prepared.load(Relaxed), 0);
        Ok(())
    }

    /// The core keeps the speed of the first device in a message (core-C19).
    #[test]
    fn settings_of_one_device_do_not_stick() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let devices = [rig.add(0)?.0, rig.add(1)?.0];
        let mut message = echo(&[1])?;

        for chip_select in [0u8, 1, 0] {
            message.sync(devices[usize::from(chip_select)])?;
            let seen = rig.bus.take_seen();
            assert_eq!(seen[0].chip_select, chip_select);
            assert_eq!(seen[0].speed, SPEEDS[usize::from(chip_select)]);
            assert_eq!(seen[0].bits_per_word, 8);
        }
        Ok(())
    }

    /// The core unoptimizes a message of a deferring controller through a pointer that only sending
    /// sets (core-C1).
    #[test]
    fn a_deferring_controller_can_do_nothing() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        // SAFETY: No other thread uses the controller.
        unsafe { (*(*dev.as_raw()).controller).defer_optimize_message = true };
        drop(echo(&[1])?.optimize(dev)?);
        let message = echo(&[1])?.optimize(dev)?.into_message();
        assert_eq!(message.rx(0), Some(&[1][..]));
        assert_eq!(rig.bus.optimized.load(Relaxed), 0);
        Ok(())
    }

    /// The core does not unoptimize a message that it refuses afterwards (core-C2).
    #[test]
    fn a_stopped_queue_leaves_nothing_prepared() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let mut plain = echo(&[1])?;
        let mut optimized = echo(&[2])?.optimize(dev)?;

        // SAFETY: `dev` is valid; no other thread uses the controller.
        let ctlr = unsafe { (*dev.as_raw()).controller };
        // SAFETY: As above. Messages then go through the queue, which takes none.
        unsafe {
            (*ctlr).must_async = true;
            (*ctlr).running = false;
        }
        assert_eq!(plain.sync(dev).err(), Some(ESHUTDOWN));
        assert_eq!(optimized.sync().err(), Some(ESHUTDOWN));
        assert_eq!(rig.bus.prepared.load(Relaxed), 1);

        // SAFETY: As above.
        unsafe { (*ctlr).running = true };
        plain.sync(dev)?;
        optimized.sync()?;
        assert_eq!(rig.bus.prepared.load(Relaxed), 1);
        Ok(())
    }

    /// The core leaves the error of one send in the transfer for the next one (core-C5), and
    /// stamps a transfer only once (core-C6).
    #[test]
    fn results_of_transfers_do_not_stick() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        for long in [1, 3 * MAX_TRANSFER] {
            let buffer = Buffer::zeroed(long, GFP_KERNEL)?;
            let mut optimized = message([Transfer::exchange_in_place(buffer)])?.optimize(dev)?;

            for transfer in optimized.raw_transfers() {
                // SAFETY: The message is not in flight.
                unsafe { (*transfer).error = 2 };
                // SAFETY: As above.
                unsafe { (*transfer).set_timestamped(1) };
            }
            optimized.sync()?;
            for transfer in optimized.raw_transfers() {
                // SAFETY: As above.
                assert_eq!(unsafe { (*transfer).error }, 0);
                // SAFETY: As above.
                assert_eq!(unsafe { (*transfer).timestamped() }, 0);
            }
        }
        Ok(())
    }

    #[test]
    fn long_transfers_are_split_and_whole_again() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        assert_eq!(dev.max_transfer_size(), MAX_TRANSFER);
        assert_eq!(dev.max_message_size(), usize::MAX);

        let len = 2 * MAX_TRANSFER + 5;
        let mut optimized = echo(&KVec::from_elem(0x5a, len, GFP_KERNEL)?)?.optimize(dev)?;
        for fill in [1, 2] {
            optimized.tx_mut(0).ok_or(EIO)?.fill(fill);
            optimized.sync()?;
            assert_eq!(optimized.actual_length(), len);
            assert!(optimized.rx(0).ok_or(EIO)?.iter().all(|byte| *byte == fill));
            let seen = rig.bus.take_seen();
            assert!(seen.iter().map(|seen| seen.len).eq([64, 64, 5]));
        }

        let message = optimized.into_message();
        assert_eq!(message.transfers().len(), 1);
        assert_eq!(message.rx(0).ok_or(EIO)?.len(), len);
        Ok(())
    }
}

#[macros::kunit_tests(rust_spi_controller)]
mod controller {
    use super::bus::*;
    use crate::{
        clk::Hertz,
        device::Core,
        faux,
        prelude::*,
        spi::{
            controller::{
                BoardInfo,
                Registration,
                Settings, //
            },
            Device,
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

        drop(rig);
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

    fn core(dev: &Device<crate::device::Bound>) -> &Device<Core<'_>> {
        // SAFETY: No driver is bound that could be in its callbacks at the same time.
        unsafe { Device::from_raw(dev.as_raw()) }
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
        };
        core(dev).setup(wanted)?;
        let after = dev.settings();
        assert_eq!(after.modes, wanted.modes);
        assert_eq!(after.bits_per_word, 16);
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
