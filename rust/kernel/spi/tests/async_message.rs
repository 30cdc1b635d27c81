// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of messages that are sent without waiting.

#[macros::kunit_tests(rust_spi_async)]
mod cases {
    use super::super::{
        bus::*,
        hard_irq::in_hard_irq,
        leaks_on_purpose, //
    };
    use crate::{
        bindings,
        device::Bound,
        faux,
        new_spinlock_irq,
        prelude::*,
        spi::{
            AsyncMessage,
            BusLock,
            Complete,
            Device,
            Refused, //
        },
        sync::{
            atomic::{
                Atomic,
                Relaxed, //
            },
            Arc,
            Completion,
            SpinLockIrq, //
        },
        time::{
            delay::fsleep,
            Delta, //
        }, //
    };

    const LONG: Delta = Delta::from_secs(5);
    const SHORT: Delta = Delta::from_millis(20);

    fn prepare(dev: &Device<Bound>, data: &[u8]) -> Result<AsyncMessage> {
        Ok(optimized(dev, data)?.into_async(GFP_KERNEL)?)
    }

    /// Waits until a worker has released what was dropped.
    fn all_released(bus: &Bus) -> bool {
        for _ in 0..500 {
            if bus.prepared.load(Relaxed) == 0 {
                return true;
            }
            fsleep(Delta::from_millis(10));
        }
        false
    }

    #[test]
    fn sent_any_number_of_times() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        let mut message = prepare(dev, &[0, 0])?;
        assert!(core::ptr::eq(message.device().as_raw(), dev.as_raw()));
        for round in 0..100 {
            message.tx_mut(0).ok_or(EIO)?.copy_from_slice(&[round, 1]);
            let (back, result) = message.start()?.wait();
            result?;
            message = back;
            assert_eq!(message.rx(0), Some(&[round, 1][..]));
            assert_eq!(message.actual_length(), 2);
        }
        assert_eq!(rig.bus.optimized.load(Relaxed), 1);

        let mut optimized = message.into_optimized(dev)?;
        optimized.sync()?;
        assert_eq!(rig.bus.prepared.load(Relaxed), 1);
        drop(optimized);
        assert_eq!(rig.bus.prepared.load(Relaxed), 0);
        Ok(())
    }

    #[test]
    fn several_are_in_flight_back_to_back() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let holding = rig.bus.hold();

        let first = prepare(dev, &[1])?.start()?;
        let second = prepare(dev, &[1, 2])?.start()?;
        let third = prepare(dev, &[1, 2, 3])?.start()?;
        rig.bus.held.wait_for_completion();
        // Nothing was sent yet; all of them are queued.
        assert!(rig.bus.take_seen().is_empty());
        let first = first.wait_timeout(SHORT).err().ok_or(EIO)?;
        let third = third.try_wait().err().ok_or(EIO)?;

        holding.release_one();
        let (first, result) = first.wait_timeout(LONG).map_err(|_| ETIMEDOUT)?;
        result?;
        assert_eq!(first.rx(0), Some(&[1][..]));
        let second = second.try_wait().err().ok_or(EIO)?;

        drop(holding);
        for (pending, len) in [(second, 2), (third, 3)] {
            let (message, result) = pending.wait_timeout(LONG).map_err(|_| ETIMEDOUT)?;
            result?;
            assert_eq!(message.actual_length(), len);
        }
        let seen = rig.bus.take_seen();
        assert!(seen.iter().map(|seen| seen.len).eq([1, 2, 3]));
        drop(first);
        assert!(all_released(&rig.bus));
        Ok(())
    }

    #[test]
    fn a_timeout_loses_nothing() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let holding = rig.bus.hold();

        let pending = prepare(dev, &[7])?.start()?;
        let pending = pending.wait_timeout(SHORT).err().ok_or(EIO)?;
        drop(holding);
        let (message, result) = pending.wait();
        result?;
        assert_eq!(message.rx(0), Some(&[7][..]));

        // It can be waited for again.
        let (message, result) = message.start()?.wait_timeout(LONG).map_err(|_| ETIMEDOUT)?;
        result?;
        drop(message.into_optimized(dev)?);
        assert_eq!(rig.bus.prepared.load(Relaxed), 0);
        Ok(())
    }

    #[test]
    fn nobody_has_to_wait() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        let holding = rig.bus.hold();
        drop(prepare(dev, &[1])?.start()?);
        drop(prepare(dev, &[2])?.start()?);
        rig.bus.held.wait_for_completion();
        assert_eq!(rig.bus.prepared.load(Relaxed), 2);
        drop(holding);
        assert!(all_released(&rig.bus));
        assert_eq!(rig.bus.take_seen().len(), 2);
        Ok(())
    }

    #[test]
    fn a_failure_is_reported_once() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        rig.bus.fail(Failing::Transfer, EIO);
        let (message, result) = prepare(dev, &[1])?.start()?.wait();
        assert_eq!(result, Err(EIO));
        assert_eq!(message.actual_length(), 0);

        rig.bus.fail(Failing::None, EIO);
        let (message, result) = message.start()?.wait();
        assert_eq!(result, Ok(()));
        assert_eq!(message.rx(0), Some(&[1][..]));
        Ok(())
    }

    /// A closure that a message comes back to, and what it leaves.
    #[pin_data]
    struct Inbox {
        #[pin]
        back: SpinLockIrq<Option<(AsyncMessage, Result)>>,
        calls: Atomic<i32>,
        #[pin]
        done: Completion,
    }

    impl Inbox {
        fn new() -> Result<Arc<Self>> {
            Arc::pin_init(
                pin_init!(Self {
                    back <- new_spinlock_irq!(None),
                    calls: Atomic::new(0),
                    done <- Completion::new(),
                }),
                GFP_KERNEL,
            )
        }

        fn take(&self) -> Result<(AsyncMessage, Result)> {
            self.done.wait_for_completion_timeout(LONG)?;
            self.back.lock().take().ok_or(EIO)
        }
    }

    impl Complete for Inbox {
        fn complete(this: Arc<Self>, message: AsyncMessage, result: Result) {
            this.calls.add(1, Relaxed);
            *this.back.lock() = Some((message, result));
            this.done.complete();
        }
    }

    #[test]
    fn closures_get_their_message_back() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let inbox = Inbox::new()?;

        let target = inbox.clone();
        let closure = KBox::new(
            move |message: AsyncMessage, result: Result| Inbox::complete(target, message, result),
            GFP_KERNEL,
        )?;
        prepare(dev, &[4])?.submit_with(closure)?;
        let (message, result) = inbox.take()?;
        result?;
        assert_eq!(message.rx(0), Some(&[4][..]));

        message.submit(inbox.clone())?;
        let (message, result) = inbox.take()?;
        result?;
        assert_eq!(message.rx(0), Some(&[4][..]));
        assert_eq!(inbox.calls.load(Relaxed), 2);
        Ok(())
    }

    /// The core leaves a message prepared that it refuses, and prepares it again (core-C2).
    #[test]
    fn a_refused_message_comes_back_with_all_it_had() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let inbox = Inbox::new()?;
        // SAFETY: `dev` is valid.
        let ctlr = unsafe { (*dev.as_raw()).controller };

        // SAFETY: The controller is registered, and this task does not hold the lock.
        unsafe { bindings::spi_bus_lock(ctlr) };
        let refused = prepare(dev, &[1])?.submit(inbox.clone()).err();
        // SAFETY: As above; it does.
        unsafe { bindings::spi_bus_unlock(ctlr) };
        let Refused { error, returned } = refused.ok_or(EIO)?;
        assert_eq!(error, EBUSY);

        // SAFETY: No other thread uses the controller.
        unsafe { (*ctlr).running = false };
        let closure = KBox::new(|_: AsyncMessage, _: Result| (), GFP_KERNEL)?;
        let refused = returned.submit_with(closure).err().ok_or(EIO)?;
        assert_eq!(refused.error, ESHUTDOWN);
        let (message, _closure) = refused.returned;
        let refused = message.start().err().ok_or(EIO)?;
        assert_eq!(refused.error, ESHUTDOWN);
        // SAFETY: As above.
        unsafe { (*ctlr).running = true };

        let (message, result) = refused.returned.start()?.wait();
        result?;
        assert_eq!(message.rx(0), Some(&[1][..]));
        assert_eq!(inbox.calls.load(Relaxed), 0);
        // The reference that was given with the message is dropped.
        assert!(Arc::into_unique_or_drop(inbox).is_some());
        assert_eq!(rig.bus.optimized.load(Relaxed), 1);
        Ok(())
    }

    /// Submits a message again each time it comes back, until it has been sent `left` times more.
    struct Again {
        left: Atomic<i32>,
        inbox: Arc<Inbox>,
    }

    impl Complete for Again {
        fn complete(this: Arc<Self>, message: AsyncMessage, result: Result) {
            if result.is_ok() && this.left.fetch_sub(1, Relaxed) > 0 {
                if let Err(refused) = message.submit(this.clone()) {
                    let error = Err(refused.error);
                    Inbox::complete(this.inbox.clone(), refused.returned, error);
                }
            } else {
                Inbox::complete(this.inbox.clone(), message, result);
            }
        }
    }

    #[test]
    fn messages_are_submitted_again_where_they_come_back() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let inbox = Inbox::new()?;
        let again = Arc::new(
            Again {
                left: Atomic::new(50),
                inbox: inbox.clone(),
            },
            GFP_KERNEL,
        )?;

        prepare(dev, &[1, 2])?.submit(again)?;
        let (message, result) = inbox.take()?;
        result?;
        assert_eq!(message.rx(0), Some(&[1, 2][..]));
        assert_eq!(rig.bus.take_seen().len(), 51);
        Ok(())
    }

    /// Submitting prepares a message that is not prepared, which may sleep, in a context that may
    /// not (core-C10). Only prepared messages have a way to be submitted.
    #[test]
    fn submitted_and_dropped_in_a_hard_interrupt() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let inbox = Inbox::new()?;

        // Long enough to be split, for which the core allocates.
        let long = prepare(dev, &[1; 3 * MAX_TRANSFER])?;
        let unwanted = prepare(dev, &[2])?;
        assert_eq!(rig.bus.optimized.load(Relaxed), 2);

        let (bus, target) = (rig.bus.clone(), inbox.clone());
        in_hard_irq(move || {
            drop(unwanted);
            let refused = long.submit(target.clone()).err();
            // Neither prepared now, nor released now.
            if bus.optimized.load(Relaxed) != 2 || bus.prepared.load(Relaxed) != 2 {
                target.calls.add(100, Relaxed);
            }
            drop(refused);
        })?;
        let (message, result) = inbox.take()?;
        result?;
        assert_eq!(inbox.calls.load(Relaxed), 1);
        assert_eq!(message.actual_length(), 3 * MAX_TRANSFER);
        drop(message);
        assert!(all_released(&rig.bus));

        // In C it is prepared inside of `spi_async()`, in whatever context that is called.
        let count = rig.bus.optimized.load(Relaxed);
        let done = KBox::pin_init(Completion::new(), GFP_KERNEL)?;
        let mut raw = RawMessage::new(3 * MAX_TRANSFER)?;
        let holding = rig.bus.hold();
        raw.submit(dev, &done)?;
        assert_eq!(rig.bus.optimized.load(Relaxed), count + 1);
        drop(holding);
        done.wait_for_completion();
        Ok(())
    }

    /// A message as C drivers have it.
    struct RawMessage {
        msg: KBox<bindings::spi_message>,
        transfer: KBox<bindings::spi_transfer>,
        _data: KVec<u8>,
    }

    impl RawMessage {
        fn new(len: usize) -> Result<Self> {
            let data = KVec::<u8>::zeroed(len, GFP_KERNEL)?;
            let mut this = Self {
                msg: KBox::new(pin_init::zeroed(), GFP_KERNEL)?,
                transfer: KBox::new(pin_init::zeroed(), GFP_KERNEL)?,
                _data: data,
            };
            this.transfer.tx_buf = this._data.as_ptr().cast();
            this.transfer.len = u32::try_from(len)?;

            // SAFETY: Both are valid, and stay where they are.
            unsafe {
                bindings::spi_message_init(&raw mut *this.msg);
                bindings::spi_message_add_tail(&raw mut *this.transfer, &raw mut *this.msg);
            }
            Ok(this)
        }

        fn submit(&mut self, dev: &Device<Bound>, done: &Completion) -> Result {
            /// # Safety
            ///
            /// `context` must be a completion.
            unsafe extern "C" fn complete(context: *mut c_void) {
                // SAFETY: By the safety requirement; the test waits for it.
                unsafe { &*context.cast::<Completion>() }.complete();
            }
            self.msg.complete = Some(complete);
            self.msg.context = core::ptr::from_ref(done).cast_mut().cast();

            // SAFETY: The message is valid; the test waits until it is complete.
            crate::error::to_result(unsafe {
                bindings::spi_async(dev.as_raw(), &raw mut *self.msg)
            })
        }

        fn sync(&mut self, dev: &Device<Bound>) -> Result {
            // SAFETY: The message is valid.
            crate::error::to_result(unsafe { bindings::spi_sync(dev.as_raw(), &raw mut *self.msg) })
        }
    }

    /// # Safety
    ///
    /// `context` must be a counter.
    unsafe extern "C" fn count_call(context: *mut c_void) {
        // SAFETY: By the safety requirement.
        unsafe { &*context.cast::<Atomic<i32>>() }.add(1, Relaxed);
    }

    /// A synchronous send calls the callback of an earlier asynchronous one (core-C11).
    #[test]
    fn callbacks_are_for_one_send() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;

        // In C it is called, if the bus is idle, as it is before the first message.
        let calls = Atomic::new(0);
        let mut raw = RawMessage::new(1)?;
        raw.msg.complete = Some(count_call);
        raw.msg.context = (&raw const calls).cast_mut().cast();
        raw.sync(dev)?;
        assert_eq!(calls.load(Relaxed), 1);

        let inbox = Inbox::new()?;
        let message = prepare(dev, &[1])?;
        message.submit(inbox.clone())?;
        let (message, _) = inbox.take()?;
        let mut optimized = message.into_optimized(dev)?;
        optimized.sync()?;
        optimized.into_message().sync(dev)?;
        assert_eq!(inbox.calls.load(Relaxed), 1);
        Ok(())
    }

    /// In C, a message that is refused stays prepared (core-C2), and the first device's speed stays
    /// in a message (core-C19).
    #[test]
    fn what_c_messages_keep() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let devices = [rig.add(0)?.0, rig.add(1)?.0];
        // SAFETY: The device is valid.
        let ctlr = unsafe { (*devices[0].as_raw()).controller };

        let mut raw = RawMessage::new(1)?;
        let done = KBox::pin_init(Completion::new(), GFP_KERNEL)?;
        // SAFETY: The controller is registered, and this task does not hold the lock.
        unsafe { bindings::spi_bus_lock(ctlr) };
        let refused = raw.submit(devices[0], &done);
        // SAFETY: As above; it does.
        unsafe { bindings::spi_bus_unlock(ctlr) };
        assert_eq!(refused, Err(EBUSY));
        assert_eq!(rig.bus.prepared.load(Relaxed), 1);
        // SAFETY: The message was prepared, and is not in flight.
        unsafe { bindings::spi_unoptimize_message(&raw mut *raw.msg) };
        assert_eq!(rig.bus.prepared.load(Relaxed), 0);

        raw.msg.complete = None;
        for dev in devices {
            raw.sync(dev)?;
        }
        let seen = rig.bus.take_seen();
        assert!(seen
            .iter()
            .map(|seen| (seen.chip_select, seen.speed))
            .eq([(0, SPEEDS[0]), (1, SPEEDS[0])]));
        Ok(())
    }

    const READ_FLAGS: u64 = 0;
    const READ_FRAME: u64 = 1;
    const CLEAR_FLAGS: u64 = 2;

    /// The core of a driver for a CAN controller.
    #[pin_data]
    struct Can {
        #[pin]
        idle: SpinLockIrq<[Option<AsyncMessage>; 3]>,
        /// The order in which messages came back.
        #[pin]
        order: SpinLockIrq<KVec<u64>>,
        #[pin]
        frame: Completion,
    }

    impl Can {
        fn interrupt(self: Arc<Self>) -> Result {
            if !self.idle.lock().iter().all(Option::is_some) {
                return Err(EBUSY);
            }

            self.submit::<READ_FLAGS>()?;
            self.submit::<READ_FRAME>()?;
            self.submit::<CLEAR_FLAGS>()
        }

        fn submit<const ID: u64>(self: &Arc<Self>) -> Result
        where
            Self: Complete<ID>,
        {
            let message = self.idle.lock()[ID as usize].take().ok_or(EBUSY)?;

            message.submit(self.clone()).map_err(|refused| {
                self.idle.lock()[ID as usize] = Some(refused.returned);
                refused.error
            })
        }

        fn put_back(&self, id: u64, message: AsyncMessage) {
            let _ = self.order.lock().push_within_capacity(id);
            if let Some(slot) = self.idle.lock().get_mut(id as usize) {
                *slot = Some(message);
            }
        }
    }

    impl Complete<READ_FLAGS> for Can {
        fn complete(this: Arc<Self>, message: AsyncMessage, _result: Result) {
            this.put_back(READ_FLAGS, message);
        }
    }

    impl Complete<READ_FRAME> for Can {
        fn complete(this: Arc<Self>, message: AsyncMessage, _result: Result) {
            this.put_back(READ_FRAME, message);
        }
    }

    impl Complete<CLEAR_FLAGS> for Can {
        fn complete(this: Arc<Self>, message: AsyncMessage, _result: Result) {
            this.put_back(CLEAR_FLAGS, message);
            this.frame.complete();
        }
    }

    /// Three prepared messages for each event, the second and the third queued while the first one
    /// is in flight.
    #[test]
    fn three_messages_for_each_interrupt_of_a_can_controller() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let messages = [
            Some(prepare(dev, &[1])?),
            Some(prepare(dev, &[2; 2])?),
            Some(prepare(dev, &[3; 3])?),
        ];
        let order = KVec::with_capacity(300, GFP_KERNEL)?;
        let can = Arc::pin_init(
            pin_init!(Can {
                idle <- new_spinlock_irq!(messages),
                order <- new_spinlock_irq!(order),
                frame <- Completion::new(),
            }),
            GFP_KERNEL,
        )?;

        for round in 0..100 {
            let holding = rig.bus.hold();
            let inside = can.clone();
            in_hard_irq(move || {
                let _ = inside.interrupt();
            })?;
            rig.bus.held.wait_for_completion();
            // All of them are on their way; there is none for another event.
            assert!(can.idle.lock().iter().all(Option::is_none));
            assert_eq!(can.clone().interrupt(), Err(EBUSY));
            drop(holding);
            can.frame.wait_for_completion_timeout(LONG)?;

            // The waits of the second and third are not for the next round.
            rig.bus.held.reinit();
            assert_eq!(can.order.lock().len(), 3 * (round + 1));
        }
        assert!(can.order.lock().chunks(3).all(|ids| ids == [0, 1, 2]));
        let seen = rig.bus.take_seen();
        assert!(seen
            .chunks(3)
            .all(|seen| seen.iter().map(|seen| seen.len).eq([1, 2, 3])));
        assert_eq!(rig.bus.optimized.load(Relaxed), 3);

        // What is refused is not lost.
        let bus = BusLock::new(dev, &mut [])?;
        assert_eq!(can.clone().interrupt(), Err(EBUSY));
        drop(bus);
        assert!(can.idle.lock().iter().all(Option::is_some));

        drop(can);
        assert!(all_released(&rig.bus));
        Ok(())
    }

    #[test]
    fn forgotten_handles_leak_and_no_more() -> Result {
        leaks_on_purpose();
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let inbox = Inbox::new()?;

        core::mem::forget(prepare(dev, &[1])?.start()?);
        core::mem::forget(prepare(dev, &[2])?);
        prepare(dev, &[3])?.submit(inbox.clone())?;
        let (_, result) = inbox.take()?;
        result?;
        // The first one was sent nevertheless.
        let seen = rig.bus.take_seen();
        assert_eq!(seen.len(), 2);
        Ok(())
    }
}
