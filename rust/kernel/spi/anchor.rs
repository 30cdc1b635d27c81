// SPDX-License-Identifier: GPL-2.0

//! What unbinding a device waits for.

use super::Device;
use crate::{
    alloc::Flags,
    bindings,
    container_of,
    device::DeviceContext,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Full,
            Relaxed, //
        },
        Arc,
        ArcBorrow,
        Completion, //
    },
    time::Delta, //
};

use core::{
    mem::size_of,
    ptr::NonNull, //
};

/// How long a message in flight is waited for before it is aborted, and then another one.
///
/// Drivers may look at the last transfer when they are told to abort, so by then the message that
/// was aborted before should have been gone for long, and the next one should be under way.
const HURRY: Delta = Delta::from_millis(100);

/// Lets callers in until it is closed, and waits until the last of them has left.
#[pin_data]
pub(super) struct Gate {
    /// [`Gate::INSIDE`] for each caller inside, and [`Gate::CLOSED`].
    state: Atomic<i32>,
    #[pin]
    empty: Completion,
}

impl Gate {
    const CLOSED: i32 = 1;
    const INSIDE: i32 = 2;

    fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            state: Atomic::new(0),
            empty <- Completion::new(),
        })
    }

    /// Goes in, unless the gate is closed; returns whether. In any context.
    #[inline]
    pub(super) fn enter(&self) -> bool {
        if self.state.fetch_add(Self::INSIDE, Full) & Self::CLOSED != 0 {
            self.leave();
            return false;
        }
        true
    }

    /// Leaves again, once for each successful [`enter`](Self::enter). In any context.
    #[inline]
    pub(super) fn leave(&self) {
        if self.state.fetch_sub(Self::INSIDE, Full) == Self::INSIDE | Self::CLOSED {
            self.empty.complete_all();
        }
    }

    /// Closes the gate and waits until nobody is inside.
    ///
    /// This sleeps. It may be called again, and by several callers.
    pub(super) fn close(&self) {
        self.let_nobody_in();
        self.empty.wait_for_completion();
    }

    /// Closes the gate and waits until nobody is inside. Now and then it calls `hurry`, as long as
    /// that returns that it can do something.
    ///
    /// This sleeps. It may be called again, and by several callers.
    fn close_in_a_hurry(&self, hurry: impl Fn() -> bool) {
        self.let_nobody_in();
        while self.empty.wait_for_completion_timeout(HURRY).is_err() && hurry() {}
        self.empty.wait_for_completion();
    }

    fn let_nobody_in(&self) {
        let mut state = self.state.load(Relaxed);

        while state & Self::CLOSED == 0 {
            match self.state.cmpxchg(state, state | Self::CLOSED, Full) {
                Ok(0) => {
                    self.empty.complete_all();
                    break;
                }
                Ok(_) => break,
                Err(current) => state = current,
            }
        }
    }
}

/// What is under way for a device while it is bound to a driver.
///
/// There is one for each time that a device is bound, if it is needed. It is a resource of the
/// device (devres), hence there is one for a C driver's device as well.
///
/// Once unbinding has begun nothing can be submitted, and the callbacks of what is in flight have
/// returned; [`drain`] sees to that, before the data of a driver go. Prepared messages may be among
/// these data. Once the data are gone, no message can be released any more; what has begun to be
/// released is. Only then is the device unbound, and may its controller go.
#[pin_data]
pub(super) struct Anchor {
    /// Messages in flight, until their callbacks have returned.
    #[pin]
    pub(super) flights: Gate,
    /// Messages that are being released.
    #[pin]
    pub(super) releases: Gate,
}

impl Anchor {
    /// Returns the anchor of a device, and makes it if there is none yet.
    ///
    /// # Errors
    ///
    /// - `ENOMEM` if there is no memory.
    pub(super) fn of<Ctx: DeviceContext>(dev: &Device<Ctx>, flags: Flags) -> Result<Arc<Self>> {
        if let Some(anchor) = Self::find(dev) {
            return Ok(anchor);
        }

        let anchor = Arc::pin_init(
            pin_init!(Self {
                flights <- Gate::new(),
                releases <- Gate::new(),
            }),
            flags,
        )?;
        let resource = Resource::new(anchor, flags)?;
        Ok(resource.add_to(dev))
    }

    /// Returns the anchor of a device that is bound, or being unbound, if there is one.
    pub(super) fn find<Ctx: DeviceContext>(dev: &Device<Ctx>) -> Option<Arc<Self>> {
        // SAFETY: The device is valid.
        let found = unsafe {
            bindings::devres_find(
                &raw mut (*dev.as_raw()).dev,
                Some(release),
                None,
                core::ptr::null_mut(),
            )
        };
        let found = NonNull::new(found.cast())?;

        // SAFETY: What has `release()` for its release function is the content of a `Resource`. It
        // stays until the device is unbound, and the callers of this function call it before.
        Some(unsafe { shared(found) })
    }

    /// Waits for all that is under way, and refuses what comes. `dev` is that of the anchor.
    fn close<Ctx: DeviceContext>(&self, dev: &Device<Ctx>) {
        self.land(dev);
        self.releases.close();
    }

    /// Waits for what is in flight, and refuses what comes.
    ///
    /// If the controller is a target, the host that a message waits for may never come.
    fn land<Ctx: DeviceContext>(&self, dev: &Device<Ctx>) {
        self.flights.close_in_a_hurry(|| abort(dev));
    }
}

/// Aborts the message in flight, if there is one and the controller is a target; returns whether
/// that can be of use.
#[cfg(CONFIG_SPI_SLAVE)]
fn abort<Ctx: DeviceContext>(dev: &Device<Ctx>) -> bool {
    // SAFETY: The device is bound or being unbound, hence its controller is registered.
    let ctlr = unsafe { (*dev.as_raw()).controller };

    // SAFETY: As above. It does not change.
    if !unsafe { (*ctlr).__bindgen_anon_1.target } {
        return false;
    }

    // As `spi_controller_suspend()` does.
    //
    // SAFETY: As above. The core changes the field meanwhile, hence the volatile read.
    if unsafe { (&raw const (*ctlr).cur_msg).read_volatile() }.is_null() {
        return true;
    }

    // SAFETY: As above.
    let ret = unsafe { bindings::spi_target_abort(dev.as_raw()) };

    ret != ENOTSUPP.to_errno()
}

/// There are no targets.
#[cfg(not(CONFIG_SPI_SLAVE))]
fn abort<Ctx: DeviceContext>(_dev: &Device<Ctx>) -> bool {
    false
}

/// Waits for what is in flight for a device that is being unbound, and lets nothing follow.
///
/// This sleeps.
pub(super) fn drain<Ctx: DeviceContext>(dev: &Device<Ctx>) {
    if let Some(anchor) = Anchor::find(dev) {
        anchor.land(dev);
    }
}

/// Does what unbinding a device from its driver does, for one that is bound to none.
#[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
pub(super) fn close(dev: &Device) {
    if let Some(anchor) = Anchor::find(dev) {
        anchor.close(dev);
    }
}

/// Memory of the driver core's for one resource of a device; its content is an [`Anchor`].
///
/// # Invariants
///
/// It was allocated for [`release`], and holds a pointer of [`Arc::into_raw`].
struct Resource(NonNull<*const Anchor>);

impl Resource {
    fn new(anchor: Arc<Anchor>, flags: Flags) -> Result<Self> {
        // SAFETY: The name is a string that stays; the rest is plain data.
        let memory = unsafe {
            bindings::__devres_alloc_node(
                Some(release),
                size_of::<*const Anchor>(),
                flags.as_raw(),
                bindings::NUMA_NO_NODE,
                c"rust_spi_anchor".as_char_ptr(),
            )
        };
        let memory = NonNull::new(memory.cast()).ok_or(ENOMEM)?;

        // SAFETY: The memory is as large as a pointer, and aligned for any type.
        unsafe { memory.write(anchor.into_raw()) };

        // INVARIANT: Allocated and written just now.
        Ok(Self(memory))
    }

    /// Makes it a resource of the device, and returns its anchor; that of another one if there is
    /// one already.
    fn add_to<Ctx: DeviceContext>(self, dev: &Device<Ctx>) -> Arc<Anchor> {
        // SAFETY: By the type invariant, and the memory was not freed.
        let mine = unsafe { self.0.read() };

        // SAFETY: The device is valid. By the type invariant the memory is one of a resource that
        // was not added yet; it is freed if it is not needed.
        let used = unsafe {
            bindings::devres_get(
                &raw mut (*dev.as_raw()).dev,
                self.0.as_ptr().cast(),
                None,
                core::ptr::null_mut(),
            )
        };
        let used: *mut *const Anchor = used.cast();
        if !core::ptr::eq(used, self.0.as_ptr()) {
            // SAFETY: By the type invariant; the memory that held it is gone.
            drop(unsafe { Arc::from_raw(mine) });
        }

        // SAFETY: The function never returns null. The resource has `release()` for its release
        // function, and stays until the device is unbound.
        unsafe { shared(NonNull::new_unchecked(used)) }
    }
}

/// Takes another reference to the anchor in a resource.
///
/// # Safety
///
/// `resource` must be the content of a [`Resource`] that is not released meanwhile.
unsafe fn shared(resource: NonNull<*const Anchor>) -> Arc<Anchor> {
    // SAFETY: By the safety requirement.
    let anchor = unsafe { resource.read() };

    // SAFETY: By the type invariant of `Resource` it comes from `Arc::into_raw()`. By the safety
    // requirement the resource keeps its reference meanwhile.
    unsafe { ArcBorrow::from_raw(anchor) }.into()
}

/// Releases the resource, when a device has been unbound and the data of its driver are gone.
///
/// # Safety
///
/// Called by the driver core only, once, with the memory of a [`Resource`] and its device.
unsafe extern "C" fn release(dev: *mut bindings::device, memory: *mut c_void) {
    // SAFETY: By the safety requirement; only a `struct spi_device` has one.
    let dev = unsafe { container_of!(dev, bindings::spi_device, dev) };

    // SAFETY: As above, it is valid.
    let dev: &Device = unsafe { Device::from_raw(dev) };

    // SAFETY: By the safety requirement.
    let anchor = unsafe { memory.cast::<*const Anchor>().read() };

    // SAFETY: By the type invariant of `Resource`; nobody uses it after this.
    let anchor = unsafe { Arc::from_raw(anchor) };
    anchor.close(dev);
}
