// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of controllers that go while they are in use.

use super::{
    bus,
    cycles,
    gate::*,
    leaks_on_purpose,
    raw::RawMessage,
    shift::*, //
};
use crate::{
    bindings,
    device::Core,
    device_id::IdArray,
    driver,
    error::to_result,
    faux,
    module::this_module,
    new_mutex,
    prelude::*,
    spi::{
        self,
        controller::{
            BoardInfo,
            Registration, //
        },
        Device, //
    },
    sync::{
        aref::ARef,
        atomic::Relaxed,
        Arc,
        Completion,
        Mutex, //
    },
    time::{
        delay::fsleep,
        Delta, //
    },
    workqueue, //
};

use core::ptr::NonNull;

/// Something that runs in another thread.
#[pin_data]
struct Concurrent {
    #[pin]
    done: Completion,
    #[pin]
    result: Mutex<Result>,
}

impl Concurrent {
    fn start(f: impl FnOnce() -> Result + Send + 'static) -> Result<Arc<Self>> {
        let this = Arc::pin_init(
            pin_init!(Self {
                done <- Completion::new(),
                result <- new_mutex!(Ok(())),
            }),
            GFP_KERNEL,
        )?;
        let that = this.clone();

        workqueue::system_unbound().try_spawn(GFP_KERNEL, move || {
            let result = f();
            *that.result.lock() = result;
            that.done.complete_all();
        })?;
        Ok(this)
    }

    fn wait(&self) -> Result {
        self.done.wait_for_completion();
        *self.result.lock()
    }
}

/// Fails the test, also in another thread than the test's.
fn ensure(holds: bool) -> Result {
    holds.then_some(()).ok_or(EILSEQ)
}

/// Returns a device that is set up, but not on the bus, so that the core does not remove it.
fn never_added(controller: &Registration<'_, Gate>) -> Result<ARef<Device>> {
    let info = BoardInfo::new(c"rust_spi_kunit")?;
    let other = bus::Added::new(controller, &info)?.0;

    // SAFETY: `other` is on a registered controller.
    let raw = unsafe { bindings::spi_alloc_device((*other.as_raw()).controller) };
    // SAFETY: The controller has added it, and nobody else removes it.
    unsafe { bindings::spi_unregister_device(other.as_raw()) };

    let raw: NonNull<Device> = NonNull::new(raw).ok_or(ENOMEM)?.cast();
    // SAFETY: It is valid, and the reference is ours.
    let dev = unsafe { ARef::from_raw(raw) };

    // SAFETY: `dev` is valid, and its controller is registered.
    to_result(unsafe { bindings::spi_setup(dev.as_raw()) })?;
    Ok(dev)
}

/// Unregisters a controller while a message is in flight, for longer than the five seconds that the
/// core waits, and `queued` others are queued. Returns those, and a handle of the controller, whose
/// parent is called `name`. They are sent to a device that is not added: others are waited for.
fn unregister_slow(name: &CStr, queued: usize) -> Result<(KVec<Pin<KBox<RawMessage>>>, Handle)> {
    let parent = faux::Registration::new(name, None)?;
    let GateRig { controller, watch } = GateRig::new(&parent)?;
    let dev = never_added(&controller)?;
    let handle = Handle::new(&dev);

    let mut in_flight = RawMessage::new(dev.clone(), 4)?;
    in_flight.as_mut().submit()?;
    // By the thread of the queue, which waits at the gate then.
    fsleep(Delta::from_millis(50));
    let mut rest = KVec::new();
    for _ in 0..queued {
        let mut message = RawMessage::new(dev.clone(), 4)?;
        message.as_mut().submit()?;
        rest.push(message, GFP_KERNEL)?;
    }

    let opener = watch.clone();
    let opening = Handle::new(&dev);
    drop(dev);
    let opened = Concurrent::start(move || {
        while !opening.is_closed() {
            fsleep(Delta::from_millis(10));
        }
        opener.open();
        Ok(())
    })?;
    drop(controller);

    ensure(watch.alive.load(Relaxed) == 0)?;
    ensure(watch.sent.load(Relaxed) == 1)?;
    ensure(watch.too_late.load(Relaxed) == 0)?;
    in_flight.as_mut().wait()?;
    opened.wait()?;
    Ok((rest, handle))
}

/// Unregisters an SPI target, whose parent is called `name`, while a message waits for the host.
fn unregister_waiting_target(name: &CStr, outcome: Outcome) -> Result {
    let parent = faux::Registration::new(name, None)?;
    let rig = ShiftRig::target(&parent)?;
    rig.shift.plan(|plan| plan.outcome = outcome);
    let mut message = RawMessage::new((&**rig.add()?).into(), 4)?;
    message.as_mut().submit()?;
    fsleep(Delta::from_millis(50));

    let dropped = Arc::pin_init(Completion::new(), GFP_KERNEL)?;
    let (waiting, shift) = (dropped.clone(), rig.shift.clone());
    let end = Concurrent::start(move || {
        // If nothing else ends it.
        waiting
            .wait_for_completion_timeout(Delta::from_millis(8000))
            .inspect_err(|error| {
                shift.pending.finish(Err(*error));
            })
    })?;
    drop(rig);
    dropped.complete_all();
    end.wait()?;
    ensure(message.as_mut().wait() == Err(EINTR))
}

/// Unregisters SPI targets that wait, and one that only begins to wait when it is aborted.
fn waiting_targets() -> Result<KVec<Arc<Concurrent>>> {
    let mut all = KVec::new();
    if cfg!(CONFIG_SPI_SLAVE) {
        for (name, outcome) in [
            (c"rust_spi_kunit_target", Outcome::Never),
            (c"rust_spi_kunit_late", Outcome::Aborted),
        ] {
            let waiting = Concurrent::start(move || unregister_waiting_target(name, outcome))?;
            all.push(waiting, GFP_KERNEL)?;
        }
    }
    Ok(all)
}

/// A driver that sends messages, and waits for them when it is unbound.
struct Client;

// Not a table for modpost, as this is not a module.
static CLIENT_TABLE: IdArray<spi::DeviceId, (), 1> =
    IdArray::new([(spi::DeviceId::new(c"rust_spi_kunit_client"), &())]);

impl spi::Driver for Client {
    type IdInfo = ();
    type Data<'bound> = KVec<Pin<KBox<RawMessage>>>;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&CLIENT_TABLE);

    fn probe<'bound>(
        dev: &'bound Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
        let mut messages = KVec::new();
        for len in 1..4 {
            let mut message = RawMessage::new((&***dev).into(), len)?;
            message.as_mut().submit()?;
            messages.push(message, GFP_KERNEL)?;
        }
        Ok::<_, Error>(messages)
    }
}

#[macros::kunit_tests(rust_spi_lifetime)]
mod suite {
    use super::*;

    /// The core gives up after five seconds, and goes on with a thread that is still there
    /// (core-C13).
    #[test]
    fn a_queue_that_does_not_stop_is_waited_for_or_leaked() -> Result {
        leaks_on_purpose();
        let slow = Concurrent::start(|| {
            let (_, handle) = unregister_slow(c"rust_spi_kunit_slow", 0)?;
            ensure(handle.others() == 0)
        })?;

        let waiting = waiting_targets()?;

        let (mut stuck, handle) = unregister_slow(c"rust_spi_kunit_stuck", 1)?;
        let message = stuck.pop().ok_or(EIO)?;
        assert!(!message.is_complete());
        // The registration's, and that of the device of the message.
        assert_eq!(handle.others(), 2);
        // It is in the queue of the controller, for ever.
        core::mem::forget(message);

        slow.wait()?;
        waiting.iter().try_for_each(|waiting| waiting.wait())
    }

    /// The state of a device is there as long as messages borrow it: the one in flight, and those
    /// in the queue.
    #[test]
    fn a_device_that_is_removed_too_early_is_waited_for() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = bus::Rig::new(&parent)?;
        let bus = &rig.bus;
        let dev: ARef<Device> = (&**rig.add(0)?.0).into();
        let (mut first, mut second) = (
            RawMessage::new(dev.clone(), 1)?,
            RawMessage::new(dev.clone(), 2)?,
        );
        let holding = bus.hold();
        first.as_mut().submit()?;
        second.as_mut().submit()?;
        bus.held.wait_for_completion();

        let removing = Concurrent::start(move || {
            // SAFETY: The controller has added the device, and nobody else removes it.
            unsafe { bindings::spi_unregister_device(dev.as_raw()) };
            Ok(())
        })?;
        fsleep(Delta::from_millis(50));
        assert!(!first.is_complete());
        assert_eq!(bus.states.load(Relaxed), 1);

        holding.release_one();
        bus.held.wait_for_completion();
        fsleep(Delta::from_millis(50));
        assert!(first.is_complete() && !second.is_complete());
        assert_eq!(bus.states.load(Relaxed), 1);

        drop(holding);
        removing.wait()?;
        assert_eq!(bus.states.load(Relaxed), 0);
        first.as_mut().wait()?;
        second.as_mut().wait()
    }

    /// The core sends messages of a controller that is unregistered (core-C17).
    #[test]
    fn a_device_that_a_c_driver_keeps_can_do_no_harm() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = GateRig::new(&parent)?;
        let dev = rig.add()?;
        rig.watch.open();

        let mut message = RawMessage::new(dev.clone(), 4)?;
        message.as_mut().sync()?;
        let GateRig { controller, watch } = rig;
        drop(controller);

        assert_eq!(message.as_mut().sync().err(), Some(ESHUTDOWN));
        assert_eq!(message.as_mut().submit().err(), Some(ESHUTDOWN));

        // A sender that has looked at the flag before it was set.
        //
        // SAFETY: The handle keeps the device, and with it the controller.
        unsafe { (*(*dev.as_raw()).controller).flags = 0 };
        assert_eq!(message.as_mut().sync().err(), Some(ESHUTDOWN));

        // SAFETY: As above.
        to_result(unsafe { bindings::spi_setup(dev.as_raw()) })?;
        assert_eq!(watch.sent.load(Relaxed), 1);
        assert_eq!(watch.too_late.load(Relaxed), 0);
        Ok(())
    }

    /// Each time messages are queued, and one is in flight and finished by hard interrupts.
    #[test]
    fn unregistered_in_use_many_times() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let _driver = KBox::pin_init(
            driver::Registration::<spi::Adapter<Client>>::new(
                c"rust_spi_kunit_client",
                this_module::<crate::LocalModule>(),
            ),
            GFP_KERNEL,
        )?;
        let info = BoardInfo::new(c"rust_spi_kunit_client")?;

        for _ in 0..cycles() {
            let rig = ShiftRig::new(&parent)?;
            rig.shift.plan(|plan| plan.outcome = Outcome::Later);
            rig.controller.new_device(&info)?;

            let shift = rig.shift.clone();
            drop(rig);
            assert_eq!(shift.prepared.load(Relaxed), 0);
            assert_eq!(shift.transfers.load(Relaxed), 3);
            assert_eq!(shift.spurious.load(Relaxed), 0);
        }
        Ok(())
    }
}
