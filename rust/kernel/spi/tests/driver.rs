// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of drivers: what happens when a device is unbound.

#[macros::kunit_tests(rust_spi_driver)]
mod cases {
    use super::super::{
        bus::*,
        leaks_on_purpose, //
    };
    use crate::{
        device::{
            Bound,
            Core,
            CoreInternal, //
        },
        device_id::IdArray,
        driver,
        faux,
        new_mutex,
        prelude::*,
        spi::{
            self,
            controller::BoardInfo,
            Adapter,
            AsyncMessage,
            Complete,
            Device,
            Pending, //
        },
        sync::{
            atomic::{
                Atomic,
                AtomicFlag,
                Relaxed, //
            },
            Arc,
            Completion,
            Mutex, //
        },
        time::Delta,
        workqueue, //
    };

    const LONG: Delta = Delta::from_secs(5);
    const SHORT: Delta = Delta::from_millis(50);

    static MODULE: ThisModule = {
        // SAFETY: The tests are built in.
        unsafe { ThisModule::from_ptr(core::ptr::null_mut()) }
    };

    /// What the driver leaves for the test to see.
    struct Traces {
        without_id: Atomic<i32>,
        shut_down: Atomic<i32>,
        data_gone: AtomicFlag,
        called_after_that: AtomicFlag,
        fail_probe: AtomicFlag,
    }

    static TRACES: Traces = Traces {
        without_id: Atomic::new(0),
        shut_down: Atomic::new(0),
        data_gone: AtomicFlag::new(false),
        called_after_that: AtomicFlag::new(false),
        fail_probe: AtomicFlag::new(false),
    };

    struct TestDriver;

    /// Driver data with two prepared messages.
    #[pin_data]
    struct Data {
        #[pin]
        messages: Mutex<[Option<AsyncMessage>; 2]>,
        _traces: DropTrace,
    }

    struct DropTrace;

    impl Drop for DropTrace {
        fn drop(&mut self) {
            TRACES.data_gone.store(true, Relaxed);
        }
    }

    // Not `spi_device_table!`, whose alias is for modules.
    static SPI_TABLE: IdArray<spi::DeviceId, u32, 1> =
        IdArray::new([(spi::DeviceId::new(c"rust_spi_kunit_drv"), &42)]);

    fn prepare(dev: &Device<Bound>) -> Result<AsyncMessage> {
        Ok(optimized(dev, &[1])?.into_async(GFP_KERNEL)?)
    }

    struct Target;

    impl Complete for Target {
        fn complete(_this: Arc<Self>, _message: AsyncMessage, _result: Result) {
            if TRACES.data_gone.load(Relaxed) {
                TRACES.called_after_that.store(true, Relaxed);
            }
        }
    }

    impl spi::Driver for TestDriver {
        type IdInfo = u32;
        type Data<'bound> = Data;

        const SPI_ID_TABLE: Option<spi::IdTable<u32>> = Some(&SPI_TABLE);

        fn probe<'bound>(
            dev: &'bound Device<Core<'_>>,
            info: Option<&'bound u32>,
        ) -> impl PinInit<Data, Error> + 'bound {
            pin_init::pin_init_scope(move || {
                if info != Some(&42) {
                    TRACES.without_id.add(1, Relaxed);
                }

                let messages = [Some(prepare(dev)?), Some(prepare(dev)?)];
                if TRACES.fail_probe.load(Relaxed) {
                    let [message, _] = messages;
                    let target = Arc::new(Target, GFP_KERNEL)?;
                    message.ok_or(EIO)?.submit(target)?;
                    return Err(ENXIO);
                }
                Ok(try_pin_init!(Data {
                    messages <- new_mutex!(messages),
                    _traces: DropTrace,
                }))
            })
        }

        fn shutdown<'bound>(_dev: &'bound Device<Core<'_>>, this: Pin<&Data>) {
            if this.messages.lock().iter().all(Option::is_some) {
                TRACES.shut_down.add(1, Relaxed);
            }
        }
    }

    type Registration = Pin<KBox<driver::Registration<Adapter<TestDriver>>>>;

    fn register() -> Result<Registration> {
        TRACES.data_gone.store(false, Relaxed);
        KBox::pin_init(
            driver::Registration::new(c"rust_spi_kunit", &MODULE),
            GFP_KERNEL,
        )
    }

    fn add<'r>(rig: &'r Rig<'_>) -> Result<&'r Device<Bound>> {
        let info = BoardInfo::new(c"rust_spi_kunit_drv")?;
        Ok(Added::new(&rig.controller, &info)?.0)
    }

    fn bound(dev: &Device<Bound>) -> bool {
        // SAFETY: `dev` is valid.
        unsafe { !(*dev.as_raw()).dev.driver.is_null() }
    }

    fn take_message(dev: &Device<Bound>) -> Result<AsyncMessage> {
        // SAFETY: The device is bound, and the test waits for who unbinds it.
        let dev = unsafe { Device::<CoreInternal<'_>>::from_raw(dev.as_raw()) };
        // SAFETY: The driver's data are of this type.
        let data = unsafe { dev.as_ref().drvdata_borrow::<Data>() };

        let message = data.messages.lock()[0].take();
        message.ok_or(EIO)
    }

    /// Unregisters the driver in another task; the completion tells when that is done.
    fn unregister(registration: Registration) -> Result<Arc<Done>> {
        let done = Arc::pin_init(pin_init!(Done { done <- Completion::new() }), GFP_KERNEL)?;
        let signal = done.clone();
        workqueue::system().try_spawn(GFP_KERNEL, move || {
            drop(registration);
            signal.done.complete_all();
        })?;
        Ok(done)
    }

    #[pin_data]
    struct Done {
        #[pin]
        done: Completion,
    }

    /// Unbinds with a message in flight, and checks that this waits for `land`.
    fn unbind_waits_for(registration: Registration, rig: &Rig<'_>, holding: Holding<'_>) -> Result {
        rig.bus.held.wait_for_completion();
        let done = unregister(registration)?;
        assert_eq!(done.done.wait_for_completion_timeout(SHORT), Err(ETIMEDOUT));
        assert!(!TRACES.data_gone.load(Relaxed));

        drop(holding);
        done.done.wait_for_completion_timeout(LONG)?;
        assert!(TRACES.data_gone.load(Relaxed));
        Ok(())
    }

    /// A rig for a test that leaves something behind on purpose.
    fn leaking_rig(parent: &faux::Registration) -> Result<Rig<'_>> {
        leaks_on_purpose();
        let rig = Rig::new(parent)?;
        // What is recorded would be left behind, too, and the controller's thread allocates it.
        rig.bus.recording.store(false, Relaxed);
        Ok(rig)
    }

    #[test]
    fn unbind_waits_for_what_is_in_flight() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = leaking_rig(&parent)?;
        let registration = register()?;
        let dev = add(&rig)?;
        assert!(bound(dev));

        let holding = rig.bus.hold();
        let pending = take_message(dev)?.start()?;
        unbind_waits_for(registration, &rig, holding)?;
        assert!(!bound(dev));

        // It was sent. The other message was released with the driver's data.
        let (message, result) = pending.try_wait().map_err(|_| EIO)?;
        result?;
        assert_eq!(message.rx(0), Some(&[1][..]));
        assert_eq!(rig.bus.prepared.load(Relaxed), 1);

        // Nothing can be done with it any more, even if the device is bound again.
        let refused = message.start().err().ok_or(EIO)?;
        assert_eq!(refused.error, ESHUTDOWN);
        let registration = register()?;
        assert!(bound(dev));
        let refused = refused.returned.start().err().ok_or(EIO)?;
        assert_eq!(refused.error, ESHUTDOWN);
        let refused = refused.returned.into_optimized(dev).err().ok_or(EIO)?;
        assert_eq!(refused.error, EINVAL);
        // It is leaked, as its controller may be gone.
        assert_eq!(rig.bus.prepared.load(Relaxed), 3);
        drop(refused);
        drop(registration);
        assert_eq!(rig.bus.prepared.load(Relaxed), 1);
        Ok(())
    }

    #[test]
    fn unbind_waits_for_callbacks_and_for_what_nobody_waits_for() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = leaking_rig(&parent)?;
        let dev = add(&rig)?;

        let flights: [fn(AsyncMessage) -> Result; 3] = [
            |message| {
                drop(message.start()?);
                Ok(())
            },
            |message| {
                core::mem::forget::<Pending>(message.start()?);
                Ok(())
            },
            |message| {
                message.submit(Arc::new(Target, GFP_KERNEL)?)?;
                Ok(())
            },
        ];
        for start in flights {
            let registration = register()?;
            let holding = rig.bus.hold();
            start(take_message(dev)?)?;
            unbind_waits_for(registration, &rig, holding)?;
            assert!(!TRACES.called_after_that.load(Relaxed));
        }
        // What was forgotten.
        assert_eq!(rig.bus.prepared.load(Relaxed), 1);
        Ok(())
    }

    #[test]
    fn a_failed_probe_waits_for_what_it_has_submitted() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;

        TRACES.fail_probe.store(true, Relaxed);
        let registration = register()?;
        let dev = add(&rig)?;
        TRACES.fail_probe.store(false, Relaxed);
        assert!(!bound(dev));
        assert_eq!(rig.bus.take_seen().len(), 1);
        assert_eq!(rig.bus.prepared.load(Relaxed), 0);
        drop(registration);
        Ok(())
    }

    #[test]
    fn bound_without_a_matching_id() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let before = TRACES.without_id.load(Relaxed);

        let registration = register()?;
        let dev = add(&rig)?;
        assert!(bound(dev));
        assert_eq!(TRACES.without_id.load(Relaxed), before);
        drop(registration);

        // Chosen by name, as by `driver_override` in sysfs.
        let other = rig.add(1)?.0;
        // SAFETY: The device is valid; the function copies the name.
        crate::error::to_result(unsafe {
            crate::bindings::__device_set_driver_override(
                &raw mut (*other.as_raw()).dev,
                c"rust_spi_kunit".as_char_ptr(),
                14,
            )
        })?;
        let registration = register()?;
        assert!(bound(other));
        assert_eq!(TRACES.without_id.load(Relaxed), before + 1);
        drop(registration);
        Ok(())
    }

    #[test]
    fn shutdown_leaves_the_device_bound() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let registration = register()?;
        let dev = add(&rig)?;

        let before = TRACES.shut_down.load(Relaxed);
        for _ in 0..2 {
            // SAFETY: `dev` is valid, and is bound to a driver of the SPI bus.
            unsafe {
                let raw = &raw mut (*dev.as_raw()).dev;
                (*(*raw).bus).shutdown.ok_or(EIO)?(raw);
            }
        }
        assert_eq!(TRACES.shut_down.load(Relaxed), before + 2);
        assert!(bound(dev));
        let (_, result) = take_message(dev)?.start()?.wait();
        result?;
        drop(registration);
        Ok(())
    }
}
