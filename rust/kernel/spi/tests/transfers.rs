// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of controllers that do single transfers.

use super::{
    raw::RawMessage,
    shift::*, //
};
use crate::{
    bindings,
    device::Bound,
    faux,
    prelude::*,
    spi::{
        controller::{
            Level,
            TransferRef, //
        },
        Buffer,
        Delay,
        Device,
        Message,
        Transfer, //
    },
    sync::atomic::Relaxed,
    time::Delta, //
};

/// Transfers of such lengths, each with bytes of its own.
pub(super) fn message(lengths: &[usize]) -> Result<Message> {
    let mut transfers = KVec::new();
    for (index, len) in lengths.iter().enumerate() {
        let fill = u8::try_from(index)?.wrapping_add(0xa5);
        let buffer = Buffer::from_slice(&KVec::from_elem(fill, *len, GFP_KERNEL)?, GFP_KERNEL)?;
        transfers.push(
            Transfer::exchange(buffer, Buffer::zeroed(*len, GFP_KERNEL)?)?,
            GFP_KERNEL,
        )?;
    }
    Message::new(transfers, GFP_KERNEL)
}

/// Whether what was sent was received.
pub(super) fn came_back(message: &Message) -> bool {
    message
        .transfers()
        .iter()
        .all(|transfer| transfer.tx() == transfer.rx())
}

const SELECT: Event = Event::ChipSelect(Level::Low);
const DESELECT: Event = Event::ChipSelect(Level::High);

/// All that is done for a message: `inside`, and what prepares for it and ends that.
fn prepared(inside: &[Event]) -> Result<KVec<Event>> {
    let before = [Event::PrepareHardware, Event::PrepareMessage];
    let after = [Event::UnprepareMessage, Event::UnprepareHardware];
    let mut events = KVec::new();

    for part in [&before[..], inside, &after[..]] {
        events.extend_from_slice(part, GFP_KERNEL)?;
    }
    Ok(events)
}

/// Sends a message, and checks that nothing of an earlier one disturbs it.
fn works(rig: &ShiftRig<'_>, dev: &Device<Bound>) -> Result {
    rig.shift.plan(|plan| plan.outcome = Outcome::Later);
    rig.shift.take_events();
    let mut message = message(&[20])?;
    message.sync(dev)?;

    assert!(came_back(&message));
    assert_eq!(
        *rig.shift.take_events(),
        *prepared(&[SELECT, Event::Transfer(20, false), DESELECT])?
    );
    Ok(())
}

#[macros::kunit_tests(rust_spi_transfer_one)]
mod transfer_one {
    use super::*;

    #[test]
    fn operations_are_called_in_order() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;

        let mut message = message(&[5, 1])?;
        let first = core::mem::replace(
            &mut message.transfers_mut()[0],
            Transfer::pause(Delay::from_micros(1)),
        );
        message.transfers_mut()[0] = first.cs_change();
        message.sync(dev)?;

        assert!(came_back(&message));
        assert_eq!(
            *rig.shift.take_events(),
            *prepared(&[
                SELECT,
                Event::Transfer(5, false),
                DESELECT,
                SELECT,
                Event::Transfer(1, false),
                DESELECT,
            ])?
        );
        assert_eq!(rig.shift.prepared.load(Relaxed), 0);
        Ok(())
    }

    #[test]
    fn what_is_done_at_once_is_not_done_again() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;
        rig.shift.plan(|plan| plan.at_once = 4);
        // What is not is done as ever.
        rig.shift.plan(|plan| plan.outcome = Outcome::Later);

        let mut message = message(&[4, 5, 1])?;
        message.sync(dev)?;

        assert!(came_back(&message));
        assert_eq!(
            *rig.shift.take_events(),
            *prepared(&[
                SELECT,
                Event::AtOnce(4),
                Event::Transfer(5, false),
                Event::AtOnce(1),
                DESELECT,
            ])?
        );
        Ok(())
    }

    #[test]
    fn a_hard_interrupt_finishes_a_transfer() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;
        rig.shift.plan(|plan| plan.outcome = Outcome::Later);

        let mut optimized = message(&[1, 2, 3, 4, 20])?.optimize(dev)?;
        for _ in 0..10 {
            optimized.sync()?;
            assert_eq!(optimized.actual_length(), 30);
        }
        assert!(came_back(&optimized.into_message()));
        assert_eq!(rig.shift.spurious.load(Relaxed), 0);
        Ok(())
    }

    #[test]
    fn an_error_reaches_the_caller_and_the_next_message_works() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;

        for outcome in [
            Outcome::Fail(ENXIO),
            Outcome::FailLater(ENXIO),
            Outcome::HandedOver(ENXIO),
        ] {
            rig.shift.plan(|plan| plan.outcome = outcome);
            let mut message = message(&[4, 4])?;
            assert_eq!(message.sync(dev).err(), Some(ENXIO));
            assert_eq!(
                *rig.shift.take_events(),
                *prepared(&[
                    SELECT,
                    Event::Transfer(4, false),
                    DESELECT,
                    Event::Error(ENXIO),
                ])?
            );
            assert_eq!(rig.shift.interrupt(), None);
            works(&rig, dev)?;
        }
        Ok(())
    }

    /// A transfer that the core has given up is not there for an interrupt that comes too late.
    #[test]
    fn a_late_interrupt_finds_nothing() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;
        rig.shift.plan(|plan| plan.outcome = Outcome::Never);

        let mut lost = message(&[4])?;
        assert_eq!(lost.sync(dev).err(), Some(ETIMEDOUT));
        assert!(rig.shift.take_events().contains(&Event::Error(ETIMEDOUT)));
        assert_eq!(rig.shift.interrupt(), None);
        assert!(!rig.shift.pending.finish(Ok(())));
        drop(lost);

        works(&rig, dev)?;
        // Nor is one that is finished.
        assert_eq!(rig.shift.interrupt(), None);
        Ok(())
    }

    #[test]
    fn a_spurious_interrupt_does_no_harm() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;

        assert_eq!(rig.shift.interrupt(), None);
        assert!(!rig.shift.pending.finish(Err(EIO)));
        works(&rig, dev)
    }

    #[test]
    fn an_interrupt_that_has_more_to_do_does_not_finish() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;
        rig.shift.plan(|plan| plan.outcome = Outcome::Later);

        // 3 bytes with each interrupt.
        let mut message = message(&[10])?;
        message.sync(dev)?;
        assert!(came_back(&message));
        assert_eq!(rig.shift.interrupt(), None);
        Ok(())
    }

    /// The core takes hardware for prepared that could not be prepared, and unprepares it.
    #[test]
    fn hardware_is_unprepared_as_often_as_it_was_prepared() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;

        rig.shift.plan(|plan| plan.hardware = Err(EHOSTDOWN));
        assert_eq!(message(&[1])?.sync(dev).err(), Some(EHOSTDOWN));
        assert_eq!(*rig.shift.take_events(), [Event::PrepareHardware]);

        rig.shift.plan(|plan| plan.hardware = Ok(()));
        works(&rig, dev)
    }

    #[test]
    fn a_message_that_could_not_be_prepared_is_not_sent() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;

        rig.shift.plan(|plan| plan.message = Err(EREMOTEIO));
        assert_eq!(message(&[1])?.sync(dev).err(), Some(EREMOTEIO));
        assert_eq!(
            *rig.shift.take_events(),
            [
                Event::PrepareHardware,
                Event::PrepareMessage,
                Event::UnprepareHardware,
            ]
        );
        assert_eq!(rig.shift.prepared.load(Relaxed), 0);

        rig.shift.plan(|plan| plan.message = Ok(()));
        works(&rig, dev)
    }

    #[test]
    fn the_core_maps_what_is_to_be_mapped() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        allow_dma(&parent)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;
        rig.shift.plan(|plan| plan.can_dma = true);

        let mut message = message(&[8, 1])?;
        message.sync(dev)?;
        // What the processor writes to a mapped buffer need not be there afterwards, so the data
        // are not looked at.
        let events = rig.shift.take_events();
        assert!(events.contains(&Event::Transfer(8, true)));
        assert!(events.contains(&Event::Transfer(1, false)));

        // Once more, as DMA can't be started.
        rig.shift.plan(|plan| plan.outcome = Outcome::NotStarted);
        message.sync(dev)?;
        assert!(came_back(&message));
        let events = rig.shift.take_events();
        assert!(events.contains(&Event::Transfer(8, true)));
        assert!(events.contains(&Event::Transfer(8, false)));
        Ok(())
    }

    /// The core does not forget what was said of a transfer before it is done again.
    #[test]
    fn a_transfer_that_was_not_started_has_not_ended() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        allow_dma(&parent)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;
        rig.shift.plan(|plan| plan.can_dma = true);

        for result in [Ok(()), Err(EIO)] {
            rig.shift
                .plan(|plan| plan.outcome = Outcome::EndedNotStarted(result));
            let mut message = message(&[20])?;
            message.sync(dev)?;

            assert_eq!(rig.shift.interrupt(), None);
            assert!(came_back(&message));
            let events = rig.shift.take_events();
            assert!(events.contains(&Event::Transfer(20, true)));
            assert!(events.contains(&Event::Transfer(20, false)));
        }
        Ok(())
    }

    /// If the core is told all the same, it takes the next failure of the transfer for another one
    /// to start DMA.
    #[test]
    fn a_transfer_that_is_not_mapped_fails_if_it_is_not_started() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        allow_dma(&parent)?;
        let rig = ShiftRig::new(&parent)?;
        let mut message = RawMessage::new((&**rig.add()?).into(), 8)?;

        rig.shift.plan(|plan| plan.outcome = Outcome::NeverStarted);
        assert_eq!(message.as_mut().sync().err(), Some(EAGAIN));

        // Nothing of that is left for the next time.
        rig.shift.plan(|plan| plan.outcome = Outcome::Later);
        message.as_mut().sync()?;
        rig.shift.take_events();

        rig.shift.plan(|plan| {
            plan.can_dma = true;
            plan.outcome = Outcome::Fail(EREMOTEIO);
        });
        assert_eq!(message.as_mut().sync().err(), Some(EREMOTEIO));
        let events = rig.shift.take_events();
        assert!(events.contains(&Event::Transfer(8, true)));
        assert!(!events.contains(&Event::Transfer(8, false)));
        Ok(())
    }

    /// C divides by 0 below 1 kHz, and overflows for long transfers (core-C18).
    #[test]
    fn a_timeout_is_computed_for_any_transfer() {
        let timeout = |len, speed_hz| {
            let mut transfer: bindings::spi_transfer = pin_init::zeroed();
            transfer.len = len;
            transfer.speed_hz = speed_hz;

            // SAFETY: The function does not look at the message.
            unsafe { TransferRef::from_raw(core::ptr::null_mut(), &raw mut transfer) }.timeout()
        };

        assert_eq!(timeout(0, 1_000_000), Delta::from_millis(200));
        // Twice 8 bits at 999 Hz.
        assert_eq!(timeout(1, 999), Delta::from_millis(216));
        // At 100 kHz.
        assert_eq!(timeout(1000, 0), Delta::from_millis(360));
        assert_eq!(
            timeout(u32::MAX, 1),
            Delta::from_millis(16_000 * i64::from(u32::MAX) + 200)
        );
        assert_eq!(timeout(u32::MAX, u32::MAX), Delta::from_millis(16_200));
    }

    fn allow_dma(parent: &faux::Registration) -> Result {
        let dev: &crate::device::Device<Bound> = parent.as_ref().as_ref();

        // SAFETY: The device is valid, and no other thread uses it.
        unsafe {
            let raw = dev.as_raw();
            (*raw).dma_mask = &raw mut (*raw).coherent_dma_mask;
            crate::error::to_result(bindings::dma_set_mask_and_coherent(raw, u64::MAX))
        }
    }
}

/// The two ends of a bus differ in who waits for whom.
#[cfg(CONFIG_SPI_SLAVE)]
#[macros::kunit_tests(rust_spi_target)]
mod target {
    use super::*;
    use crate::{
        spi::controller::Progress,
        sync::Arc,
        time::delay::fsleep,
        workqueue, //
    };

    #[test]
    fn a_target_waits_longer_than_a_host() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::target(&parent)?;
        let dev = rig.add()?;
        rig.shift.plan(|plan| plan.outcome = Outcome::Never);

        let shift = rig.shift.clone();
        workqueue::system().try_spawn(GFP_KERNEL, move || {
            fsleep(Delta::from_millis(250));
            while shift.interrupt() == Some(Progress::Pending) {}
        })?;
        let mut message = message(&[7])?;
        message.sync(dev)?;
        assert!(came_back(&message));
        Ok(())
    }

    #[test]
    fn a_target_can_be_aborted() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::target(&parent)?;
        let dev = rig.add()?;
        rig.shift.plan(|plan| plan.outcome = Outcome::Never);

        let aborting: crate::sync::aref::ARef<Device> = (&**dev).into();
        let shift: Arc<Shift> = rig.shift.clone();
        workqueue::system().try_spawn(GFP_KERNEL, move || {
            while shift.interrupt().is_none() {
                fsleep(Delta::from_millis(1));
            }
            // SAFETY: The message is still in flight, so the device is on its controller.
            unsafe { bindings::spi_target_abort(aborting.as_raw()) };
        })?;
        assert_eq!(message(&[7])?.sync(dev).err(), Some(EINTR));
        assert!(rig.shift.take_events().contains(&Event::Abort));
        assert_eq!(rig.shift.interrupt(), None);
        Ok(())
    }

    #[test]
    fn a_driver_can_abort_its_target() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::target(&parent)?;
        let dev = rig.add()?;
        rig.shift.plan(|plan| plan.outcome = Outcome::Never);

        let mut message = RawMessage::new((&**dev).into(), 7)?;
        message.as_mut().submit()?;
        while rig.shift.interrupt().is_none() {
            fsleep(Delta::from_millis(1));
        }
        dev.abort_target()?;
        assert_eq!(message.as_mut().wait().err(), Some(EINTR));
        Ok(())
    }

    /// The core does not look at how a transfer has ended in target mode (core-C16).
    #[test]
    fn errors_of_a_target_reach_the_caller() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::target(&parent)?;
        let dev = rig.add()?;

        for lengths in [&[4][..], &[4, 4]] {
            rig.shift
                .plan(|plan| plan.outcome = Outcome::FailLater(EREMOTEIO));
            assert_eq!(message(lengths)?.sync(dev).err(), Some(EREMOTEIO));
            assert_eq!(
                *rig.shift.take_events(),
                *prepared(&[
                    SELECT,
                    Event::Transfer(4, false),
                    DESELECT,
                    Event::Error(EREMOTEIO),
                ])?
            );
            works(&rig, dev)?;
        }
        Ok(())
    }

    #[test]
    fn a_host_has_no_abort() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;

        // SAFETY: The device is valid.
        let result = unsafe { bindings::spi_target_abort(dev.as_raw()) };
        assert_eq!(crate::error::to_result(result).err(), Some(ENOTSUPP));
        Ok(())
    }
}
