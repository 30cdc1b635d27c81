// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of transfers in pieces, and of several on one channel.

use super::{
    engine::*,
    line::Failing,
    *, //
};
use crate::faux;

fn user() -> Result<faux::Registration> {
    faux::Registration::new(USER, None)
}

fn transfer(channel: &Channel<'_>, layout: Layout, counter: &Arc<Counter>) -> Result<Boxed> {
    let told = Told(counter.clone());

    Transfer::new(channel, layout, Direction::FromDevice, told, GFP_KERNEL)
}

/// A queue of three transfers of 8 bytes, each with a counter of its own, that are issued.
fn queue<'a>(
    rig: &'a Registered,
    user: &'a faux::Registration,
    counters: &[Arc<Counter>; 3],
) -> Result<Queue<'a, Told>> {
    let channel = rig.channel(user)?;
    let mut transfers = KVec::new();
    for counter in counters {
        transfers.push(transfer(&channel, Layout::once(8)?, counter)?, GFP_KERNEL)?;
    }

    let mut queue = Queue::new(channel, transfers.len(), GFP_KERNEL)?;
    for transfer in transfers {
        queue.submit(transfer)?;
    }
    queue.issue();
    Ok(queue)
}

fn counters() -> Result<[Arc<Counter>; 3]> {
    Ok([Counter::new()?, Counter::new()?, Counter::new()?])
}

#[macros::kunit_tests(rust_dmaengine_queue)]
mod cases {
    use super::*;

    fn told(counters: &[Arc<Counter>; 3]) -> [u32; 3] {
        counters
            .each_ref()
            .map(|counter| counter.told.load(Relaxed))
    }

    fn dropped(counters: &[Arc<Counter>; 3]) -> u32 {
        counters
            .iter()
            .map(|counter| counter.dropped.load(Relaxed))
            .sum()
    }

    #[test]
    fn a_transfer_may_be_in_pieces() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let channel = rig.channel(&user)?;
        let mut boxed = transfer(&channel, Layout::scattered(16, 3)?, &counter)?;
        assert_eq!(boxed.len(), 48);

        boxed.as_mut().write(10, &[0xee; 30])?;
        let mut data = [0; 32];
        boxed.read(9, &mut data)?;
        assert_eq!((data[0], data[31]), (0, 0));
        assert_eq!(data[1..31], [0xee; 30]);

        let issued = channel.prepare(boxed)?.submit()?.issue();
        rig.engine.rx.run();
        assert_eq!(
            (issued.finished(), issued.progress()),
            (1, Progress::Complete)
        );
        for offset in 0..48u8 {
            let mut data = [0xff; 1];
            issued.transfer().read(offset.into(), &mut data)?;
            assert_eq!(data, [offset]);
        }
        issued.transfer().read(15, &mut data)?;
        assert_eq!((data[0], data[1], data[31]), (15, 16, 46));
        assert_eq!(issued.transfer().read(17, &mut data), Err(EINVAL));
        Ok(())
    }

    #[test]
    fn pieces_have_to_be_some_and_few() -> Result {
        let (rig, user, counter) = (Registered::new()?, user()?, Counter::new()?);
        let channel = rig.channel(&user)?;

        assert_eq!(Layout::scattered(8, 0), Err(EINVAL));
        assert_eq!(Layout::scattered(0, 8), Err(EINVAL));
        assert_eq!(Layout::scattered(usize::MAX, 2), Err(EINVAL));

        // More than this controller can do.
        let boxed = transfer(&channel, Layout::scattered(8, 5)?, &counter)?;
        let refused = channel.prepare(boxed).err().ok_or(EINVAL)?;
        assert_eq!(refused.error, EIO);
        let (_channel, boxed) = refused.returned;
        assert_eq!(boxed.len(), 40);
        Ok(())
    }

    #[test]
    fn transfers_follow_each_other() -> Result {
        let (rig, user, counters) = (Registered::new()?, user()?, counters()?);
        let channel = rig.channel(&user)?;
        let new = |index: usize| transfer(&channel, Layout::once(8)?, &counters[index]);
        let (first, second, third, last) = (new(0)?, new(1)?, new(2)?, new(0)?);
        let mut queue = Queue::new(channel, 4, GFP_KERNEL)?;
        for transfer in [first, second, third] {
            queue.submit(transfer)?;
        }

        rig.engine.rx.run();
        assert_eq!(told(&counters), [0, 0, 0]);

        queue.issue();
        rig.engine.rx.run();
        assert_eq!(told(&counters), [1, 0, 0]);
        assert_eq!(queue.progress(0), Some(Progress::Complete));
        assert_eq!(queue.progress(1), Some(Progress::Running { residue: 8 }));
        assert_eq!(queue.progress(3), None);
        assert_eq!(queue.len(), 3);

        // One more, while they run; the channel is not told of it.
        queue.submit(last)?;
        for _ in 0..3 {
            rig.engine.rx.run();
        }
        assert_eq!(told(&counters), [1, 1, 1]);
        queue.issue();
        rig.engine.rx.run();
        assert_eq!(told(&counters), [2, 1, 1]);
        assert_eq!(queue.transfer(3).map(|last| last.finished()), Some(1));

        let (_channel, transfers) = queue.terminate()?;
        assert_eq!(transfers.len(), 4);
        for transfer in &transfers {
            let mut data = [0xff; 2];
            transfer.read(6, &mut data)?;
            assert_eq!(data, [6, 7]);
        }
        assert_eq!(rig.engine.rx.terminated.load(Relaxed), 1);
        Ok(())
    }

    #[test]
    fn what_is_refused_is_not_in_the_queue() -> Result {
        let (rig, user, counters) = (Registered::new()?, user()?, counters()?);
        let channel = rig.channel(&user)?;
        let new = |layout| transfer(&channel, layout, &counters[0]);
        let (first, second, third) = (
            new(Layout::once(8)?)?,
            new(Layout::once(8)?)?,
            new(Layout::once(8)?)?,
        );
        let ring = new(Layout::cyclic(8, 4)?)?;
        let mut queue = Queue::new(channel, 2, GFP_KERNEL)?;

        let refused = queue.submit(ring).err().ok_or(EIO)?;
        assert_eq!((refused.error, refused.returned.is_some()), (EINVAL, true));

        rig.engine.rx.fail(Failing::Prepare);
        let refused = queue.submit(first).err().ok_or(EIO)?;
        assert_eq!(refused.error, EIO);
        let first = refused.returned.ok_or(EIO)?;
        assert!(queue.is_empty() && queue.transfer(0).is_none());

        rig.engine.rx.fail(Failing::None);
        queue.submit(first)?;
        queue.submit(second)?;
        let refused = queue.submit(third).err().ok_or(EIO)?;
        assert_eq!((refused.error, refused.returned.is_some()), (ENOSPC, true));
        assert_eq!(queue.len(), 2);
        Ok(())
    }

    #[test]
    fn what_a_channel_does_not_take_stays_with_it() -> Result {
        let (rig, user, counters) = (Registered::new()?, user()?, counters()?);
        let channel = rig.channel(&user)?;
        let new = || transfer(&channel, Layout::once(8)?, &counters[0]);
        let (first, second, third) = (new()?, new()?, new()?);
        let mut queue = Queue::new(channel, 3, GFP_KERNEL)?;
        queue.submit(first)?;

        rig.engine.rx.fail(Failing::Submit);
        let refused = queue.submit(second).err().ok_or(EIO)?;
        assert_eq!((refused.error, refused.returned.is_none()), (ENXIO, true));
        assert!(queue.transfer(1).is_none() && queue.progress(1).is_none());

        // Now it would, but nobody knows what it makes of the other one.
        rig.engine.rx.fail(Failing::None);
        let refused = queue.submit(third).err().ok_or(EIO)?;
        assert_eq!(
            (refused.error, refused.returned.is_some()),
            (ESHUTDOWN, true)
        );
        drop(refused);

        queue.issue();
        rig.engine.rx.run();
        rig.engine.rx.run();
        assert_eq!(counters[0].told.load(Relaxed), 1);
        assert_eq!(counters[0].dropped.load(Relaxed), 1);
        let (_channel, transfers) = queue.terminate()?;
        assert_eq!(transfers.len(), 2);
        Ok(())
    }

    #[test]
    fn dropping_a_queue_stops_and_frees_all() -> Result {
        let (rig, user, counters) = (Registered::new()?, user()?, counters()?);
        let queue = queue(&rig, &user, &counters)?;
        rig.engine.rx.run();

        assert_eq!(dropped(&counters), 0);
        drop(queue);
        assert_eq!(rig.engine.rx.terminated.load(Relaxed), 1);
        assert_eq!(rig.engine.rx.clients(), 0);
        assert_eq!(dropped(&counters), 3);
        rig.engine.rx.run();
        assert_eq!(told(&counters), [1, 0, 0]);
        Ok(())
    }
}
