// SPDX-License-Identifier: GPL-2.0

//! Stand-ins for a device, with settings of their own.

use super::SettingUp;
use crate::{
    bindings,
    device::Bound,
    error::to_result,
    prelude::*,
    spi::Device,
    sync::{
        atomic::{
            Acquire,
            Atomic,
            Relaxed,
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
    active: Arc<Atomic<usize>>,
}

/// The address of no proxy.
const NONE: usize = 0;

impl<'a> Original<'a> {
    /// Lets `dev` have proxies.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    pub fn new(dev: &'a Device<Bound>) -> Result<Self> {
        Ok(Self {
            dev,
            active: Arc::new(Atomic::new(NONE), GFP_KERNEL)?,
        })
    }
}

/// A second face of a bound device: the same chip select, with settings of its own.
///
/// The driver of a multiplexer is bound to one device on its parent's bus, and reaches several
/// chips through it. With a proxy for each of them the parent knows the settings of each, and what
/// it prepares for one never applies to another.
///
/// It is a `struct spi_device` that is never added to the bus, so no driver binds to it.
///
/// # Invariants
///
/// - `raw` is valid, and `self` owns the reference that its allocation gave. Its controller is that
///   of a device that is bound as long as `'a`.
/// - `set_up` is 1 only after a successful `spi_setup()`.
pub struct Proxy<'a> {
    raw: NonNull<bindings::spi_device>,
    /// 1 while a thread sets up the proxy.
    busy: Atomic<i32>,
    set_up: Atomic<i32>,
    active: Arc<Atomic<usize>>,
    _dev: PhantomData<&'a Device<Bound>>,
}

impl<'a> Proxy<'a> {
    /// Allocates a proxy of `original`.
    ///
    /// Nothing reaches the controller before [`setup`](Self::setup). This may sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    ///
    /// C function: `spi_alloc_device()`.
    pub fn new(original: &Original<'a>) -> Result<Self> {
        let dev = original.dev.as_raw();

        // SAFETY: The device is bound, hence its controller is registered.
        let raw = unsafe { bindings::spi_alloc_device((*dev).controller) };
        let raw = NonNull::new(raw).ok_or(ENOMEM)?;

        // INVARIANT: Just allocated. The controller stays while the device is bound.
        let this = Self {
            raw,
            busy: Atomic::new(0),
            set_up: Atomic::new(0),
            active: original.active.clone(),
            _dev: PhantomData,
        };

        let proxy = raw.as_ptr();
        // SAFETY: Both are valid, and nobody else knows `proxy`. The chip selects of a device do
        // not change, and their GPIO descriptors stay with the controller.
        unsafe {
            (*proxy).chip_select = (*dev).chip_select;
            (*proxy).num_chipselect = (*dev).num_chipselect;
            (*proxy).set_cs_index_mask((*dev).cs_index_mask());
            (*proxy).cs_gpiod = (*dev).cs_gpiod;
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
                bindings::dev_name(&raw const (*dev).dev),
            )
        })?;

        Ok(this)
    }

    /// Takes over the settings of `child`, and applies them on the controller.
    ///
    /// All settings that concern the wire: modes, speed, word size, delays, lanes and priority; not
    /// the chip select, which is made inactive. This sleeps.
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

            self.apply().inspect_err(|_| {
                // SAFETY: As above.
                unsafe { old.write(self.as_raw()) };
            })
        })
    }

    /// Has the controller use the settings of this proxy, if it was told those of another one
    /// since.
    ///
    /// The chip select is inactive then. The caller must see to it that no message to a proxy of
    /// the same device is in flight. This sleeps.
    ///
    /// # Errors
    ///
    /// - `ENXIO` if the proxy was never set up.
    /// - `EBUSY` if another thread is setting it up.
    /// - What else the controller's driver returns.
    ///
    /// C function: `spi_setup()`.
    #[inline]
    pub fn activate(&self) -> Result {
        if self.active.load(Relaxed) == self.address() {
            return Ok(());
        }
        self.activate_again()
    }

    #[cold]
    fn activate_again(&self) -> Result {
        if !self.is_set_up() {
            return Err(ENXIO);
        }
        self.exclusively(|| self.apply())
    }

    /// Tells the controller the settings. Must run exclusively.
    fn apply(&self) -> Result {
        // Whatever comes of it, the controller does not have the settings of the others any more.
        self.active.store(NONE, Relaxed);

        // SAFETY: By the type invariant `raw` is valid, and its controller is registered.
        to_result(unsafe { bindings::spi_setup(self.as_raw()) })?;

        // INVARIANT: Just set up successfully.
        // ORDERING: What the controller has stored in the device comes first.
        self.set_up.store(1, Release);
        self.active.store(self.address(), Relaxed);
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

    #[inline]
    fn as_raw(&self) -> *mut bindings::spi_device {
        self.raw.as_ptr()
    }

    /// Views the proxy as a device that can be sent to.
    #[inline]
    pub(super) fn as_device(&self) -> &Device<Bound> {
        // SAFETY: By the type invariant `raw` is valid. No driver is bound to it, but all that
        // `Bound` stands for holds: the controller is registered while the original is bound.
        unsafe { Device::from_raw(self.as_raw()) }
    }
}

impl Drop for Proxy<'_> {
    fn drop(&mut self) {
        let raw = self.as_raw();

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

        // SAFETY: `self` owns a reference.
        unsafe { bindings::put_device(&raw mut (*raw).dev) };
    }
}

// SAFETY: A `struct spi_device` has no ties to a thread.
unsafe impl Send for Proxy<'_> {}

// SAFETY: The functions that take `&self` are synchronized by the SPI core, as those of a device,
// and by `exclusively()`.
unsafe impl Sync for Proxy<'_> {}

/// The settings of a device that concern the wire, but for the chip select.
#[derive(Clone, Copy)]
struct WireSettings {
    mode: u32,
    max_speed_hz: u32,
    bits_per_word: u8,
    rt: bool,
    word_delay: bindings::spi_delay,
    cs_setup: bindings::spi_delay,
    cs_hold: bindings::spi_delay,
    cs_inactive: bindings::spi_delay,
    tx_lane_map: [u8; LANES],
    num_tx_lanes: u8,
    rx_lane_map: [u8; LANES],
    num_rx_lanes: u8,
}

// CAST: A small constant.
const LANES: usize = bindings::SPI_DEVICE_DATA_LANE_CNT_MAX as usize;

impl WireSettings {
    /// # Safety
    ///
    /// `spi` must be valid, and no other thread may change its settings.
    unsafe fn read(spi: *const bindings::spi_device) -> Self {
        // SAFETY: By the safety requirements.
        unsafe {
            Self {
                mode: (*spi).mode,
                max_speed_hz: (*spi).max_speed_hz,
                bits_per_word: (*spi).bits_per_word,
                rt: (*spi).rt,
                word_delay: (*spi).word_delay,
                cs_setup: (*spi).cs_setup,
                cs_hold: (*spi).cs_hold,
                cs_inactive: (*spi).cs_inactive,
                tx_lane_map: (*spi).tx_lane_map,
                num_tx_lanes: (*spi).num_tx_lanes,
                rx_lane_map: (*spi).rx_lane_map,
                num_rx_lanes: (*spi).num_rx_lanes,
            }
        }
    }

    /// # Safety
    ///
    /// `spi` must be valid, and no other thread may change its settings.
    unsafe fn write(self, spi: *mut bindings::spi_device) {
        // SAFETY: By the safety requirement.
        unsafe {
            (*spi).mode = self.mode;
            (*spi).max_speed_hz = self.max_speed_hz;
            (*spi).bits_per_word = self.bits_per_word;
            (*spi).rt = self.rt;
            (*spi).word_delay = self.word_delay;
            (*spi).cs_setup = self.cs_setup;
            (*spi).cs_hold = self.cs_hold;
            (*spi).cs_inactive = self.cs_inactive;
            (*spi).tx_lane_map = self.tx_lane_map;
            (*spi).num_tx_lanes = self.num_tx_lanes;
            (*spi).rx_lane_map = self.rx_lane_map;
            (*spi).num_rx_lanes = self.num_rx_lanes;
        }
    }
}
