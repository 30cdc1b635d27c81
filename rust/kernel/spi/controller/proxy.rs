// SPDX-License-Identifier: GPL-2.0

//! Stand-ins for a device, with settings of their own.

use super::{
    last::Last,
    wire_settings::WireSettings,
    SettingUp, //
};
use crate::{
    bindings,
    device::Bound,
    error::to_result,
    prelude::*,
    spi::Device,
    sync::{
        aref::ARef,
        atomic::{
            Acquire,
            Atomic,
            Release, //
        },
        Arc, //
    }, //
};

use core::{
    marker::PhantomData,
    ptr::{
        self,
        NonNull, //
    }, //
};

/// A bound device that several [`Proxy`]s stand in for.
///
/// They share its chip select, and controllers keep settings by chip select. So this knows which of
/// them the controller was told about last.
pub struct Original<'a> {
    dev: &'a Device<Bound>,
    last: Arc<Last>,
}

impl<'a> Original<'a> {
    /// Lets `dev` have proxies.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    pub fn new(dev: &'a Device<Bound>) -> Result<Self> {
        Ok(Self {
            dev,
            last: Arc::new(Last::none(), GFP_KERNEL)?,
        })
    }
}

/// A second face of a bound device: the same chip select, with settings of its own.
///
/// The driver of a multiplexer is bound to one device on its parent's bus, and reaches several
/// chips through it. With a proxy for each of them the parent knows the settings of each, and what
/// it prepares for one never applies to another.
///
/// It is a `struct spi_device` that is never added to the bus, so no driver binds to it. What the
/// parent counts of its messages it counts for the chip, and it calls it by the name of the chip.
///
/// # Invariants
///
/// - `raw` is valid, and `self` owns the reference that its allocation gave. Its controller is that
///   of a device that is bound as long as `'a`.
/// - `sender` is `raw` or that device.
/// - `set_up` is 1 only after a successful `spi_setup()`.
/// - The statistics of `raw` are those of `_child`; `statistics` are its own.
pub struct Proxy<'a> {
    raw: NonNull<bindings::spi_device>,
    last: Arc<Last>,
    sender: NonNull<bindings::spi_device>,
    _child: ARef<Device>,
    statistics: *mut bindings::spi_statistics,
    /// 1 while a thread sets up the proxy.
    busy: Atomic<i32>,
    set_up: Atomic<i32>,
    _original: PhantomData<&'a Device<Bound>>,
}

impl<'a> Proxy<'a> {
    /// Allocates a proxy of `original`, for `child`, whose lanes it has.
    ///
    /// Nothing reaches the controller before [`setup`](Self::setup). This may sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    ///
    /// C function: `spi_alloc_device()`.
    pub fn new(original: &Original<'a>, child: &Device) -> Result<Self> {
        let dev = original.dev.as_raw();

        // SAFETY: The device is bound, hence its controller is registered.
        let raw = unsafe { bindings::spi_alloc_device((*dev).controller) };
        let raw = NonNull::new(raw).ok_or(ENOMEM)?;

        let proxy = raw.as_ptr();

        // INVARIANT: Just allocated. The statistics are exchanged below.
        let this = Self {
            raw,
            last: original.last.clone(),
            // SAFETY: The device is bound, hence its controller is registered.
            sender: if unsafe { (*(*dev).controller).queued } {
                NonNull::from(original.dev).cast()
            } else {
                raw
            },
            _child: child.into(),
            // SAFETY: `proxy` is valid.
            statistics: unsafe { (*proxy).pcpu_statistics },
            busy: Atomic::new(0),
            set_up: Atomic::new(0),
            _original: PhantomData,
        };

        // INVARIANT: As it has to be; `drop()` takes it back.
        //
        // SAFETY: Both are valid, and nobody else knows `proxy`.
        unsafe { (*proxy).pcpu_statistics = (*child.as_raw()).pcpu_statistics };

        // SAFETY: Both are valid, and nobody else knows `proxy`. The chip selects of a device do
        // not change, and their GPIO descriptors stay with the controller.
        unsafe {
            (*proxy).chip_select = (*dev).chip_select;
            (*proxy).num_chipselect = (*dev).num_chipselect;
            (*proxy).set_cs_index_mask((*dev).cs_index_mask());
            (*proxy).cs_gpiod = (*dev).cs_gpiod;
        }

        // The other controller may look at the lanes at any time, so they don't come with settings
        // that change later.
        //
        // SAFETY: As above. The lanes of a device do not change.
        unsafe {
            (*proxy).tx_lane_map = (*child.as_raw()).tx_lane_map;
            (*proxy).num_tx_lanes = (*child.as_raw()).num_tx_lanes;
            (*proxy).rx_lane_map = (*child.as_raw()).rx_lane_map;
            (*proxy).num_rx_lanes = (*child.as_raw()).num_rx_lanes;
        }

        // The polarity of a chip select and properties for the controller come from the node. It is
        // borrowed from the original, and given back in `drop()`.
        //
        // SAFETY: As above.
        unsafe { bindings::device_set_node(&raw mut (*proxy).dev, (*dev).dev.fwnode) };

        // The core and controllers name the device when they complain.
        //
        // SAFETY: As above; the name is copied.
        to_result(unsafe {
            bindings::dev_set_name(
                &raw mut (*proxy).dev,
                c"%s".as_char_ptr(),
                bindings::dev_name(&raw const (*child.as_raw()).dev),
            )
        })?;

        Ok(this)
    }

    /// Takes over the settings of `child`, and applies them on the controller.
    ///
    /// All settings that concern the wire and may change: modes, speed, word size, delays and
    /// priority; not the chip select, which is made inactive. This sleeps.
    ///
    /// # Errors
    ///
    /// - `EBUSY` if another thread is setting up the same proxy.
    /// - `EINVAL` if the controller does not support the settings.
    /// - What else the controller's driver returns.
    ///
    /// The proxy has the settings of the last successful call then, if there was one.
    ///
    /// C function: `spi_setup()`.
    pub fn setup(&self, child: &SettingUp<'_>) -> Result {
        self.exclusively(|| {
            // SAFETY: By the type invariant `raw` is valid.
            let old = unsafe { WireSettings::read(self.as_raw()) };

            // SAFETY: `child` is valid, and `SettingUp` says that nobody changes its settings.
            let new = unsafe { WireSettings::read(child.as_raw()) };

            // SAFETY: By the type invariant `raw` is valid, and this runs exclusively.
            unsafe { new.write(self.as_raw()) };

            let result = self.apply();
            if result.is_err() {
                // SAFETY: As above.
                unsafe { old.write(self.as_raw()) };

                if self.is_set_up() && self.as_device().is_set_up_in_steps() {
                    // The controller may prepare messages with the new settings. If it does not
                    // take the old ones, the error that it was about says more than this one.
                    let _ = self.apply();
                }
            }
            result
        })
    }

    /// Has the controller use the settings of this proxy, if it was told those of another one
    /// since; the chip select is inactive then.
    ///
    /// Returns whether the last message was one to this proxy, and did not
    /// [leave the chip select active](Self::leave_active).
    ///
    /// The caller must see to it that no message to a proxy of the same device is in flight. This
    /// sleeps.
    ///
    /// # Errors
    ///
    /// - `ENXIO` if the proxy was never set up.
    /// - `EBUSY` if another thread is setting it up.
    /// - What else the controller's driver returns.
    ///
    /// C function: `spi_setup()`.
    #[inline]
    pub(super) fn activate(&self) -> Result<bool> {
        if self.last.is_active(self.address()) {
            return Ok(true);
        }
        self.activate_again()?;
        Ok(false)
    }

    #[cold]
    fn activate_again(&self) -> Result {
        if !self.last.was_told(self.address()) {
            if !self.is_set_up() {
                return Err(ENXIO);
            }
            self.exclusively(|| self.apply())?;
        }
        self.last.leave(0);
        Ok(())
    }

    /// Tells that the last message to this proxy has left the chip select active.
    #[cold]
    pub(super) fn leave_active(&self) {
        self.last.leave(self.address());
    }

    /// Makes the chip select inactive if the last message to any proxy of the same device was one
    /// to this proxy that has left it active.
    ///
    /// Returns whether that was so and has succeeded; what was kept for the next message is not
    /// needed any more. A proxy that is dropped retires by itself, so this is for
    /// [`cleanup`](super::Operations::cleanup), while no message is in flight; nor may there be one
    /// to another proxy of the same device. This sleeps.
    ///
    /// C function: `spi_setup()`.
    pub fn retire(&self) -> bool {
        let address = self.address();
        let told = self.last.was_told(address);
        let left = self.last.was_left_by(address);

        // Settings of another proxy have made it inactive, if they were not refused: then nobody is
        // the last one. The core logs an error; the next message to another proxy tries again.
        let is_in_doubt = left && (told || self.last.was_told(0));
        let is_inactive = !is_in_doubt || self.exclusively(|| self.apply()).is_ok();

        // The next message to another proxy is not one that goes on, and nobody takes another proxy
        // for this one.
        if left {
            self.last.leave(0);
        }
        if left || told {
            self.last.tell(0);
        }
        left && is_inactive
    }

    /// Tells the controller the settings. Must run exclusively.
    fn apply(&self) -> Result {
        // Whatever comes of it, the controller does not have the settings of the others any more.
        self.last.tell(0);

        // SAFETY: By the type invariant `raw` is valid, and its controller is registered.
        to_result(unsafe { bindings::spi_setup(self.as_raw()) })?;

        // INVARIANT: Just set up successfully.
        // ORDERING: What the controller has stored in the device comes first.
        self.set_up.store(1, Release);
        self.last.tell(self.address());
        Ok(())
    }

    /// Runs `f` unless another thread is here; the SPI core expects one `spi_setup()` at a time.
    fn exclusively(&self, f: impl FnOnce() -> Result) -> Result {
        // ORDERING: What `f` does stays between taking and giving back.
        if self.busy.xchg(1, Acquire) == 1 {
            return Err(EBUSY);
        }
        let result = f();
        // ORDERING: See above.
        self.busy.store(0, Release);

        result
    }

    /// Returns whether the controller has ever been told of the proxy.
    #[inline]
    pub(super) fn is_set_up(&self) -> bool {
        // ORDERING: Pairs with `apply()`.
        self.set_up.load(Acquire) == 1
    }

    /// Returns what tells the proxies of a device apart, as long as they exist.
    #[inline]
    fn address(&self) -> usize {
        self.raw.addr().get()
    }

    /// Returns the length of the longest transfer that the controller does in one piece, in bytes.
    #[inline]
    pub fn max_transfer_size(&self) -> usize {
        self.as_device().max_transfer_size()
    }

    /// Returns the length of the longest message that the controller can send, in bytes.
    #[inline]
    pub fn max_message_size(&self) -> usize {
        self.as_device().max_message_size()
    }

    /// Describes the memory that is behind the proxy, as `original` is described to us.
    ///
    /// # Safety
    ///
    /// `original` must be valid.
    pub(super) unsafe fn memory(&self, original: *const bindings::spi_mem) -> bindings::spi_mem {
        bindings::spi_mem {
            spi: self.as_raw(),
            // SAFETY: By the safety requirement.
            name: unsafe { (*original).name },
            // SAFETY: As above.
            dqs: unsafe { (*original).dqs },
            ..pin_init::zeroed()
        }
    }

    /// Runs `f`, which sends something to the proxy that is counted for the chip elsewhere.
    pub(super) fn without_counting<R>(&self, f: impl FnOnce() -> R) -> R {
        // SAFETY: By the type invariant `raw` is valid.
        let statistics = unsafe { &raw mut (*self.as_raw()).pcpu_statistics };

        // SAFETY: As above; one message or operation is sent after the
        // other.
        let counted = unsafe { statistics.replace(self.statistics) };
        let result = f();
        // SAFETY: As above.
        unsafe { statistics.write(counted) };

        result
    }

    /// Returns in whose name messages to the proxy are sent.
    ///
    /// The calls that send them are counted for the original: the child's driver has made calls of
    /// its own. Only a controller that has no queue looks at more than the controller of the device
    /// that is sent to, other than in the message.
    #[inline]
    pub(super) fn sender(&self) -> &Device<Bound> {
        // SAFETY: By the type invariant it is valid, and what `Bound` stands for holds, see
        // `as_device()`.
        unsafe { Device::from_raw(self.sender.as_ptr()) }
    }

    #[inline]
    fn as_raw(&self) -> *mut bindings::spi_device {
        self.raw.as_ptr()
    }

    /// Views the proxy as a device that can be sent to.
    #[inline]
    pub(in crate::spi) fn as_device(&self) -> &Device<Bound> {
        // SAFETY: By the type invariant `raw` is valid. No driver is bound to it, but all that
        // `Bound` stands for holds: the controller is registered while the original is bound.
        unsafe { Device::from_raw(self.as_raw()) }
    }
}

impl Drop for Proxy<'_> {
    fn drop(&mut self) {
        let raw = self.as_raw();

        self.retire();

        // SAFETY: By the type invariant `raw` is valid, and its controller is registered.
        let cleanup = unsafe { (*(*raw).controller).cleanup };

        // A first `spi_setup()` may have failed after the controller had stored something.
        //
        // SAFETY: As above; no other thread uses the proxy.
        let known = self.is_set_up() || unsafe { !(*raw).controller_state.is_null() };

        // What `spi_unregister_device()` does for a device that was added.
        if let (true, Some(cleanup)) = (known, cleanup) {
            // SAFETY: `raw` is valid; no message of the proxy is in flight or optimized, as all of
            // them borrow it.
            unsafe { cleanup(raw) };
        }

        // Somebody may keep the device, but the node is only there as long as the original.
        //
        // SAFETY: `raw` is valid.
        unsafe { bindings::device_set_node(&raw mut (*raw).dev, ptr::null_mut()) };

        // Likewise, and whoever frees the device frees the statistics that it has.
        //
        // SAFETY: `raw` is valid, and no message of it is in flight.
        unsafe { (*raw).pcpu_statistics = self.statistics };

        // SAFETY: `self` owns a reference.
        unsafe { bindings::put_device(&raw mut (*raw).dev) };
    }
}

// SAFETY: A `struct spi_device` has no ties to a thread.
unsafe impl Send for Proxy<'_> {}

// SAFETY: The functions that take `&self` are synchronized by the SPI core, as those of a device,
// and by `exclusively()`.
unsafe impl Sync for Proxy<'_> {}
