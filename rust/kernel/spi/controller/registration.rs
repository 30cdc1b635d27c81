// SPDX-License-Identifier: GPL-2.0

//! Controllers that are registered with the SPI core.

use super::{
    adapter::Adapter,
    context::Context,
    lock_classes::LockClasses,
    settings::Offered,
    BoardInfo,
    Operations,
    Settings, //
};
use crate::{
    bindings,
    device::{
        self,
        Bound, //
    },
    error::to_result,
    prelude::*,
    sync::SpinLockIrq, //
};

use core::{
    mem::ManuallyDrop,
    ptr::{
        self,
        NonNull, //
    }, //
};

/// A `struct spi_controller`, and the reference that its allocation gave.
///
/// # Invariants
///
/// The pointer is valid, and `self` owns a reference.
struct Owned(NonNull<bindings::spi_controller>);

impl Owned {
    fn new(parent: &device::Device<Bound>, target: bool) -> Result<Self> {
        // SAFETY: `parent` is a valid device.
        let ctlr = unsafe { bindings::__spi_alloc_controller(parent.as_raw(), 0, target) };

        // INVARIANT: The reference is the caller's, whether the controller is registered or not.
        Ok(Self(NonNull::new(ctlr).ok_or(ENOMEM)?))
    }

    #[inline]
    fn as_raw(&self) -> *mut bindings::spi_controller {
        self.0.as_ptr()
    }
}

impl AsRef<device::Device> for Owned {
    #[inline]
    fn as_ref(&self) -> &device::Device {
        // SAFETY: By the type invariant the controller is valid; it embeds a device.
        unsafe { device::Device::from_raw(&raw mut (*self.as_raw()).dev) }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: By the type invariant `self` owns a reference.
        unsafe { bindings::spi_controller_put(self.as_raw()) };
    }
}

/// A registered controller, and the data of its driver.
///
/// When it is dropped, the devices on the bus are unbound and removed, and the queue of messages is
/// stopped; then the data are dropped. This sleeps. What the operations use, such as an interrupt
/// handler, a clock or registers, must outlive it: in a struct it comes before them.
///
/// It waits for the messages of the devices as long as these take. A C driver may also have sent
/// some to a device that it has never added. If sending these takes longer than five seconds, the
/// rest is never sent, and the controller is leaked with it; the log says so.
///
/// # Invariants
///
/// `ctlr` is registered, with the operations of `T` and with `context` as its device data.
pub struct Registration<'a, T: Operations> {
    ctlr: ManuallyDrop<Owned>,
    lock_classes: ManuallyDrop<Option<Pin<KBox<LockClasses>>>>,
    context: ManuallyDrop<Pin<KBox<Context<'a, T>>>>,
}

impl<'a, T: Operations> Registration<'a, T> {
    /// Registers a controller that `parent` implements.
    ///
    /// The devices that firmware describes are added and probed before this returns, so `data` are
    /// in use already. This sleeps.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if a setting is wrong, or does not fit to another or to the operations; the log
    ///   names it.
    /// - `EOPNOTSUPP` if it is an SPI target, and the kernel has no support for them.
    /// - `EBUSY` if the bus number is taken.
    /// - `ENOMEM` if there is no memory.
    /// - What `data` returns.
    ///
    /// C functions: `spi_alloc_host()`, `spi_alloc_target()`, `spi_register_controller()`.
    ///
    /// # Safety
    ///
    /// Callers must not `mem::forget()` the returned [`Registration`] or otherwise prevent its
    /// [`Drop`] implementation from running: the controller must be unregistered before `parent` is
    /// unbound.
    pub unsafe fn new(
        parent: &'a device::Device<Bound>,
        settings: &Settings,
        data: impl PinInit<T::Data<'a>, Error>,
    ) -> Result<Self> {
        settings.check(
            parent,
            &Offered {
                can_dma: T::HAS_CAN_DMA,
                set_cs: T::HAS_SET_CS,
            },
        )?;
        let context = KBox::pin_init(Context::<'a, T>::new(data, settings.mem_caps()), GFP_KERNEL)?;
        let ctlr = Owned::new(parent, settings.is_target())?;

        // SAFETY: `ctlr` is new, and nobody else knows it.
        unsafe { settings.store(ctlr.as_raw()) };

        // SAFETY:
        // - `ctlr` is new.
        // - The device data are set below, and `Drop` unregisters before it drops them. The caller
        //   guarantees that `Drop` runs.
        unsafe { Adapter::<T>::install(ctlr.as_raw()) };

        // SAFETY: As above.
        unsafe { settings.remove_needless_operations(ctlr.as_raw()) };

        if T::HAS_DMA_DEVICE {
            let dev = T::dma_device(&context.data);

            // SAFETY: `ctlr` is new. The device is bound as long as the data are there.
            unsafe { (*ctlr.as_raw()).dma_map_dev = dev.as_raw() };
        }

        // SAFETY: `ctlr` is new. Its data are there until it is unregistered.
        unsafe { Adapter::<T>::install_dma_channels(ctlr.as_raw(), &context) };

        if let Some(caps) = &context.mem_caps {
            // SAFETY: `ctlr` is new. It forgets them in `Drop`, before they are dropped.
            unsafe { (*ctlr.as_raw()).mem_caps = caps };
        }

        let raw_context = core::ptr::from_ref(Pin::get_ref(context.as_ref()));
        // SAFETY: `ctlr` is new. The pointer is only used for shared references.
        unsafe { (*ctlr.as_raw()).dev.driver_data = raw_context.cast_mut().cast() };

        let lock_classes = if settings.is_forwarding() {
            Some(LockClasses::new()?)
        } else {
            None
        };
        if let Some(classes) = &lock_classes {
            // SAFETY: `ctlr` is new. If registering fails nobody uses the locks; else `Drop` drops
            // the classes after unregistering.
            unsafe { classes.as_ref().apply(ctlr.as_raw()) };
        }

        // SAFETY: `ctlr` is complete. Its data are pinned, and dropped after it is unregistered.
        to_result(unsafe { bindings::spi_register_controller(ctlr.as_raw()) })?;

        // INVARIANT: Registered just now, as set up above.
        Ok(Self {
            ctlr: ManuallyDrop::new(ctlr),
            lock_classes: ManuallyDrop::new(lock_classes),
            context: ManuallyDrop::new(context),
        })
    }

    /// Adds a device that no firmware describes.
    ///
    /// It is probed, if there is a driver for it, before this returns, and removed with the
    /// controller. This sleeps.
    ///
    /// # Errors
    ///
    /// `ENODEV` if the device can't be added; the log says why.
    ///
    /// C function: `spi_new_device()`.
    #[inline]
    pub fn new_device(&self, info: &BoardInfo) -> Result {
        self.add(info)?;
        Ok(())
    }

    /// Adds a device, and returns it.
    ///
    /// The reference to it is the one that unregistering puts.
    pub(in crate::spi) fn add(&self, info: &BoardInfo) -> Result<NonNull<bindings::spi_device>> {
        // SAFETY: By the type invariant the controller is registered. `info` is only read.
        let spi = unsafe { bindings::spi_new_device(self.ctlr.as_raw(), info.as_raw()) };

        NonNull::new(spi).ok_or(ENODEV)
    }

    /// Returns the number of the bus, which the core has chosen unless the settings did.
    ///
    /// C field: `bus_num` of `struct spi_controller`.
    #[inline]
    pub fn bus_num(&self) -> u16 {
        // SAFETY: By the type invariant the controller is registered; the number stays.
        let bus_num = unsafe { (*self.ctlr.as_raw()).bus_num };

        // CAST: A registered controller has a number that is not negative.
        bus_num as u16
    }

    /// Returns the data of the driver.
    #[inline]
    pub fn data(&self) -> &T::Data<'a> {
        &self.context.data
    }
}

impl<T: Operations> Registration<'_, T> {
    /// Sees to it that no callback runs, and none will.
    ///
    /// Unregistering waits five seconds for the queue, and goes on all the same. It does not see
    /// messages that are sent without the queue at all; they should not exist without a device, but
    /// nothing keeps a C driver from trying.
    ///
    /// Returns whether the thread of the queue is gone.
    fn retire(&mut self) -> bool {
        let ctlr = self.ctlr.as_raw();

        let (alive, empty) = self.close_queue();

        // All callbacks that have to do with messages in flight, and with setup, run with this
        // mutex.
        //
        // SAFETY: The controller is valid.
        unsafe { Adapter::<T>::lock_when_ended(ctlr, &self.context) };

        // SAFETY: The mutex is held, and the data are still there.
        unsafe { Adapter::<T>::uninstall(ctlr) };
        Adapter::<T>::unprepare_hardware(&self.context);

        // SAFETY: It was locked above.
        unsafe { bindings::mutex_unlock(&raw mut (*ctlr).io_mutex) };

        if alive && empty {
            // The core had not stopped it because it was busy. It has nothing to do any more.
            //
            // SAFETY: The thread is alive, and this is the only one to stop it.
            unsafe { bindings::kthread_destroy_worker((*ctlr).kworker) };
        }
        !alive || empty
    }
}

impl<T: Operations> Registration<'_, T> {
    /// Has the queue take no more messages, and its thread send none.
    ///
    /// Returns whether the thread was alive, and whether the queue is empty.
    fn close_queue(&self) -> (bool, bool) {
        let ctlr = self.ctlr.as_raw();

        // SAFETY: The controller is valid, and its lock initialized.
        let lock = unsafe { SpinLockIrq::<()>::from_raw(&raw mut (*ctlr).queue_lock) };
        let _guard = lock.lock();

        // SAFETY: The controller is valid, the lock is held. It is running until its thread is
        // stopped.
        let alive = unsafe { core::mem::replace(&mut (*ctlr).running, false) };

        // SAFETY: As above. The list is empty if it points to itself.
        let empty = unsafe {
            let queue = &raw const (*ctlr).queue;
            ptr::eq((*queue).next, queue)
        };

        (alive, empty)
    }
}

impl<T: Operations> Drop for Registration<'_, T> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the controller is registered.
        unsafe { bindings::spi_unregister_controller(self.ctlr.as_raw()) };

        Adapter::<T>::disarm_offloads(&self.context);
        let retired = self.retire();

        // SAFETY: No callback runs or will run. Not used again.
        unsafe { ManuallyDrop::drop(&mut self.context) };

        if !retired {
            // The thread of the queue is still there.
            dev_warn!(
                &*self.ctlr,
                "messages without a device in the queue, leaking the controller\n"
            );
            return;
        }

        // SAFETY: Nobody uses the locks of the controller any more. Not used again.
        unsafe { ManuallyDrop::drop(&mut self.lock_classes) };

        // SAFETY: Not used again.
        unsafe { ManuallyDrop::drop(&mut self.ctlr) };
    }
}

// SAFETY: A controller may be unregistered from any thread, and `T::Data` are `Send`.
unsafe impl<T: Operations> Send for Registration<'_, T> {}

// SAFETY: `&Registration` adds devices, which the core serializes, and gives access to `T::Data`,
// which are `Sync`.
unsafe impl<T: Operations> Sync for Registration<'_, T> {}
