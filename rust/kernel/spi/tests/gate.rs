// SPDX-License-Identifier: GPL-2.0

//! A controller that stops at a gate, and that notices if it is called too late.

use crate::{
    bindings,
    faux,
    prelude::*,
    spi::{
        controller::{
            BoardInfo,
            CurrentMessage,
            Operations,
            Registration,
            SettingUp,
            Settings, //
        },
        Device, //
    },
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc,
        Completion, //
    }, //
};

/// What outlives the controller.
#[pin_data]
pub(super) struct Watch {
    #[pin]
    gate: Completion,
    /// Whether the data of the controller are there.
    pub(super) alive: Atomic<i32>,
    pub(super) sent: Atomic<i32>,
    /// Calls without data.
    pub(super) too_late: Atomic<i32>,
}

impl Watch {
    pub(super) fn open(&self) {
        self.gate.complete_all();
    }
}

/// The data of the controller.
pub(super) struct Gate(Arc<Watch>);

impl Drop for Gate {
    fn drop(&mut self) {
        self.0.alive.store(0, Relaxed);
    }
}

impl Gate {
    pub(super) fn new() -> Result<Self> {
        let watch = Arc::pin_init(
            pin_init!(Watch {
                gate <- Completion::new(),
                alive: Atomic::new(1),
                sent: Atomic::new(0),
                too_late: Atomic::new(0),
            }),
            GFP_KERNEL,
        )?;
        Ok(Self(watch))
    }

    fn check(&self) {
        if self.0.alive.load(Relaxed) == 0 {
            self.0.too_late.add(1, Relaxed);
        }
    }
}

#[vtable]
impl Operations for Gate {
    type Data<'a> = Gate;
    type DeviceState<'a> = ();
    type Prepared<'p> = ();

    fn new_device_state<'a>(gate: &Self::Data<'a>, _dev: &Device) -> impl PinInit<(), Error> {
        gate.check();
        Ok::<_, Error>(())
    }

    fn setup<'a>(gate: &Self::Data<'a>, _dev: &SettingUp<'_>, _state: Pin<&()>) -> Result {
        gate.check();
        Ok(())
    }

    fn transfer_one_message<'a, 'p>(
        gate: &Self::Data<'a>,
        _state: Pin<&()>,
        message: &mut CurrentMessage<'_>,
        _prepared: Option<Pin<&mut ()>>,
    ) -> Result {
        gate.0.gate.wait_for_completion();
        gate.check();

        let mut length = 0;
        for mut transfer in message.transfers() {
            transfer.loop_back();
            length += transfer.len();
        }
        message.set_actual_length(length);
        gate.0.sent.add(1, Relaxed);
        Ok(())
    }
}

/// A registered controller with a device on it.
pub(super) struct GateRig<'a> {
    pub(super) controller: Registration<'a, Gate>,
    pub(super) watch: Arc<Watch>,
}

impl<'a> GateRig<'a> {
    pub(super) fn new(parent: &'a faux::Registration) -> Result<Self> {
        Self::with(parent, &Settings::new(1))
    }

    /// Registers the controller with these settings.
    pub(super) fn with(parent: &'a faux::Registration, settings: &Settings) -> Result<Self> {
        let parent = parent.as_ref().as_ref();
        let gate = Gate::new()?;
        let watch = gate.0.clone();

        // SAFETY: A rig is a local variable of a test, and not forgotten.
        let controller = unsafe { Registration::new(parent, settings, Ok::<_, Error>(gate)) }?;
        Ok(Self { controller, watch })
    }

    /// Adds the device; the handle keeps its memory, as C drivers do.
    pub(super) fn add(&self) -> Result<ARef<Device>> {
        let info = BoardInfo::new(c"rust_spi_kunit")?;
        let dev = super::bus::Added::new(&self.controller, &info)?.0;

        Ok((&**dev).into())
    }
}

/// A counted handle of a controller, to see whether it is leaked.
pub(super) struct Handle(*mut bindings::spi_controller);

impl Handle {
    pub(super) fn new(dev: &Device) -> Self {
        // SAFETY: `dev` is on a registered controller.
        let ctlr = unsafe { (*dev.as_raw()).controller };

        // SAFETY: As above.
        unsafe { bindings::get_device(&raw mut (*ctlr).dev) };
        Self(ctlr)
    }

    /// Returns whether the queue was closed when the controller was unregistered.
    pub(super) fn is_closed(&self) -> bool {
        // SAFETY: The handle keeps the controller. Others may write it, hence the volatile read.
        unsafe { !(&raw const (*self.0).running).read_volatile() }
    }

    /// Returns how many others have one.
    pub(super) fn others(&self) -> i32 {
        // SAFETY: The handle keeps the controller. Others may change the count, hence the volatile
        // read.
        let count =
            unsafe { (&raw const (*self.0).dev.kobj.kref.refcount.refs.counter).read_volatile() };
        count - 1
    }
}

// SAFETY: A controller has no ties to a thread.
unsafe impl Send for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: `new()` has taken a reference.
        unsafe { bindings::put_device(&raw mut (*self.0).dev) };
    }
}
