// SPDX-License-Identifier: GPL-2.0

//! Stand-ins for a device, with settings of their own.

use crate::{
    bindings,
    device::Bound,
    error::to_result,
    prelude::*,
    spi::Device,
    sync::atomic::{
        Acquire,
        Atomic,
        Relaxed,
        Release, //
    }, //
};

use core::{
    marker::PhantomData,
    ptr::NonNull, //
};

/// A second face of a bound device: the same chip select, with settings of its own.
///
/// The driver of a multiplexer is bound to one device on its parent's bus, and reaches several chips
/// through it. With a proxy for each of them the parent knows the settings of each; there is nothing
/// to switch between two messages, and what the parent prepares for one never applies to another.
///
/// It is a `struct spi_device` that is never added to the bus, so no driver binds to it.
///
/// # Invariants
///
/// `raw` is valid, `self` owns the reference that its allocation gave, and nobody else holds one.
/// Its controller is that of a device that is bound as long as `'a`.
///
/// `state` is [`SET_UP`] only after a successful `spi_setup()`.
pub struct Proxy<'a> {
    raw: NonNull<bindings::spi_device>,
    state: Atomic<i32>,
    _dev: PhantomData<&'a Device<Bound>>,
}

/// The controller does not know the proxy yet.
const NEW: i32 = 0;
/// A thread is in [`Proxy::setup`].
const BUSY: i32 = 1;
/// The controller has been told the settings of the proxy.
const SET_UP: i32 = 2;

impl<'a> Proxy<'a> {
    /// Allocates a proxy of `dev`, with the settings that `dev` has now.
    ///
    /// Nothing reaches the controller before [`setup`](Self::setup). This may sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    ///
    /// C function: `spi_alloc_device()`.
    pub fn new(dev: &'a Device<Bound>) -> Result<Self> {
        let original = dev.as_raw();

        // SAFETY: `dev` is bound, hence its controller is registered.
        let raw = unsafe { bindings::spi_alloc_device((*original).controller) };
        let raw = NonNull::new(raw).ok_or(ENOMEM)?;

        // INVARIANT: Just allocated. The controller of `dev` stays while it is bound.
        let this = Self {
            raw,
            state: Atomic::new(NEW),
            _dev: PhantomData,
        };

        let proxy = raw.as_ptr();
        // SAFETY: Both are valid, and nobody else knows `proxy`. The chip selects of `dev` do not
        // change, and their GPIO descriptors stay with the controller.
        unsafe {
            (*proxy).chip_select = (*original).chip_select;
            (*proxy).num_chipselect = (*original).num_chipselect;
            (*proxy).set_cs_index_mask((*original).cs_index_mask());
            (*proxy).cs_gpiod = (*original).cs_gpiod;
        }

        // The polarity of a chip select and properties for the controller come from the node. It is
        // borrowed: `dev`, which holds it, outlives the proxy.
        //
        // SAFETY: As above.
        unsafe { bindings::device_set_node(&raw mut (*proxy).dev, (*original).dev.fwnode) };

        // The core and controllers name the device when they complain.
        //
        // SAFETY: As above; the name is copied.
        to_result(unsafe {
            bindings::dev_set_name(
                &raw mut (*proxy).dev,
                c"%s".as_char_ptr(),
                bindings::dev_name(&raw const (*original).dev),
            )
        })?;

        Ok(this)
    }

    /// Takes over the settings of `child`, and applies them on the controller.
    ///
    /// All settings that concern the wire: modes, speed, word size, delays, lanes and priority; not
    /// the chip select. This sleeps.
    ///
    /// # Errors
    ///
    /// - `EBUSY` if another thread is setting up the same proxy.
    /// - `EINVAL` if the controller does not support them.
    /// - What else the controller's driver returns.
    ///
    /// The proxy has its old settings then, and they apply.
    ///
    /// C function: `spi_setup()`.
    pub fn setup(&self, child: &Device) -> Result {
        // ORDERING: The settings are written between taking and giving back `BUSY`.
        let before = self.state.xchg(BUSY, Acquire);
        if before == BUSY {
            return Err(EBUSY);
        }

        let result = self.take_over(child, before);

        // INVARIANT: `SET_UP` if `spi_setup()` succeeded now, or before.
        let after = if result.is_ok() { SET_UP } else { before };
        // ORDERING: See above.
        self.state.store(after, Release);

        result
    }

    fn take_over(&self, child: &Device, before: i32) -> Result {
        // SAFETY: By the type invariant `raw` is valid.
        let old = unsafe { WireSettings::read(self.as_raw()) };

        // SAFETY: `child` is valid.
        let new = unsafe { WireSettings::read(child.as_raw()) };

        self.apply(new).inspect_err(|_| {
            if before == SET_UP {
                // The error that matters is the first one. The old settings were fine before.
                let _ = self.apply(old);
            }
        })
    }

    fn apply(&self, settings: WireSettings) -> Result {
        // SAFETY: By the type invariant `raw` is valid. `BUSY` keeps other threads out.
        unsafe { settings.write(self.as_raw()) };

        // SAFETY: As above; its controller is registered.
        to_result(unsafe { bindings::spi_setup(self.as_raw()) })
    }

    /// Returns the length of the longest transfer that the controller does in one piece, in bytes.
    #[inline]
    pub fn max_transfer_size(&self) -> usize {
        // SAFETY: By the type invariant `raw` is valid, and its controller is registered.
        unsafe { bindings::spi_max_transfer_size(self.as_raw()) }
    }

    /// Returns the length of the longest message that the controller can send, in bytes.
    #[inline]
    pub fn max_message_size(&self) -> usize {
        // SAFETY: By the type invariant `raw` is valid, and its controller is registered.
        unsafe { bindings::spi_max_message_size(self.as_raw()) }
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

        // What `spi_unregister_device()` does for a device that was added. A controller that has
        // refused the first setup expects no cleanup.
        //
        // ORDERING: `&mut self` excludes other threads.
        if let (SET_UP, Some(cleanup)) = (self.state.load(Relaxed), cleanup) {
            // SAFETY: `raw` is valid; no message of the proxy is in flight or optimized, as all of
            // them borrow it.
            unsafe { cleanup(raw) };
        }

        // SAFETY: `self` owns a reference.
        unsafe { bindings::put_device(&raw mut (*raw).dev) };
    }
}

// SAFETY: A `struct spi_device` has no ties to a thread.
unsafe impl Send for Proxy<'_> {}

// SAFETY: The functions that take `&self` are synchronized by the SPI core, as those of a device.
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
    /// `spi` must be valid.
    unsafe fn read(spi: *const bindings::spi_device) -> Self {
        // SAFETY: By the safety requirement. Whoever changes the settings of a device does so before
        // `spi_setup()`, which is where this is called from.
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
