// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of buffers, transfers and messages, without hardware.

#[macros::kunit_tests(rust_spi_message)]
mod cases {
    use super::super::bus::*;
    use crate::{
        bindings,
        clk::Hertz,
        device::Bound,
        faux,
        prelude::*,
        spi::{
            Buffer,
            Delay,
            Device,
            LaneMode,
            Lines,
            Message,
            Mode,
            Transfer, //
        },
        sync::atomic::Relaxed,
        time::Delta, //
    };

    fn message(transfers: impl IntoIterator<Item = Transfer>) -> Result<Message> {
        Message::new(transfers, GFP_KERNEL)
    }

    fn bytes(data: &[u8]) -> Result<Buffer> {
        Buffer::from_slice(data, GFP_KERNEL)
    }

    #[test]
    fn buffers_fill_whole_cache_lines() -> Result {
        // SAFETY: This function has no preconditions.
        let align = usize::try_from(unsafe { bindings::dma_get_cache_alignment() })?;

        for len in [0, 1, 3, 63, 64, 65, 4095, 4097] {
            let buffer = Buffer::<u8>::zeroed(len, GFP_KERNEL)?;
            assert_eq!(buffer.len(), len);
            assert_eq!(buffer.as_ptr().addr() % align, 0);
            assert!(buffer.iter().all(|byte| *byte == 0));
        }
        assert!(Buffer::<u8>::zeroed(usize::MAX, GFP_KERNEL).is_err());
        // Too long for `struct spi_transfer`, not for `usize`.
        assert!(Buffer::<u32>::zeroed(1 << 30, GFP_KERNEL).is_err());
        Ok(())
    }

    #[test]
    fn buffers_are_aligned_for_the_controller() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        assert_eq!(dev.dma_alignment(), 1);

        // SAFETY: No other thread uses the controller.
        unsafe { (*(*dev.as_raw()).controller).dma_alignment = 200 };
        assert_eq!(dev.dma_alignment(), 256);
        for len in [1, 3, 257, 1000] {
            let buffer = Buffer::<u16>::zeroed_for(dev, len, GFP_KERNEL)?;
            assert_eq!(buffer.len(), len);
            assert_eq!(buffer.as_ptr().addr() % 256, 0);
        }
        Ok(())
    }

    #[test]
    fn all_directions_move_data() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        let mut message = message([
            Transfer::write(bytes(&[1, 2, 3])?),
            Transfer::read(bytes(&[9, 9])?),
            Transfer::exchange(bytes(&[4, 5])?, bytes(&[0, 0])?)?,
            Transfer::exchange_in_place(bytes(&[6])?),
            Transfer::pause(Delay::from_micros(1)),
            Transfer::write(bytes(&[])?).delay(Delay::from_nanos(10)),
        ])?;
        message.sync(dev)?;

        assert_eq!(message.rx(0), None);
        assert_eq!(message.rx(1), Some(&[0, 0][..]));
        assert_eq!(message.rx(2), Some(&[4, 5][..]));
        assert_eq!(message.rx(3), Some(&[6][..]));
        assert_eq!(message.rx(4), None);
        assert_eq!(message.rx(6), None);
        assert_eq!(message.actual_length(), 8);
        let seen = rig.bus.take_seen();
        assert!(seen.iter().map(|seen| seen.len).eq([3, 2, 2, 1, 0, 0]));
        Ok(())
    }

    #[test]
    fn parts_of_buffers_are_sent_and_filled() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        let tx = bytes(&[1, 2, 3, 4])?.part(1..3)?;
        let rx = bytes(&[9; 5])?.part(3..5)?;
        let mut message = message([Transfer::exchange(tx, rx)?])?;
        message.sync(dev)?;
        assert_eq!(message.rx(0), Some(&[2, 3][..]));
        assert_eq!(message.actual_length(), 2);

        // What is outside of the part is as it was, and the buffer can be used again.
        let in_place = bytes(&[1, 2, 3, 4])?.part(2..3)?;
        message.transfers_mut()[0] = Transfer::exchange_in_place(in_place);
        message.tx_mut(0).ok_or(EIO)?[0] = 7;
        message.sync(dev)?;
        let part = message.transfers_mut()[0].take_part::<u8>().ok_or(EIO)?;
        let buffer = part.into_buffer();
        assert_eq!(*buffer, [1, 2, 7, 4]);

        for range in [2..5, 5..5, 4..usize::MAX] {
            let refused = bytes(&[1, 2, 3, 4])?.part(range).err().ok_or(EIO)?;
            assert_eq!(refused.error, EINVAL);
            assert_eq!(*refused.returned, [1, 2, 3, 4]);
        }
        Ok(())
    }

    #[test]
    fn words_have_the_bits_of_their_type() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        let samples = Buffer::from_slice(&[0x123_u16, 0xfff], GFP_KERNEL)?.bits::<12>();
        let mut message = message([
            Transfer::write(bytes(&[1])?),
            Transfer::exchange_in_place(samples),
        ])?;
        message.sync(dev)?;
        assert_eq!(message.rx_words(1), Some(&[0x123_u16, 0xfff][..]));
        assert_eq!(message.rx(1), None);
        let seen = rig.bus.take_seen();
        assert!(seen
            .iter()
            .map(|seen| (seen.len, seen.bits_per_word))
            .eq([(1, 8), (4, 12)]));

        // The same at run time.
        for (bits, fits8, fits16, fits32) in [
            (1, true, false, false),
            (8, true, false, false),
            (9, false, true, false),
            (16, false, true, false),
            (17, false, false, true),
            (32, false, false, true),
            (33, false, false, false),
            (255, false, false, false),
        ] {
            assert_eq!(bytes(&[1])?.with_bits(bits).is_ok(), fits8);
            let buffer = Buffer::<u16>::zeroed(1, GFP_KERNEL)?;
            assert_eq!(buffer.with_bits(bits).is_ok(), fits16);
            let buffer = Buffer::<u32>::zeroed(1, GFP_KERNEL)?;
            assert_eq!(buffer.with_bits(bits).is_ok(), fits32);
        }
        let refused = bytes(&[5])?.with_bits(9).err().ok_or(EIO)?;
        assert_eq!(refused.error, EINVAL);
        assert_eq!(*refused.returned, [5]);
        Ok(())
    }

    #[test]
    fn words_of_another_size_than_the_devices_are_refused() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let wide = || Buffer::<u16>::zeroed(2, GFP_KERNEL).map(Transfer::write);

        assert_eq!(dev.bits_per_word(), 8);
        assert_eq!(message([wide()?])?.sync(dev), Err(EINVAL));

        // SAFETY: No other thread uses the device.
        unsafe { (*dev.as_raw()).bits_per_word = 12 };
        message([wide()?])?.sync(dev)?;
        let refused = echo(&[1, 2])?.optimize(dev).err().ok_or(EIO)?;
        assert_eq!(refused.error, EINVAL);
        assert_eq!(refused.returned.rx(0), Some(&[1, 2][..]));
        assert_eq!(dev.write(&[1, 2]), Err(EINVAL));
        let seen = rig.bus.take_seen();
        assert!(seen.iter().map(|seen| seen.bits_per_word).eq([12]));
        Ok(())
    }

    /// Sends what the closure makes of a transfer of 4 bytes, and returns how the core has it.
    fn described(
        dev: &Device<Bound>,
        change: impl FnOnce(Transfer) -> Transfer,
    ) -> Result<bindings::spi_transfer> {
        let transfer = Transfer::exchange(bytes(&[0; 4])?, bytes(&[0; 4])?)?;
        let mut optimized = message([change(transfer)])?.optimize(dev)?;
        optimized.sync()?;

        let raw = optimized.raw_transfers().next().ok_or(EIO)?;
        // SAFETY: The message is not in flight.
        Ok(unsafe { raw.read() })
    }

    #[test]
    fn settings_of_a_transfer_reach_the_controller() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let fields = |delay: bindings::spi_delay| (delay.value, u32::from(delay.unit));
        // SAFETY: No other thread uses the device or the controller.
        unsafe {
            (*dev.as_raw()).mode |= (Mode::TxQuad | Mode::RxDual).as_raw();
            (*dev.as_raw()).num_tx_lanes = 2;
            (*dev.as_raw()).num_rx_lanes = 2;
            (*(*dev.as_raw()).controller).dtr_caps = true;
            (*(*dev.as_raw()).controller).num_data_lanes = 4;
        }

        let raw = described(dev, |transfer| transfer)?;
        assert_eq!(raw.speed_hz, 10_000_000);
        assert_eq!((raw.cs_off(), raw.cs_change()), (0, 0));
        assert_eq!((raw.tx_nbits(), raw.rx_nbits()), (1, 1));
        assert_eq!(raw.multi_lane_mode(), 0);
        assert!(!raw.dtr_mode);

        let raw = described(dev, |transfer| {
            transfer
                .speed(Hertz::from_mhz(2))
                .cs_off()
                .cs_change_for(Delay::from_nanos(300))
                .delay(Delay::from_micros(4))
                .word_delay(Delay::from_clocks(5))
                .tx_lines(Lines::Quad)
                .rx_lines(Lines::Dual)
                .lane_mode(LaneMode::Stripe)
                .double_rate()
        })?;
        assert_eq!(raw.speed_hz, 2_000_000);
        assert_eq!((raw.cs_off(), raw.cs_change()), (1, 1));
        let ns = bindings::SPI_DELAY_UNIT_NSECS;
        assert_eq!(fields(raw.cs_change_delay), (300, ns));
        assert_eq!(fields(raw.delay), (4, bindings::SPI_DELAY_UNIT_USECS));
        assert_eq!(fields(raw.word_delay), (5, bindings::SPI_DELAY_UNIT_SCK));
        assert_eq!((raw.tx_nbits(), raw.rx_nbits()), (4, 2));
        assert_eq!(raw.multi_lane_mode(), bindings::SPI_MULTI_LANE_MODE_STRIPE);
        assert!(raw.dtr_mode);
        Ok(())
    }

    /// Memory that is not the message's any more must not reach the controller.
    #[test]
    fn a_buffer_that_was_taken_is_not_sent() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        let transfer = Transfer::exchange_in_place(bytes(&[1, 2])?).delay(Delay::from_nanos(7));
        let mut message = message([transfer])?;
        message.sync(dev)?;
        drop(message.transfers_mut()[0].take_part::<u8>().ok_or(EIO)?);

        let mut optimized = message.optimize(dev)?;
        let raw = optimized.raw_transfers().next().ok_or(EIO)?;
        // SAFETY: The message is not in flight.
        let raw = unsafe { raw.read() };
        assert!(raw.tx_buf.is_null() && raw.rx_buf.is_null());
        assert_eq!((raw.len, raw.tx_nbits(), raw.rx_nbits()), (0, 0, 0));
        assert_eq!(raw.delay.value, 7);
        Ok(())
    }

    #[test]
    fn what_the_device_can_not_do_is_refused_before_it_is_sent() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        let bad: [fn(Transfer) -> Transfer; 6] = [
            |transfer| transfer.tx_lines(Lines::Dual),
            |transfer| transfer.rx_lines(Lines::Octal),
            |transfer| transfer.double_rate(),
            |transfer| transfer.speed(Hertz(500)),
            |transfer| transfer.lane_mode(LaneMode::Stripe),
            |transfer| transfer.lane_mode(LaneMode::Mirror),
        ];
        for spoil in bad {
            assert_eq!(described(dev, spoil).err(), Some(EINVAL));
        }

        // 4 words for 3 lanes, which the core would not notice (core-C15).
        // SAFETY: No other thread uses the device.
        unsafe {
            (*dev.as_raw()).num_tx_lanes = 3;
            (*dev.as_raw()).num_rx_lanes = 3;
            (*(*dev.as_raw()).controller).num_data_lanes = 4;
        }
        let stripe = |transfer: Transfer| transfer.lane_mode(LaneMode::Stripe);
        let mirror = |transfer: Transfer| transfer.lane_mode(LaneMode::Mirror);
        assert_eq!(described(dev, stripe).err(), Some(EINVAL));
        described(dev, mirror)?;
        assert_eq!(rig.bus.take_seen().len(), 1);
        assert_eq!(rig.bus.prepared.load(Relaxed), 0);
        Ok(())
    }

    /// A message can't name an offload, so not one of another controller either (core-C20).
    #[test]
    fn streams_are_refused_without_an_offload() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        for transfer in [
            Transfer::stream_in::<u16, 12>(4)?,
            Transfer::stream_out::<u8, 8>(4)?,
        ] {
            let mut message = message([transfer])?;
            assert_eq!(message.sync(dev), Err(EINVAL));
            assert_eq!(message.optimize(dev).err().map(|r| r.error), Some(EINVAL));
        }
        assert_eq!(Transfer::stream_in::<u32, 32>(1 << 30).err(), Some(EINVAL));
        assert!(rig.bus.take_seen().is_empty());
        Ok(())
    }

    #[test]
    fn bad_parts_are_refused_and_given_back() -> Result {
        assert_eq!(message([]).err(), Some(EINVAL));

        let refused = Transfer::exchange(bytes(&[1, 2])?, bytes(&[0])?)
            .err()
            .ok_or(EIO)?;
        assert_eq!(refused.error, EINVAL);
        assert_eq!(*refused.returned.0, [1, 2]);

        let refused = Transfer::exchange(bytes(&[1])?.bits::<7>(), bytes(&[0])?)
            .err()
            .ok_or(EIO)?;
        assert_eq!(refused.error, EINVAL);
        Ok(())
    }

    #[test]
    fn delays_are_rounded_up_and_limited() -> Result {
        assert_eq!(
            Delay::try_from(Delta::from_nanos(65_535)),
            Ok(Delay::from_nanos(65_535))
        );
        assert_eq!(
            Delay::try_from(Delta::from_nanos(65_537)),
            Ok(Delay::from_micros(66))
        );
        assert_eq!(
            Delay::try_from(Delta::from_millis(65)),
            Ok(Delay::from_micros(65_000))
        );
        assert_eq!(Delay::try_from(Delta::from_millis(66)), Err(EINVAL));
        assert_eq!(Delay::try_from(Delta::from_nanos(-1)), Err(EINVAL));
        Ok(())
    }

    #[test]
    fn a_refused_message_can_be_corrected() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        // 17 bits are too many for the controller, 500 Hz too slow.
        let bad = [
            Transfer::write(Buffer::<u32>::zeroed(1, GFP_KERNEL)?.bits::<17>()),
            Transfer::exchange_in_place(bytes(&[1, 2, 3])?).speed(Hertz(500)),
        ];
        for transfer in bad {
            let mut message = message([transfer])?;
            assert_eq!(message.sync(dev).err(), Some(EINVAL));

            let mut message = match message.optimize(dev) {
                Ok(_) => return Err(EIO),
                Err(refused) => {
                    assert_eq!(refused.error, EINVAL);
                    refused.returned
                }
            };
            assert!(rig.bus.take_seen().is_empty());

            message.transfers_mut()[0] = Transfer::exchange_in_place(bytes(&[7])?);
            message.sync(dev)?;
            assert_eq!(message.rx(0), Some(&[7][..]));
            rig.bus.take_seen();
        }
        assert_eq!(rig.bus.prepared.load(Relaxed), 0);
        Ok(())
    }

    #[test]
    fn a_driver_sees_its_device_and_its_controller() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(1)?.0;

        assert_eq!(dev.chip_selects(), [1]);
        assert_eq!((dev.tx_lanes(), dev.rx_lanes()), (&[0][..], &[0][..]));
        assert_eq!(dev.irq().err(), Some(ENXIO));
        // SAFETY: No other thread uses the device.
        unsafe { (*dev.as_raw()).irq = 7 };
        assert_eq!(dev.irq()?.irq(), 7);
        assert_eq!(dev.abort_target(), Err(ENOTSUPP));

        let controller = dev.controller();
        // SAFETY: `dev` is valid.
        let raw = unsafe { (*dev.as_raw()).controller };
        // SAFETY: As above.
        assert_eq!(controller.bus_num(), unsafe { (*raw).bus_num });
        assert_eq!(controller.chip_selects(), 4);
        assert!(controller.modes().contains(Mode::ClockPhase));
        assert!(!controller.modes().contains(Mode::LsbFirst));
        assert!(controller.supports_bits_per_word(8) && controller.supports_bits_per_word(16));
        assert!(!controller.supports_bits_per_word(0) && !controller.supports_bits_per_word(17));
        assert_eq!(controller.min_speed(), Hertz(1000));
        assert_eq!(controller.max_speed(), Hertz::from_mhz(20));
        assert!(!controller.is_target());
        assert!(controller.as_ref().fwnode().is_none());
        Ok(())
    }

    #[test]
    fn what_the_core_counts_can_be_read() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let (dev, other) = (rig.add(0)?.0, rig.add(1)?.0);
        assert_eq!(dev.statistics(), Default::default());

        let mut optimized = echo(&[1; 2 * MAX_TRANSFER])?.optimize(dev)?;
        for _ in 0..3 {
            optimized.sync()?;
        }
        echo(&[1])?.sync(other)?;
        let (message, result) = optimized.into_async(GFP_KERNEL)?.start()?.wait();
        result?;
        drop(message.into_optimized(dev)?);

        let counted = dev.statistics();
        assert_eq!((counted.sync, counted.sync_immediate), (3, 3));
        assert_eq!(counted.asynchronous, 1);
        assert_eq!(counted.transfers_split, 1);
        assert_eq!(other.statistics().sync, 1);
        assert_eq!(dev.controller().statistics().sync, 4);
        Ok(())
    }

    #[test]
    fn short_exchanges_copy_from_and_to_any_memory() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let lengths = || {
            rig.bus
                .take_seen()
                .iter()
                .map(|seen| seen.len)
                .sum::<usize>()
        };

        let mut rx = [9; 3];
        dev.write_then_read(&[1, 2], &mut rx)?;
        assert_eq!(rx, [0; 3]);
        assert_eq!(lengths(), 5);
        // More than fits the core's own buffer.
        let mut rx = [9; 200];
        dev.write_then_read(&[1; 200], &mut rx)?;
        assert_eq!(rx, [0; 200]);
        assert_eq!(lengths(), 400);

        dev.write(&[1, 2, 3])?;
        assert_eq!(lengths(), 3);
        dev.read(&mut rx)?;
        assert_eq!(lengths(), 200);
        dev.write_register(0x80, 0x1234_u16.to_be_bytes())?;
        assert_eq!(lengths(), 3);
        assert_eq!(u16::from_be_bytes(dev.read_register(0x80)?), 0);
        assert_eq!(lengths(), 3);

        assert_eq!(dev.write(&[]), Err(EINVAL));
        rig.bus.fail(Failing::Transfer, EIO);
        rx = [9; 200];
        assert_eq!(dev.read(&mut rx), Err(EIO));
        assert_eq!(rx, [9; 200]);
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
        message.transfers_mut()[0] = Transfer::exchange_in_place(bytes(&[8])?);
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
            let buffer = Buffer::<u8>::zeroed(long, GFP_KERNEL)?;
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
