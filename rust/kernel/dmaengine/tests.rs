// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of DMA channels, without hardware.

pub(crate) mod engine;
pub(crate) mod line;
mod queue;

use super::*;
use crate::{
    prelude::*,
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
    }, //
};
use core::num::NonZero;

/// Counts what it is told, and whether it is there.
struct Counter {
    told: Atomic<u32>,
    dropped: Atomic<u32>,
    slow: Atomic<bool>,
}

impl Counter {
    fn new() -> Result<Arc<Self>> {
        Ok(Arc::new(
            Self {
                told: Atomic::new(0),
                dropped: Atomic::new(0),
                slow: Atomic::new(false),
            },
            GFP_KERNEL,
        )?)
    }
}

struct Told(Arc<Counter>);

impl Handler for Told {
    fn finished(&self, result: Result) {
        if self.0.slow.load(Relaxed) {
            fsleep(Delta::from_millis(30));
        }
        if result.is_ok() {
            self.0.told.add(1, Relaxed);
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.0.dropped.add(1, Relaxed);
    }
}

type Boxed = Pin<KBox<Transfer<Told>>>;

#[macros::kunit_tests(rust_dmaengine)]
mod cases {
    use super::{
        engine::*,
        line::Failing,
        *, //
    };
    use crate::{
        device::{
            Bound,
            Device, //
        },
        faux,
        kunit::info,
        workqueue, //
    };

    fn user() -> Result<faux::Registration> {
        faux::Registration::new(USER, None)
    }

    fn transfer(channel: &Channel<'_>, layout: Layout, counter: &Arc<Counter>) -> Result<Boxed> {
        let told = Told(counter.clone());
        Transfer::new(channel, layout, Direction::FromDevice, told, GFP_KERNEL)
    }

    #[test]
    fn a_transfer_is_done_once_and_can_be_done_again() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let mut channel = rig.channel(&user)?;
        let mut transfer = transfer(&channel, Layout::once(48)?, &counter)?;

        for round in 1..=3u32 {
            let prepared = channel.prepare(transfer)?;
            let issued = prepared.submit()?.issue();
            assert_eq!(issued.progress(), Progress::Running { residue: 48 });
            assert_eq!(issued.finished(), 0);

            rig.engine.rx.run();
            rig.engine.rx.run();
            assert_eq!(issued.progress(), Progress::Complete);
            assert_eq!(issued.finished(), 1);
            assert_eq!(counter.told.load(Relaxed), round);

            (channel, transfer) = issued.terminate()?;
            let mut data = [0xff; 4];
            transfer.read(44, &mut data)?;
            assert_eq!(data, [44, 45, 46, 47]);
            transfer.as_mut().write(44, &[0; 4])?;
        }
        assert_eq!(rig.engine.rx.terminated.load(Relaxed), 3);

        drop(channel);
        assert_eq!(rig.engine.rx.clients(), 0);
        Ok(())
    }

    /// A ring of four periods of 16 bytes, that is being moved.
    fn ring<'a>(
        rig: &'a Registered,
        user: &'a faux::Registration,
        counter: &Arc<Counter>,
    ) -> Result<Issued<'a, Told>> {
        let channel = rig.channel(user)?;
        let ring = transfer(&channel, Layout::cyclic(16, 4)?, counter)?;
        Ok(channel.prepare(ring)?.submit()?.issue())
    }

    #[test]
    fn a_reader_gets_each_period_once() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let issued = ring(&rig, &user, &counter)?;
        let (mut cursor, mut data) = (issued.cursor(), [0u8; 16]);

        for period in 0..10u8 {
            assert!(!issued.is_readable(&cursor));
            assert_eq!(issued.read_next(&mut cursor, &mut data)?, None);
            rig.engine.rx.run();
            assert!(issued.is_readable(&cursor));
            assert_eq!(
                issued.read_next(&mut cursor, &mut data)?,
                Some(period.into())
            );
            assert_eq!((data[0], data[15]), (period * 16, period * 16 + 15));
        }
        assert_eq!((cursor.next(), cursor.lost()), (10, 0));
        assert_eq!(issued.read_next(&mut cursor, &mut data[1..]), Err(EINVAL));

        // Another reader begins with what comes next.
        assert_eq!(issued.cursor().next(), 10);
        Ok(())
    }

    #[test]
    fn a_late_reader_is_told_what_it_lost() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let issued = ring(&rig, &user, &counter)?;
        let (mut cursor, mut data) = (issued.cursor(), [0u8; 16]);

        // The oldest of the four is where the next one goes.
        for (moved, lost) in [(3, 0), (10, 4)] {
            while issued.moved() < moved {
                rig.engine.rx.run();
            }
            while let Some(period) = issued.read_next(&mut cursor, &mut data)? {
                assert_eq!(u64::from(data[0]), period * 16);
                assert_eq!(period + 1, cursor.next());
            }
            assert_eq!((cursor.next(), cursor.lost()), (moved, lost));
        }
        Ok(())
    }

    #[test]
    fn periods_without_calls_are_counted() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let issued = ring(&rig, &user, &counter)?;

        for round in 1..=5 {
            for _ in 0..2 {
                rig.engine.rx.advance();
            }
            assert_eq!(issued.moved(), round * 3 - 1);
            rig.engine.rx.run();
            assert_eq!((issued.moved(), issued.finished()), (round * 3, round));
        }
        Ok(())
    }

    #[test]
    fn a_residue_may_lag_behind_the_calls() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let issued = ring(&rig, &user, &counter)?;
        let (mut cursor, mut data) = (issued.cursor(), [0u8; 16]);

        rig.engine.rx.lags.store(true, Relaxed);
        for period in 0..10 {
            rig.engine.rx.run();
            assert_eq!(issued.moved(), period + 1);
            assert_eq!(issued.read_next(&mut cursor, &mut data)?, Some(period));
            assert_eq!(u64::from(data[0]), period * 16);

            // Now it comes up, or not.
            rig.engine.rx.lags.store(period % 2 == 0, Relaxed);
            assert_eq!(issued.moved(), period + 1);
            assert!(!issued.is_readable(&cursor));
        }
        assert_eq!((cursor.next(), cursor.lost()), (10, 0));
        Ok(())
    }

    #[test]
    fn what_was_seen_is_not_forgotten() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let issued = ring(&rig, &user, &counter)?;

        // Without a call for all the ring, and more.
        for moved in 1..=10 {
            rig.engine.rx.advance();
            assert_eq!((issued.moved(), issued.finished()), (moved, 0));
        }
        // One period back is a place that lags, and no news.
        rig.engine.rx.lags.store(true, Relaxed);
        assert_eq!(issued.moved(), 10);
        rig.engine.rx.run();
        assert_eq!((issued.moved(), issued.finished()), (10, 1));
        rig.engine.rx.lags.store(false, Relaxed);
        assert_eq!(issued.moved(), 11);
        Ok(())
    }

    #[test]
    fn places_in_the_ring_are_counted_on() -> Result {
        use super::transfer::count_on;

        let ring = |periods| NonZero::new(periods).ok_or(EINVAL);

        for (before, place, moved) in [
            (0, 0, 0),
            (0, 1, 1),
            (0, 2, 2),
            (0, 3, 0),
            (4, 3, 4),
            (5, 0, 5),
            (5, 1, 5),
            (5, 2, 6),
            (5, 3, 7),
            (u64::MAX - 7, 2, u64::MAX - 5),
        ] {
            assert_eq!(count_on(before, place, ring(4)?), moved);
        }
        for before in 0..4 {
            // No place in so small a ring says anything.
            for place in 0..2 {
                assert_eq!(count_on(before, place, ring(2)?), before);
            }
            assert_eq!(count_on(before, 0, ring(1)?), before);
        }
        Ok(())
    }

    #[test]
    fn unbinding_the_device_stops_what_is_read_elsewhere() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let issued = ring(&rig, &user, &counter)?.into_devres()?;

        rig.engine.rx.run();
        assert_eq!(issued.try_access().map(|issued| issued.moved()), Some(1));
        drop(user);
        assert!(issued.try_access().is_none());
        assert_eq!(rig.engine.rx.terminated.load(Relaxed), 1);
        assert_eq!(rig.engine.rx.clients(), 0);
        assert_eq!(counter.dropped.load(Relaxed), 1);
        Ok(())
    }

    #[test]
    fn a_cyclic_transfer_goes_on_for_ever() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let channel = rig.channel(&user)?;
        let ring = transfer(&channel, Layout::cyclic(16, 4)?, &counter)?;
        let issued = channel.prepare(ring)?.submit()?.issue();

        for period in 0..10u8 {
            rig.engine.rx.run();
            assert_eq!(issued.finished(), u64::from(period) + 1);

            let range = issued.transfer().period(period.into());
            assert_eq!(range.start, usize::from(period % 4) * 16);
            let mut data = [0xff; 16];
            issued.transfer().read(range.start, &mut data)?;
            assert_eq!(data[0], period * 16);
            assert_eq!(data[15], period * 16 + 15);
        }
        assert_eq!(issued.progress(), Progress::Running { residue: 32 });
        assert_eq!(counter.told.load(Relaxed), 10);
        Ok(())
    }

    #[test]
    fn nothing_happens_before_it_is_issued() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let channel = rig.channel(&user)?;
        let transfer = transfer(&channel, Layout::once(8)?, &counter)?;
        let address = transfer.dma_address();

        let prepared = channel.prepare(transfer)?;
        assert_eq!(rig.engine.rx.address(), Some(address));
        rig.engine.rx.run();
        let submitted = prepared.submit()?;
        rig.engine.rx.run();
        assert_eq!(counter.told.load(Relaxed), 0);

        let issued = submitted.issue();
        rig.engine.rx.run();
        assert_eq!(issued.finished(), 1);
        Ok(())
    }

    #[test]
    fn dropping_any_state_stops_and_frees() -> Result {
        let (rig, user) = (Registered::new()?, user()?);

        for state in 0..3u32 {
            let counter = Counter::new()?;
            let channel = rig.channel(&user)?;
            let transfer = transfer(&channel, Layout::cyclic(8, 2)?, &counter)?;
            assert_eq!(rig.engine.rx.clients(), 1);

            let prepared = channel.prepare(transfer)?;
            match state {
                0 => drop(prepared),
                1 => drop(prepared.submit()?),
                _ => drop(prepared.submit()?.issue()),
            }
            assert_eq!(rig.engine.rx.terminated.load(Relaxed), state + 1);
            assert_eq!(rig.engine.rx.clients(), 0);
            assert_eq!(counter.dropped.load(Relaxed), 1);

            rig.engine.rx.run();
            assert_eq!(counter.told.load(Relaxed), 0);
        }
        Ok(())
    }

    #[test]
    fn what_is_refused_comes_back() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let channel = rig.channel(&user)?;
        let boxed = transfer(&channel, Layout::once(8)?, &counter)?;

        rig.engine.rx.fail(Failing::Prepare);
        let refused = channel.prepare(boxed).err().ok_or(EINVAL)?;
        assert_eq!(refused.error, EIO);
        let (channel, boxed) = refused.returned;

        rig.engine.rx.fail(Failing::Submit);
        let refused = channel.prepare(boxed)?.submit().err().ok_or(EINVAL)?;
        assert_eq!(refused.error, ENXIO);
        let (channel, boxed) = refused.returned.terminate()?;

        rig.engine.rx.fail(Failing::None);
        let issued = channel.prepare(boxed)?.submit()?.issue();
        rig.engine.rx.run();
        assert_eq!(issued.finished(), 1);

        assert_eq!(Layout::once(0), Err(EINVAL));
        assert_eq!(Layout::cyclic(8, 0), Err(EINVAL));
        assert_eq!(Layout::cyclic(usize::MAX, 2), Err(EINVAL));
        if let Ok(too_long) = usize::try_from(1u64 << 32) {
            assert_eq!(Layout::once(too_long), Err(EINVAL));
        }
        let mut byte = [0];
        assert_eq!(issued.transfer().read(8, &mut byte), Err(EINVAL));
        assert_eq!(issued.transfer().read(usize::MAX, &mut byte), Err(EINVAL));
        assert_eq!(issued.transfer().read(8, &mut []), Ok(()));
        Ok(())
    }

    #[test]
    fn memory_is_for_one_controller() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let boxed = transfer(&rig.channel(&user)?, Layout::once(8)?, &counter)?;
        drop(rig);

        let other = Registered::new()?;
        let refused = other.channel(&user)?.prepare(boxed).err().ok_or(EIO)?;
        assert_eq!(refused.error, EINVAL);
        assert!(other.engine.rx.address().is_none());
        Ok(())
    }

    #[test]
    fn what_can_not_be_stopped_is_leaked() -> Result {
        // For who looks for leaks.
        info(format_args!("leaks on purpose: pid {}\n", current!().pid()));

        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let channel = rig.channel(&user)?;
        let transfer = transfer(&channel, Layout::cyclic(8, 2)?, &counter)?;
        let issued = channel.prepare(transfer)?.submit()?.issue();

        rig.engine.rx.fail(Failing::Terminate);
        assert_eq!(issued.terminate().err(), Some(EIO));
        assert_eq!(counter.dropped.load(Relaxed), 0);

        // The hardware goes on, in memory that is still there.
        rig.engine.rx.run();
        assert_eq!(counter.told.load(Relaxed), 1);

        // For the controller to go in peace.
        rig.release();
        Ok(())
    }

    #[test]
    fn a_driver_that_can_not_wait_is_refused() -> Result {
        let (rig, user) = (Registered::new()?, user()?);

        rig.without_synchronize();
        assert_eq!(rig.channel(&user).err(), Some(EOPNOTSUPP));
        assert_eq!(rig.engine.rx.clients(), 0);
        Ok(())
    }

    #[test]
    fn channels_are_found_by_name_and_need_a_link() -> Result {
        let user = user()?;
        let dev: &Device<Bound> = user.as_ref().as_ref();
        assert_eq!(Channel::request(dev, c"rx").err(), Some(EPROBE_DEFER));

        let rig = Registered::new()?;
        assert_eq!(Channel::request(dev, c"none").err(), Some(EPROBE_DEFER));
        // It is found, but nothing would keep a faux device.
        assert_eq!(Channel::request(dev, c"rx").err(), Some(EINVAL));
        assert_eq!(rig.engine.rx.clients(), 0);

        let channel = rig.channel(&user)?;
        assert!(channel.supports(Direction::FromDevice)?);
        assert!(!channel.supports(Direction::ToDevice)?);
        assert!(rig.request(&user, c"tx")?.supports(Direction::ToDevice)?);
        assert_eq!(channel.residue_granularity()?, Residue::Period);
        Ok(())
    }

    #[test]
    fn settings_reach_the_driver() -> Result {
        let (rig, user) = (Registered::new()?, user()?);

        rig.channel(&user)?.configure(Config {
            direction: Direction::FromDevice,
            address: 0x1000,
            width: BusWidth::Bytes4,
            max_burst: 7,
        })?;
        assert_eq!(rig.engine.rx.configured.load(Relaxed), 7);
        Ok(())
    }

    #[test]
    fn terminating_waits_for_the_handler() -> Result {
        let (rig, user, counter) = (
            Arc::new(Registered::new()?, GFP_KERNEL)?,
            user()?,
            Counter::new()?,
        );
        let channel = rig.channel(&user)?;
        let transfer = transfer(&channel, Layout::cyclic(8, 2)?, &counter)?;
        let issued = channel.prepare(transfer)?.submit()?.issue();

        let gone = Arc::pin_init(Completion::new(), GFP_KERNEL)?;
        counter.slow.store(true, Relaxed);
        let (worker, done) = (rig.clone(), gone.clone());
        workqueue::system().try_spawn(GFP_KERNEL, move || {
            worker.engine.rx.run();
            drop(worker);
            done.complete_all();
        })?;
        // Until the handler sleeps.
        while issued.finished() == 0 {
            fsleep(Delta::from_millis(1));
        }
        assert_eq!(counter.told.load(Relaxed), 0);

        drop(issued);
        assert_eq!(counter.told.load(Relaxed), 1);
        assert_eq!(counter.dropped.load(Relaxed), 1);

        // The next test registers the same device.
        gone.wait_for_completion();
        Ok(())
    }
}
