// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of the bus lock.

#[macros::kunit_tests(rust_spi_bus_lock)]
mod cases {
    use super::super::bus::*;
    use crate::{
        device::Bound,
        faux,
        prelude::*,
        spi::{
            BusLock,
            Device, //
        },
        sync::{
            Arc,
            Completion, //
        },
        time::Delta,
        workqueue, //
    };

    const SHORT: Delta = Delta::from_millis(50);

    #[test]
    fn several_messages_are_sent_under_one_lock() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let (dev, other) = (rig.add(0)?.0, rig.add(1)?.0);
        let mut messages = [optimized(dev, &[1])?, optimized(other, &[1, 2])?];
        let mut plain = echo(&[1, 2, 3])?;

        let mut bus = BusLock::new(dev, &mut messages)?;
        bus.sync(0)?;
        bus.tx_words_mut::<u8>(1, 0).ok_or(EIO)?[0] = 7;
        bus.sync(1)?;
        bus.sync_message(&mut plain)?;
        assert_eq!(bus[1].rx(0), Some(&[7, 2][..]));
        assert_eq!(bus.sync(2), Err(EINVAL));
        drop(bus);

        let seen = rig.bus.take_seen();
        assert!(seen
            .iter()
            .map(|seen| (seen.chip_select, seen.len))
            .eq([(0, 1), (1, 2), (0, 3)]));
        messages[0].sync()?;
        plain.sync(other)
    }

    #[test]
    fn a_send_that_would_wait_for_itself_is_refused() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let (dev, other) = (rig.add(0)?.0, rig.add(1)?.0);
        let mut prepared = optimized(other, &[1])?;
        let mut plain = echo(&[2])?;

        let bus = BusLock::new(dev, &mut [])?;
        assert_eq!(prepared.sync(), Err(EDEADLK));
        assert_eq!(plain.sync(dev), Err(EDEADLK));
        assert_eq!(dev.write(&[3]), Err(EDEADLK));
        assert_eq!(BusLock::new(other, &mut []).err(), Some(EDEADLK));
        let refused = prepared.into_async(GFP_KERNEL)?.start().err().ok_or(EIO)?;
        assert_eq!(refused.error, EBUSY);
        assert!(rig.bus.take_seen().is_empty());
        drop(bus);

        refused.returned.into_optimized(other)?.sync()?;
        plain.sync(dev)?;
        dev.write(&[3])
    }

    #[test]
    fn only_messages_of_the_same_bus_are_taken() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let second_rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let mut messages = [
            optimized(dev, &[1])?,
            optimized(second_rig.add(0)?.0, &[2])?,
        ];

        assert_eq!(BusLock::new(dev, &mut messages).err(), Some(EINVAL));
        // Nothing is locked then.
        messages[0].sync()?;
        messages[1].sync()
    }

    #[pin_data]
    struct Done {
        #[pin]
        done: Completion,
    }

    #[test]
    fn others_wait_for_the_lock() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let done = Arc::pin_init(pin_init!(Done { done <- Completion::new() }), GFP_KERNEL)?;
        let signal = done.clone();
        let address = dev.as_raw().expose_provenance();

        let bus = BusLock::new(dev, &mut [])?;
        workqueue::system().try_spawn(GFP_KERNEL, move || {
            // SAFETY: The test waits for this.
            let dev = unsafe {
                Device::<Bound>::from_raw(core::ptr::with_exposed_provenance_mut(address))
            };
            if dev.write(&[1]).is_ok() {
                signal.done.complete();
            }
        })?;
        assert_eq!(done.done.wait_for_completion_timeout(SHORT), Err(ETIMEDOUT));
        assert!(rig.bus.take_seen().is_empty());

        drop(bus);
        done.done.wait_for_completion_timeout(Delta::from_secs(5))?;
        assert_eq!(rig.bus.take_seen().len(), 1);
        Ok(())
    }
}
