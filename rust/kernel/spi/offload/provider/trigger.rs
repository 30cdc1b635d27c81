// SPDX-License-Identifier: GPL-2.0

//! Triggers, provider side.

use crate::{
    bindings,
    device::{
        self,
        Bound, //
    },
    error::{
        from_result,
        to_result, //
    },
    prelude::*,
    spi::offload::{
        kind::private::Raw,
        managed::Owner,
        Kind, //
    }, //
};

use core::{
    cell::Cell,
    marker::PhantomData,
    mem::ManuallyDrop,
    slice, //
};

/// What the driver of a trigger implements.
///
/// The operations are called one at a time, from any thread, and may sleep.
pub trait TriggerOperations: Send + Sync {
    /// The kind of the trigger: [`Periodic`](crate::spi::offload::Periodic), or
    /// [`DataReady`](crate::spi::offload::DataReady).
    type Kind: Kind;

    /// Returns whether there is a trigger with these arguments, the cells after the provider in
    /// `trigger-sources`.
    ///
    /// Called at any time.
    ///
    /// C operation: `match` of `struct spi_offload_trigger_ops`, as far as it is not the kind.
    #[inline]
    fn matches(&self, args: &[u64]) -> bool {
        args.is_empty()
    }

    /// Returns the settings that the hardware would have if `wanted` were asked for.
    ///
    /// To ask for these settings must give the same ones. An error refuses `wanted`.
    ///
    /// C operation: `validate` of `struct spi_offload_trigger_ops`.
    fn validate(&self, wanted: Self::Kind) -> Result<Self::Kind>;

    /// Starts the trigger.
    ///
    /// `settings` are what [`validate`](Self::validate) returned: for those that the consumer asked
    /// for, it is called before this.
    ///
    /// C operation: `enable` of `struct spi_offload_trigger_ops`.
    fn enable(&self, settings: Self::Kind) -> Result;

    /// Stops the trigger.
    ///
    /// Called once after each success of [`enable`](Self::enable), when the consumer asks for it,
    /// puts the trigger, or the trigger is unregistered.
    ///
    /// C operation: `disable` of `struct spi_offload_trigger_ops`.
    fn disable(&self);
}

/// What the C side has of a trigger.
#[pin_data]
struct Shared<T: TriggerOperations> {
    #[pin]
    operations: T,
    /// Whether a consumer has the trigger. This and the next one are only used with the lock of the
    /// trigger held, or when it is not registered.
    taken: Cell<bool>,
    enabled: Cell<bool>,
}

impl<T: TriggerOperations> Shared<T> {
    fn request(&self) -> Result {
        if self.taken.replace(true) {
            return Err(EBUSY);
        }
        Ok(())
    }

    fn release(&self) {
        self.disable();
        self.taken.set(false);
    }

    fn enable(&self, wanted: T::Kind) -> Result {
        if self.enabled.get() {
            return Err(EBUSY);
        }
        let settings = self.operations.validate(wanted)?;
        self.operations.enable(settings)?;
        self.enabled.set(true);
        Ok(())
    }

    fn disable(&self) {
        if self.enabled.replace(false) {
            self.operations.disable();
        }
    }
}

/// A registered trigger, and the data of its driver.
///
/// One consumer at a time can have it; for others it is `EBUSY`. When this is dropped the trigger
/// is stopped, and consumers get `ENODEV`; then the data are dropped. This sleeps.
///
/// # Invariants
///
/// The trigger that `owner` holds is registered with the operations of `T` and with `shared`.
pub struct TriggerRegistration<'a, T: TriggerOperations> {
    owner: ManuallyDrop<Owner>,
    shared: Pin<KBox<Shared<T>>>,
    _dev: PhantomData<&'a device::Device<Bound>>,
}

impl<'a, T: TriggerOperations + 'a> TriggerRegistration<'a, T> {
    /// Registers a trigger that `dev` provides: a device of its own, or a peripheral that tells
    /// when it has data.
    ///
    /// It is found by consumers whose `trigger-sources` is the firmware node of `dev`. It may be in
    /// use before this returns. This sleeps.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if firmware does not describe the device.
    /// - `ENOMEM` if there is no memory.
    /// - What `operations` returns.
    ///
    /// C function: `devm_spi_offload_trigger_register()`.
    ///
    /// # Safety
    ///
    /// Callers must not `mem::forget()` the returned [`TriggerRegistration`] or otherwise prevent
    /// its
    /// [`Drop`] implementation from running: the trigger must be unregistered before `dev` is
    /// unbound.
    pub unsafe fn new(
        dev: &'a device::Device<Bound>,
        operations: impl PinInit<T, Error>,
    ) -> Result<Self> {
        let shared = KBox::pin_init(
            try_pin_init!(Shared {
                operations <- operations,
                taken: Cell::new(false),
                enabled: Cell::new(false),
            }),
            GFP_KERNEL,
        )?;
        let owner = Owner::new()?;

        let private = core::ptr::from_ref(Pin::get_ref(shared.as_ref()));
        // SAFETY: The functions of the table take `private` for what it is. It is dropped after the
        // trigger is unregistered, for which the caller vouches.
        unsafe { register(&owner, dev, &Adapter::<T>::TABLE, private.cast_mut().cast()) }?;

        // INVARIANT: Registered just now.
        Ok(Self {
            owner: ManuallyDrop::new(owner),
            shared,
            _dev: PhantomData,
        })
    }

    /// Returns the data of the driver.
    #[inline]
    pub fn operations(&self) -> &T {
        &self.shared.operations
    }
}

impl<T: TriggerOperations> Drop for TriggerRegistration<'_, T> {
    fn drop(&mut self) {
        // This unregisters the trigger.
        //
        // SAFETY: It is not used again.
        unsafe { ManuallyDrop::drop(&mut self.owner) };

        // The C side does not stop a trigger whose provider goes, and can't do it afterwards.
        self.shared.disable();
    }
}

// SAFETY: A trigger may be unregistered from any thread. `T` is `Send`, and what goes with it is
// only used with the lock of the trigger held, or when it is unregistered.
unsafe impl<T: TriggerOperations> Send for TriggerRegistration<'_, T> {}

// SAFETY: `&TriggerRegistration` gives access to `T`, which is `Sync`.
unsafe impl<T: TriggerOperations> Sync for TriggerRegistration<'_, T> {}

/// The functions that the offload core calls.
struct Adapter<T: TriggerOperations>(PhantomData<T>);

impl<T: TriggerOperations> Adapter<T> {
    const TABLE: bindings::spi_offload_trigger_ops = bindings::spi_offload_trigger_ops {
        match_: Some(Self::match_callback),
        request: Some(Self::request_callback),
        release: Some(Self::release_callback),
        validate: Some(Self::validate_callback),
        enable: Some(Self::enable_callback),
        disable: Some(Self::disable_callback),
    };

    /// Borrows what was registered.
    ///
    /// # Safety
    ///
    /// Must be called from one of the callbacks, with the trigger that it is for.
    #[inline]
    unsafe fn shared<'x>(trigger: *mut bindings::spi_offload_trigger) -> &'x Shared<T> {
        // SAFETY: The offload core calls with a registered trigger.
        let private = unsafe { private(trigger) };

        // SAFETY: `TriggerRegistration::new()` registered a pointer to it, and it stays until the
        // trigger is unregistered, which waits for callbacks.
        unsafe { &*private.cast::<Shared<T>>() }
    }

    extern "C" fn match_callback(
        trigger: *mut bindings::spi_offload_trigger,
        kind: bindings::spi_offload_trigger_type,
        args: *mut u64,
        nargs: u32,
    ) -> bool {
        // SAFETY: This is a callback for the trigger.
        let shared = unsafe { Self::shared(trigger) };

        // CAST: `usize` has 32 bits at least.
        //
        // SAFETY: The offload core passes an array of `struct fwnode_reference_args`, and how many
        // of its elements there are.
        let args = unsafe { slice::from_raw_parts(args, nargs as usize) };

        kind == T::Kind::TYPE && shared.operations.matches(args)
    }

    extern "C" fn request_callback(
        trigger: *mut bindings::spi_offload_trigger,
        _kind: bindings::spi_offload_trigger_type,
        _args: *mut u64,
        _nargs: u32,
    ) -> c_int {
        from_result(|| {
            // SAFETY: This is a callback for the trigger.
            unsafe { Self::shared(trigger) }.request()?;
            Ok(0)
        })
    }

    extern "C" fn release_callback(trigger: *mut bindings::spi_offload_trigger) {
        // SAFETY: This is a callback for the trigger.
        unsafe { Self::shared(trigger) }.release();
    }

    extern "C" fn validate_callback(
        trigger: *mut bindings::spi_offload_trigger,
        settings: *mut bindings::spi_offload_trigger_config,
    ) -> c_int {
        from_result(|| {
            // SAFETY: This is a callback for the trigger.
            let shared = unsafe { Self::shared(trigger) };

            // SAFETY: The offload core passes on the settings of its caller.
            let wanted = T::Kind::from_raw(unsafe { &*settings })?;
            let rounded = shared.operations.validate(wanted)?;

            // SAFETY: As above.
            unsafe { settings.write(rounded.to_raw()) };
            Ok(0)
        })
    }

    extern "C" fn enable_callback(
        trigger: *mut bindings::spi_offload_trigger,
        settings: *mut bindings::spi_offload_trigger_config,
    ) -> c_int {
        from_result(|| {
            // SAFETY: This is a callback for the trigger.
            let shared = unsafe { Self::shared(trigger) };

            // SAFETY: The offload core passes on the settings of its caller.
            let wanted = T::Kind::from_raw(unsafe { &*settings })?;

            shared.enable(wanted)?;
            Ok(0)
        })
    }

    extern "C" fn disable_callback(trigger: *mut bindings::spi_offload_trigger) {
        // SAFETY: This is a callback for the trigger.
        unsafe { Self::shared(trigger) }.disable();
    }
}

// What follows is not generic, and not inlined, because the functions that it calls are in a
// namespace that modules would have to import.

/// Registers a trigger.
///
/// # Safety
///
/// The functions of `table` must be right for `private`, until `owner` is dropped.
#[inline(never)]
unsafe fn register(
    owner: &Owner,
    dev: &device::Device<Bound>,
    table: &'static bindings::spi_offload_trigger_ops,
    private: *mut c_void,
) -> Result {
    let fwnode = dev.fwnode().ok_or(EINVAL)?;
    let mut info = bindings::spi_offload_trigger_info {
        fwnode: fwnode.as_raw(),
        ops: table,
        priv_: private,
    };

    // SAFETY: `owner` is a valid device. The C side takes a reference to the firmware node; the
    // rest is the safety requirement.
    to_result(unsafe { bindings::devm_spi_offload_trigger_register(owner.as_raw(), &mut info) })
}

/// Returns what was registered with a trigger.
///
/// # Safety
///
/// `trigger` must be valid.
#[inline(never)]
unsafe fn private(trigger: *mut bindings::spi_offload_trigger) -> *mut c_void {
    // SAFETY: By the safety requirement.
    unsafe { bindings::spi_offload_trigger_get_priv(trigger) }
}
