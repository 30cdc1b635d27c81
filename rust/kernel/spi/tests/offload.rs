// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of offloads and triggers, both sides, without hardware.

#[cfg(CONFIG_RUST_SPI_OFFLOAD_PWM_KUNIT_TEST)]
mod pwm;
mod world;

#[macros::kunit_tests(rust_spi_offload)]
mod cases {
    use super::world::{
        Event::*,
        *, //
    };
    use crate::{
        bindings,
        clk::Hertz,
        device::Bound,
        error::to_result,
        prelude::*,
        spi::{
            offload::{
                provider::Traffic,
                Armed,
                Capability,
                DataReady,
                Offload,
                Periodic,
                Trigger, //
            },
            tests::{
                cycles,
                leaks_on_purpose, //
            },
            Device, //
        },
        sync::{
            atomic::{
                Atomic,
                Relaxed, //
            },
            Arc,
            Completion, //
        },
        time::{
            delay::fsleep,
            Delta, //
        },
        workqueue, //
    };

    const ON: Event = TriggerOn { frequency_hz: 100 };

    fn settings() -> Result<Periodic> {
        Periodic::new(Hertz(105))
    }

    /// Takes all steps of a consumer.
    fn armed(dev: &Device<Bound>) -> Result<Armed<'_, Periodic>> {
        let (offload, trigger) = consumer(dev)?;

        Ok(offload.prepare(message()?)?.arm(trigger, settings()?)?)
    }

    fn count(log: &[Event], event: Event) -> usize {
        log.iter().filter(|logged| **logged == event).count()
    }

    #[test]
    fn steps_go_up_and_down_in_order() -> Result {
        let hardware = Hardware::new()?;
        let world = World::with_clock(&hardware, Traffic::Shared)?;
        let dev = world.add(0)?;

        let (offload, trigger) = consumer(dev)?;
        let rounded = trigger.validate(settings()?)?;
        assert_eq!(rounded.frequency_hz(), 100);
        assert_eq!(trigger.validate(rounded)?, rounded);
        let armed = offload.prepare(message()?)?.arm(trigger, rounded)?;
        assert_eq!(*world.log.take(), [Recorded, Enabled, ON]);
        assert_eq!(**world.log.recorded.lock(), [0x55]);

        let (prepared, trigger) = armed.disarm();
        assert_eq!(*world.log.take(), [Disabled, TriggerOff]);
        // Armed again without being recorded again.
        let armed = prepared.arm(trigger, rounded)?;
        assert_eq!(*world.log.take(), [Enabled, ON]);

        drop(armed);
        assert_eq!(*world.log.take(), [Disabled, TriggerOff, Forgotten]);
        Ok(())
    }

    #[test]
    fn dropping_a_step_frees_all_below() -> Result {
        let hardware = Hardware::new()?;
        let world = World::with_clock(&hardware, Traffic::Shared)?;
        let dev = world.add(0)?;

        for step in 0..4 {
            let (offload, trigger) = consumer(dev)?;
            match step {
                0 => drop(offload),
                1 => drop(offload.prepare(message()?)?),
                2 => drop(offload.prepare(message()?)?.into_parts()),
                _ => drop(offload.prepare(message()?)?.arm(trigger, settings()?)?),
            }

            let log = world.log.take();
            assert_eq!(count(&log, Recorded), count(&log, Forgotten));
            assert_eq!(count(&log, Enabled), count(&log, Disabled));
            assert_eq!(count(&log, ON), count(&log, TriggerOff));
        }
        Ok(())
    }

    #[test]
    fn a_message_comes_back_and_can_be_changed() -> Result {
        let hardware = Hardware::new()?;
        let world = World::new(&hardware, Traffic::Shared)?;
        let dev = world.add(0)?;

        let prepared = Offload::get(dev, triggered())?.prepare(message()?)?;
        let (offload, mut message) = prepared.into_parts();
        assert_eq!(*world.log.take(), [Recorded, Forgotten]);

        // As a plain one, and again for the offload.
        message.sync(dev)?;
        assert_eq!(*world.log.take(), [Sent { chip_select: 0 }]);
        drop(offload.prepare(message)?);
        assert_eq!(*world.log.take(), [Recorded, Forgotten]);
        Ok(())
    }

    #[test]
    fn an_offload_has_one_user_and_what_was_asked_for() -> Result {
        let hardware = Hardware::new()?;
        let world = World::new(&hardware, Traffic::Shared)?;
        let (dev, other) = (world.add(0)?, world.add(1)?);

        // The first one that has what is asked for.
        let stream = Offload::get(dev, Capability::Trigger | Capability::RxStreamDma)?;
        assert_eq!(
            Offload::get(other, Capability::RxStreamDma.into()).err(),
            Some(EBUSY)
        );
        let plain = Offload::get(other, triggered())?;
        assert_eq!(Offload::get(dev, triggered()).err(), Some(EBUSY));
        assert_eq!(
            Offload::get(dev, Capability::TxStreamDma.into()).err(),
            Some(ENODEV)
        );

        drop(plain);
        drop(Offload::get(dev, triggered())?);
        drop(stream);
        drop(Offload::get(other, Capability::RxStreamDma.into())?);
        Ok(())
    }

    extern "C" fn refuse(
        _spi: *mut bindings::spi_device,
        _config: *const bindings::spi_offload_config,
    ) -> *mut bindings::spi_offload {
        EINVAL.to_ptr()
    }

    /// The engine's driver in C says `EINVAL` for what its hardware lacks (offload-F6).
    #[test]
    fn what_the_hardware_lacks_is_no_device() -> Result {
        let hardware = Hardware::new()?;
        let world = World::new(&hardware, Traffic::Shared)?;
        let dev = world.add(0)?;

        // SAFETY: `dev` is valid; no other thread uses the controller.
        let ctlr = unsafe { (*dev.as_raw()).controller };
        // SAFETY: As above.
        unsafe { (*ctlr).get_offload = Some(refuse) };
        assert_eq!(Offload::get(dev, triggered()).err(), Some(ENODEV));
        // SAFETY: As above.
        unsafe { (*ctlr).get_offload = None };
        assert_eq!(Offload::get(dev, triggered()).err(), Some(ENODEV));
        Ok(())
    }

    #[test]
    fn what_is_refused_comes_back() -> Result {
        let hardware = Hardware::new()?;
        let world = World::with_clock(&hardware, Traffic::Shared)?;
        let dev = world.add(0)?;
        let (offload, trigger) = consumer(dev)?;

        world.log.fail(Failing::Record);
        let refused = offload.prepare(message()?).err().ok_or(EINVAL)?;
        assert_eq!(refused.error, EIO);
        let (offload, message) = refused.returned;

        world.log.fail(Failing::Enable);
        let prepared = offload.prepare(message)?;
        let refused = prepared.arm(trigger, settings()?).err().ok_or(EINVAL)?;
        assert_eq!(refused.error, EIO);
        assert_eq!(*world.log.take(), [Recorded]);

        world.log.fail(Failing::TriggerOn);
        let (prepared, trigger) = refused.returned;
        let refused = prepared.arm(trigger, settings()?).err().ok_or(EINVAL)?;
        assert_eq!(refused.error, EIO);
        assert_eq!(*world.log.take(), [Enabled, Disabled]);

        world.log.fail(Failing::None);
        let (prepared, trigger) = refused.returned;
        drop(prepared.arm(trigger, settings()?)?);
        Ok(())
    }

    #[test]
    fn a_trigger_is_waited_for_and_has_one_user() -> Result {
        let hardware = Hardware::new()?;
        let world = World::new(&hardware, Traffic::Shared)?;
        let dev = world.add(0)?;
        let offload = Offload::get(dev, triggered())?;
        assert_eq!(Trigger::<Periodic>::get(&offload).err(), Some(EPROBE_DEFER));

        let _clock = world.clock()?;
        let trigger = Trigger::<Periodic>::get(&offload)?;
        assert_eq!(Trigger::<Periodic>::get(&offload).err(), Some(EBUSY));
        drop(trigger);
        let trigger = Trigger::<Periodic>::get(&offload)?;

        // Nobody can tell whether the driver of a faux device is the one.
        assert_eq!(
            Trigger::<DataReady>::get(&offload).err(),
            Some(EPROBE_DEFER)
        );

        // It is the trigger of that offload only.
        let other = Offload::get(dev, triggered())?;
        let refused = other.prepare(message()?)?.arm(trigger, settings()?);
        assert_eq!(refused.err().map(|refused| refused.error), Some(EINVAL));
        Ok(())
    }

    #[test]
    fn settings_out_of_range_are_refused() -> Result {
        assert_eq!(Periodic::new(Hertz(0)), Err(EINVAL));
        assert_eq!(Periodic::new(Hertz(1_000_000_001)), Err(EINVAL));
        #[cfg(CONFIG_64BIT)]
        assert_eq!(Periodic::new(Hertz(1 << 32)), Err(EINVAL));

        let fast = Periodic::new(Hertz(1_000_000_000))?;
        assert_eq!(fast.period(), Delta::from_nanos(1));
        assert_eq!(
            Periodic::new(Hertz(3))?.period(),
            Delta::from_nanos(333_333_334)
        );
        assert_eq!(fast.with_offset(Delta::from_nanos(-1)), Err(EINVAL));
        let late = fast.with_offset(Delta::from_nanos(5))?;
        assert_eq!(late.offset(), Delta::from_nanos(5));
        assert_eq!(late.frequency_hz(), 1_000_000_000);
        Ok(())
    }

    /// The offload core forgets to stop a trigger whose provider goes (offload-F8).
    #[test]
    fn a_trigger_whose_provider_goes_is_stopped() -> Result {
        let hardware = Hardware::new()?;
        let world = World::new(&hardware, Traffic::Shared)?;
        let clock = world.clock()?;
        let dev = world.add(0)?;
        let armed = armed(dev)?;
        world.log.take();

        drop(clock);
        assert_eq!(*world.log.take(), [TriggerOff]);
        let (prepared, trigger) = armed.disarm();
        assert_eq!(*world.log.take(), [Disabled]);

        assert_eq!(trigger.validate(settings()?), Err(ENODEV));
        let refused = prepared.arm(trigger, settings()?).err().ok_or(EIO)?;
        assert_eq!(refused.error, ENODEV);
        assert!(world.log.take().is_empty());
        let (prepared, _) = refused.returned;

        // It comes again.
        let _clock = world.clock()?;
        let trigger = Trigger::get(prepared.offload())?;
        drop(prepared.arm(trigger, settings()?)?);
        assert_eq!(
            *world.log.take(),
            [Enabled, ON, Disabled, TriggerOff, Forgotten]
        );
        Ok(())
    }

    /// The offload core says that it reserves the bus, and does not (offload-F1).
    #[test]
    fn the_bus_is_reserved_while_armed() -> Result {
        let hardware = Hardware::new()?;
        let world = World::with_clock(&hardware, Traffic::Refused)?;
        let (dev, other) = (world.add(0)?, world.add(1)?);
        let mut optimized = message()?.optimize(other)?;
        let mut plain = message()?;

        let armed = armed(dev)?;
        world.log.take();
        assert_eq!(optimized.sync().err(), Some(EBUSY));
        assert_eq!(plain.sync(other).err(), Some(EBUSY));
        assert_eq!(plain.sync(dev).err(), Some(EBUSY));
        assert!(world.log.take().is_empty());

        // Not armed any more, but still prepared.
        let (prepared, _trigger) = armed.disarm();
        plain.sync(dev)?;
        optimized.sync()?;
        assert_eq!(
            *world.log.take(),
            [
                Disabled,
                TriggerOff,
                Sent { chip_select: 0 },
                Sent { chip_select: 1 }
            ]
        );
        drop(prepared);
        Ok(())
    }

    #[test]
    fn the_bus_is_shared_where_hardware_can() -> Result {
        let hardware = Hardware::new()?;
        let world = World::with_clock(&hardware, Traffic::Shared)?;
        let dev = world.add(0)?;

        let _armed = armed(dev)?;
        world.log.take();
        message()?.sync(dev)?;
        assert_eq!(*world.log.take(), [Sent { chip_select: 0 }]);
        Ok(())
    }

    #[test]
    fn messages_of_others_wait_but_not_for_ever() -> Result {
        let hardware = Hardware::new()?;
        let world = World::with_clock(&hardware, Traffic::Waits(LIMIT))?;
        let (dev, other) = (world.add(0)?, world.add(1)?);
        let (offload, trigger) = consumer(dev)?;
        let raw = Shared(offload.as_raw());
        let armed = offload.prepare(message()?)?.arm(trigger, settings()?)?;
        world.log.take();

        // It would wait for itself.
        assert_eq!(message()?.sync(dev).err(), Some(EBUSY));
        assert_eq!(message()?.sync(other).err(), Some(EBUSY));
        assert!(world.log.take().is_empty());

        // Disarmed meanwhile, by what a consumer in C calls.
        workqueue::system().try_spawn(GFP_KERNEL, move || {
            fsleep(Delta::from_millis(20));
            raw.disable();
        })?;
        message()?.sync(other)?;
        assert_eq!(*world.log.take(), [Disabled, Sent { chip_select: 1 }]);
        drop(armed);
        Ok(())
    }

    /// An offload for another thread.
    struct Shared(*mut bindings::spi_offload);

    // SAFETY: The test waits for the thread before the offload goes.
    unsafe impl Send for Shared {}

    impl Shared {
        fn disable(self) {
            disable(self.0);
        }
    }

    /// A device for another thread.
    struct Sender(*const Device<Bound>);

    // SAFETY: The test waits for the thread before the device goes.
    unsafe impl Send for Sender {}

    impl Sender {
        /// Sends messages, one at least, until it is told to stop; returns how many.
        fn send(&self, stop: &Atomic<bool>) -> Result<u32> {
            // SAFETY: As above.
            let dev = unsafe { &*self.0 };
            let mut plain = message()?;
            let mut sent = 0;

            loop {
                plain.sync(dev)?;
                sent += 1;
                if stop.load(Relaxed) {
                    return Ok(sent);
                }
                fsleep(Delta::from_micros(50));
            }
        }
    }

    /// What a test and its thread share.
    #[pin_data]
    struct Thread {
        stop: Atomic<bool>,
        sent: Atomic<u32>,
        #[pin]
        done: Completion,
    }

    impl Thread {
        /// Has another thread send messages to `dev`.
        fn start(dev: &Device<Bound>) -> Result<Arc<Self>> {
            let this = Arc::pin_init(
                pin_init!(Self {
                    stop: Atomic::new(false),
                    sent: Atomic::new(0),
                    done <- Completion::new(),
                }),
                GFP_KERNEL,
            )?;

            let (sender, thread) = (Sender(dev), this.clone());
            workqueue::system().try_spawn(GFP_KERNEL, move || {
                // Nothing is counted if one failed.
                let sent = sender.send(&thread.stop).unwrap_or(0);
                thread.sent.store(sent, Relaxed);
                thread.done.complete_all();
            })?;
            Ok(this)
        }

        /// Ends the thread, and returns how many messages it has sent.
        fn stop(&self) -> u32 {
            self.stop.store(true, Relaxed);
            self.done.wait_for_completion();
            self.sent.load(Relaxed)
        }
    }

    #[test]
    fn arming_waits_for_the_message_in_flight() -> Result {
        let hardware = Hardware::new()?;
        let world = World::with_clock(&hardware, Traffic::Refused)?;
        let (dev, other) = (world.add(0)?, world.add(1)?);
        let (offload, trigger) = consumer(dev)?;
        let prepared = offload.prepare(message()?)?;
        world.log.take();

        world.log.slow.store(true, Relaxed);
        let thread = Thread::start(other)?;
        thread.stop.store(true, Relaxed);
        while !world.log.in_flight.load(Relaxed) {
            fsleep(Delta::from_micros(100));
        }
        let armed = prepared.arm(trigger, settings()?)?;
        assert_eq!(*world.log.take(), [Sent { chip_select: 1 }, Enabled, ON]);
        assert_eq!(world.log.clashes.load(Relaxed), 0);

        assert_eq!(thread.stop(), 1);
        drop(armed);
        Ok(())
    }

    #[test]
    fn arming_and_sending_do_not_meet() -> Result {
        let hardware = Hardware::new()?;
        let world = World::with_clock(&hardware, Traffic::Waits(Delta::from_millis(5000)))?;
        let (dev, other) = (world.add(0)?, world.add(1)?);
        let (offload, mut trigger) = consumer(dev)?;
        let mut prepared = offload.prepare(message()?)?;
        world.log.take();

        let thread = Thread::start(other)?;
        let rounds = cycles();
        let (mut enabled, mut disabled, mut others) = (0, 0, 0);
        let mut look_at_log = || {
            let log = world.log.take();
            enabled += count(&log, Enabled);
            disabled += count(&log, Disabled);
            others += count(&log, Sent { chip_select: 1 });
        };
        for round in 0..rounds {
            let armed = prepared.arm(trigger, settings()?)?;
            fsleep(Delta::from_micros(100));
            (prepared, trigger) = armed.disarm();
            fsleep(Delta::from_micros(100));
            // It is not to grow all the time.
            if round % 100 == 0 {
                look_at_log();
            }
        }
        let sent = thread.stop();
        look_at_log();

        let rounds = usize::try_from(rounds)?;
        assert_eq!(enabled, rounds);
        assert_eq!(disabled, rounds);
        assert_ne!(sent, 0);
        assert_eq!(others, usize::try_from(sent)?);
        assert_eq!(world.log.clashes.load(Relaxed), 0);
        Ok(())
    }

    fn disable(offload: *mut bindings::spi_offload) {
        // SAFETY: The offload is valid, and its provider implements the operation.
        if let Some(disable) = unsafe { (*(*offload).ops).trigger_disable } {
            // SAFETY: As above.
            unsafe { disable(offload) };
        }
    }

    fn enable(offload: *mut bindings::spi_offload) -> Result {
        // SAFETY: The offload is valid, and its provider implements the operation.
        let enable = unsafe { (*(*offload).ops).trigger_enable }.ok_or(ENOSYS)?;

        // SAFETY: As above.
        to_result(unsafe { enable(offload) })
    }

    /// The offload core checks no step of a consumer in C (offload-F2).
    #[test]
    fn steps_out_of_turn_are_refused_or_taken_back() -> Result {
        let hardware = Hardware::new()?;
        let world = World::new(&hardware, Traffic::Shared)?;
        let dev = world.add(0)?;
        let offload = Offload::get(dev, triggered())?;
        let raw = offload.as_raw();

        assert_eq!(enable(raw), Err(EINVAL));
        disable(raw);
        assert!(world.log.take().is_empty());

        // Enabled twice, and the message forgotten meanwhile.
        let prepared = offload.prepare(message()?)?;
        enable(raw)?;
        assert_eq!(enable(raw), Err(EBUSY));
        let (offload, message) = prepared.into_parts();
        assert_eq!(*world.log.take(), [Recorded, Enabled, Disabled, Forgotten]);
        assert_eq!(enable(raw), Err(EINVAL));

        // Recorded twice.
        let prepared = offload.prepare(message)?;
        // SAFETY: The offload is one of the device's controller, and stays.
        let second = unsafe { super::world::message()?.optimize_for(dev, raw) };
        assert_eq!(second.err().map(|refused| refused.error), Some(EBUSY));

        // Put while enabled.
        enable(raw)?;
        world.log.take();
        // SAFETY: `dev` is valid.
        let ctlr = unsafe { (*dev.as_raw()).controller };
        // SAFETY: The offload is one of the controller's.
        unsafe { (*ctlr).put_offload.ok_or(ENOSYS)?(raw) };
        assert_eq!(*world.log.take(), [Disabled]);
        assert_eq!(enable(raw), Err(EINVAL));

        // What is still recorded is not for the next one.
        let next = Offload::get(dev, triggered())?;
        assert_eq!(enable(raw), Err(EINVAL));
        drop(prepared);
        assert_eq!(*world.log.take(), [Forgotten]);
        drop(next);
        Ok(())
    }

    #[test]
    fn a_recorded_message_is_not_sent() -> Result {
        let hardware = Hardware::new()?;
        let world = World::new(&hardware, Traffic::Shared)?;
        let other = Hardware::started_by(c"rust_offload_other", hardware.trigger_dev()?)?;
        let other = World::new(&other, Traffic::Shared)?;
        let (dev, foreign) = (world.add(0)?, other.add(0)?);
        let offload = Offload::get(dev, triggered())?;

        // SAFETY: The offload is one of the device's controller, and stays.
        let mut optimized = unsafe { message()?.optimize_for(dev, offload.as_raw()) }?;
        assert_eq!(optimized.sync().err(), Some(EOPNOTSUPP));
        drop(optimized);
        assert_eq!(*world.log.take(), [Recorded, Forgotten]);

        // Nor recorded by another controller.
        //
        // SAFETY: That the controller is another one is what is tested; the offload stays.
        let refused = unsafe { message()?.optimize_for(foreign, offload.as_raw()) };
        assert_eq!(refused.err().map(|refused| refused.error), Some(EINVAL));
        assert!(other.log.take().is_empty());
        Ok(())
    }

    #[cfg(CONFIG_DMA_ENGINE)]
    #[test]
    fn streams_are_channels_of_the_controllers_device() -> Result {
        let hardware = Hardware::new()?;
        let world = World::new(&hardware, Traffic::Shared)?;
        let offload = Offload::get(world.add(0)?, Capability::RxStreamDma.into())?;

        // No DMA controller knows the name; and the driver names none to send from.
        assert_eq!(offload.rx_stream().err(), Some(EPROBE_DEFER));
        assert_eq!(offload.tx_stream().err(), Some(EOPNOTSUPP));

        // The other one has no streams, whatever the driver would call them.
        let offload = Offload::get(world.add(1)?, Capability::Trigger.into())?;
        assert_eq!(offload.rx_stream().err(), Some(EOPNOTSUPP));
        Ok(())
    }

    #[test]
    fn what_was_forgotten_is_stopped_when_the_controller_goes() -> Result {
        leaks_on_purpose();
        let hardware = Hardware::new()?;
        let world = World::new(&hardware, Traffic::Refused)?;
        let clock = world.clock()?;
        let dev = world.add(0)?;
        core::mem::forget(armed(dev)?);
        let log = world.log.clone();
        log.take();

        drop(clock);
        drop(world);
        assert_eq!(*log.take(), [TriggerOff, Disabled]);
        Ok(())
    }
}

#[cfg(CONFIG_RUST_SPI_OFFLOAD_PWM_KUNIT_TEST)]
#[macros::kunit_tests(rust_spi_offload_pwm)]
mod pwm_cases {
    use super::{
        pwm::*,
        world::*, //
    };
    #[cfg(CONFIG_SPI_OFFLOAD_TRIGGER_PWM_RUST = "y")]
    use crate::time::Delta;
    use crate::{
        bindings,
        clk::Hertz,
        error::to_result,
        prelude::*,
        spi::offload::{
            DataReady,
            Offload,
            Periodic,
            Trigger, //
        },
        sync::atomic::Relaxed, //
    };

    const MILLISECOND: u32 = 1_000_000;

    /// The offload core takes a trigger of another kind for one that is still to come
    /// (offload-F3).
    #[test]
    fn a_trigger_of_another_kind_is_not_waited_for() -> Result {
        let rig = Rig::new(IN_C, MILLISECOND)?;
        let world = rig.world()?;
        let offload = Offload::get(world.add(0)?, triggered())?;

        assert_eq!(Trigger::<DataReady>::get(&offload).err(), Some(EOPNOTSUPP));
        drop(Trigger::<Periodic>::get(&offload)?);
        Ok(())
    }

    /// The driver does not bind if firmware gives no period (trigger-T3).
    #[test]
    fn a_provider_that_is_not_bound_is_waited_for() -> Result {
        let rig = Rig::new(IN_C, 0)?;
        let world = rig.world()?;
        let offload = Offload::get(world.add(0)?, triggered())?;

        assert_eq!(Trigger::<Periodic>::get(&offload).err(), Some(EPROBE_DEFER));
        assert_eq!(
            Trigger::<DataReady>::get(&offload).err(),
            Some(EPROBE_DEFER)
        );
        Ok(())
    }

    /// The driver does not care how many users there are (offload-F7).
    #[test]
    fn two_users_get_the_trigger_of_the_c_driver() -> Result {
        let rig = Rig::new(IN_C, MILLISECOND)?;
        let world = rig.world()?;
        let offload = Offload::get(world.add(0)?, triggered())?;

        let first = Trigger::<Periodic>::get(&offload)?;
        let second = Trigger::<Periodic>::get(&offload)?;
        drop((first, second));
        Ok(())
    }

    fn validate_unchecked(trigger: &Trigger<Periodic>, frequency_hz: u64) -> Result<u64> {
        let mut config: bindings::spi_offload_trigger_config = pin_init::zeroed();
        config.type_ = bindings::spi_offload_trigger_type_SPI_OFFLOAD_TRIGGER_PERIODIC;
        config.__bindgen_anon_1.periodic.frequency_hz = frequency_hz;

        // SAFETY: The trigger is valid; `config` is written to.
        to_result(unsafe {
            bindings::spi_offload_trigger_validate(trigger.as_raw().as_ptr(), &mut config)
        })?;

        // SAFETY: It is a periodic trigger.
        Ok(unsafe { config.__bindgen_anon_1.periodic.frequency_hz })
    }

    /// The driver divides by the lower half of the frequency (trigger-T1).
    #[test]
    fn what_the_c_driver_takes_for_another_frequency_is_refused() -> Result {
        let rig = Rig::new(IN_C, MILLISECOND)?;
        let world = rig.world()?;
        let (_offload, trigger) = consumer(world.add(0)?)?;

        let absurd = (1u64 << 32) + 1000;
        assert_eq!(validate_unchecked(&trigger, absurd)?, 189);
        #[cfg(CONFIG_64BIT)]
        assert_eq!(Periodic::new(Hertz(absurd.try_into()?)), Err(EINVAL));
        assert_eq!(Periodic::new(Hertz(u32::MAX.try_into()?)), Err(EINVAL));
        Ok(())
    }

    /// The driver rounds to a whole frequency, and from that back to a period (trigger-T4).
    #[test]
    fn the_c_driver_rounds_twice() -> Result {
        let rig = Rig::new(IN_C, MILLISECOND)?;
        let world = rig.world()?;
        let (offload, trigger) = consumer(world.add(0)?)?;

        // 2 Hz are nearly possible, 499 999 997 ns, which it calls 3 Hz.
        let rounded = trigger.validate(Periodic::new(Hertz(2))?)?;
        assert_eq!(rounded.frequency_hz(), 3);
        let armed = offload.prepare(message()?)?.arm(trigger, rounded)?;
        assert_eq!(rig.written.period_ns.load(Relaxed), 333_333_329);
        assert_ne!(rig.written.duty_ns.load(Relaxed), 0);

        drop(armed);
        assert_eq!(rig.written.duty_ns.load(Relaxed), 0);
        Ok(())
    }

    /// What was validated is what is used, to the nanosecond (trigger-T4).
    #[cfg(CONFIG_SPI_OFFLOAD_TRIGGER_PWM_RUST = "y")]
    #[test]
    fn the_rust_driver_rounds_once() -> Result {
        let rig = Rig::new(IN_RUST, MILLISECOND)?;
        let world = rig.world()?;
        let (offload, trigger) = consumer(world.add(0)?)?;

        let rounded = trigger.validate(Periodic::new(Hertz(2))?)?;
        assert_eq!(rounded.frequency_hz(), 2);
        let armed = offload.prepare(message()?)?.arm(trigger, rounded)?;
        assert_eq!(rig.written.period_ns.load(Relaxed), 499_999_997);
        assert_ne!(rig.written.duty_ns.load(Relaxed), 0);

        drop(armed);
        assert_ne!(rig.written.period_ns.load(Relaxed), 0);
        assert_eq!(rig.written.duty_ns.load(Relaxed), 0);
        Ok(())
    }

    /// The driver binds without a period, and holds the output low (trigger-T3).
    #[cfg(CONFIG_SPI_OFFLOAD_TRIGGER_PWM_RUST = "y")]
    #[test]
    fn the_rust_driver_needs_no_period() -> Result {
        let rig = Rig::new(IN_RUST, 0)?;
        let world = rig.world()?;
        let offload = Offload::get(world.add(0)?, triggered())?;

        assert_ne!(rig.written.period_ns.load(Relaxed), 0);
        assert_eq!(rig.written.duty_ns.load(Relaxed), 0);
        let trigger = Trigger::<Periodic>::get(&offload)?;
        assert_eq!(Trigger::<Periodic>::get(&offload).err(), Some(EBUSY));
        drop(trigger);
        Ok(())
    }

    #[cfg(CONFIG_SPI_OFFLOAD_TRIGGER_PWM_RUST = "y")]
    #[test]
    fn the_rust_driver_switches_off_when_it_goes() -> Result {
        let rig = Rig::new(IN_RUST, 0)?;
        let written = rig.written.clone();

        assert_ne!(written.period_ns.load(Relaxed), 0);
        drop(rig);
        assert_eq!(written.period_ns.load(Relaxed), 0);
        Ok(())
    }

    /// An output that can't be held low is switched off (trigger-T2).
    #[cfg(CONFIG_SPI_OFFLOAD_TRIGGER_PWM_RUST = "y")]
    #[test]
    fn the_rust_driver_switches_off_what_it_cant_hold_low() -> Result {
        let rig = Rig::new(IN_RUST, MILLISECOND)?;
        let world = rig.world()?;
        let (offload, trigger) = consumer(world.add(0)?)?;

        let settings = trigger.validate(Periodic::new(Hertz(1000))?)?;
        let armed = offload.prepare(message()?)?.arm(trigger, settings)?;
        rig.written.never_low.store(true, Relaxed);
        drop(armed);
        assert_eq!(rig.written.period_ns.load(Relaxed), 0);
        Ok(())
    }

    /// Offsets that are no part of a period are refused.
    #[cfg(CONFIG_SPI_OFFLOAD_TRIGGER_PWM_RUST = "y")]
    #[test]
    fn the_rust_driver_refuses_offsets_beyond_the_period() -> Result {
        let rig = Rig::new(IN_RUST, MILLISECOND)?;
        let world = rig.world()?;
        let (_offload, trigger) = consumer(world.add(0)?)?;

        let wanted = Periodic::new(Hertz(1000))?;
        assert!(trigger
            .validate(wanted.with_offset(Delta::from_micros(999))?)
            .is_ok());
        assert_eq!(
            trigger.validate(wanted.with_offset(Delta::from_millis(1))?),
            Err(EINVAL)
        );
        Ok(())
    }
}
