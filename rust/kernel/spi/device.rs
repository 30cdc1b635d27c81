// SPDX-License-Identifier: GPL-2.0

//! Devices on an SPI bus.

mod controller_ref;
mod copying;
mod mode;
mod statistics;

pub use self::{
    controller_ref::ControllerRef,
    mode::{
        Mode,
        Modes,
        Settings, //
    },
    statistics::Statistics, //
};

use super::{
    speed,
    Delay, //
};
use crate::{
    bindings,
    container_of,
    device::{
        self,
        Bound,
        Core, //
    },
    error::to_result,
    irq::IrqRequest,
    prelude::*,
    sync::aref::AlwaysRefCounted,
    types::Opaque, //
};

use core::{
    marker::PhantomData,
    mem::offset_of,
    ptr::NonNull, //
};

/// A device on an SPI bus, a chip that a controller can select.
///
/// What exchanges data is there only for a device that is bound to a driver.
///
/// # Examples
///
/// What a driver may do in probe:
///
/// ```
/// use kernel::{
///     clk::Hertz,
///     device::Core,
///     prelude::*,
///     spi::{
///         self,
///         Delay,
///         Mode,
///         Settings, //
///     }, //
/// };
///
/// fn set_up(dev: &spi::Device<Core<'_>>) -> Result {
///     let old = dev.settings();
///     dev.setup(Settings {
///         modes: old.modes | Mode::ClockPhase,
///         max_speed: Hertz::from_mhz(5),
///         bits_per_word: 16,
///         word_delay: Delay::from_nanos(100),
///         ..old
///     })?;
///     assert_eq!(dev.bits_per_word(), 16);
///
///     // Blocks of half a kilobyte, if the controller can do them at once.
///     let block = dev.max_transfer_size().min(dev.max_message_size()).min(512);
///     dev_dbg!(dev, "{block} bytes, aligned to {}\n", dev.dma_alignment());
///     dev_dbg!(dev, "chip select {} of {:?}\n", dev.chip_select(), dev.chip_selects());
///     dev_dbg!(dev, "lanes: {:?} in, {:?} out\n", dev.rx_lanes(), dev.tx_lanes());
///
///     match dev.irq() {
///         Ok(_request) => dev_dbg!(dev, "it has an interrupt\n"),
///         Err(error) if error == ENXIO => dev_dbg!(dev, "it is polled\n"),
///         Err(error) => return Err(error),
///     }
///     Ok(())
/// }
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// # set_up(dev)?;
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// A [`Device`] instance represents a valid `struct spi_device` created by the C portion of the
/// kernel.
#[repr(transparent)]
pub struct Device<Ctx: device::DeviceContext = device::Normal>(
    Opaque<bindings::spi_device>,
    PhantomData<Ctx>,
);

impl<Ctx: device::DeviceContext> Device<Ctx> {
    #[inline]
    pub(super) fn as_raw(&self) -> *mut bindings::spi_device {
        self.0.get()
    }

    /// Borrows the device behind a C pointer.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a valid `struct spi_device` for as long as `'a`, and what `Ctx` says of
    /// the device must be true as long.
    #[inline]
    pub(super) unsafe fn from_raw<'a>(ptr: *mut bindings::spi_device) -> &'a Self {
        // SAFETY: `Device` is a transparent wrapper of `struct spi_device`; the rest is the safety
        // requirement of this function.
        unsafe { &*ptr.cast() }
    }

    /// Returns the number of the chip select that the device is on; the first one, if it has more.
    #[inline]
    pub fn chip_select(&self) -> u8 {
        // SAFETY: By the type invariant the pointer is valid. The field is not changed once the
        // device has been added.
        unsafe { (*self.as_raw()).chip_select[0] }
    }

    /// Returns the controller's lanes that the device sends on, in the order of its own lanes.
    ///
    /// There is one at least.
    ///
    /// C fields: `rx_lane_map` and `num_rx_lanes` of `struct spi_device`.
    #[inline]
    pub fn rx_lanes(&self) -> &[u8] {
        let raw = self.as_raw();

        // SAFETY: By the type invariant the pointer is valid. The fields are not changed once the
        // device has been added.
        let (lanes, count) = unsafe { (&(*raw).rx_lane_map, (*raw).num_rx_lanes) };

        // A device that firmware does not describe has no number; it uses the first lane.
        lanes.get(..usize::from(count.max(1))).unwrap_or(lanes)
    }

    /// Returns the controller's lanes that the device receives on, in the order of its own lanes.
    ///
    /// There is one at least.
    ///
    /// C fields: `tx_lane_map` and `num_tx_lanes` of `struct spi_device`.
    #[inline]
    pub fn tx_lanes(&self) -> &[u8] {
        let raw = self.as_raw();

        // SAFETY: As in `rx_lanes()`.
        let (lanes, count) = unsafe { (&(*raw).tx_lane_map, (*raw).num_tx_lanes) };

        lanes.get(..usize::from(count.max(1))).unwrap_or(lanes)
    }

    /// Returns the current settings.
    pub fn settings(&self) -> Settings {
        let raw = self.as_raw();

        // SAFETY: By the type invariant the pointer is valid. Drivers may call `spi_setup()`
        // meanwhile, hence the volatile read.
        let modes = unsafe { (&raw const (*raw).mode).read_volatile() };

        // SAFETY: As above.
        let max_speed_hz = unsafe { (&raw const (*raw).max_speed_hz).read_volatile() };

        // SAFETY: As above.
        let word_delay = unsafe { (&raw const (*raw).word_delay).read_volatile() };

        // SAFETY: As above.
        let cs_setup = unsafe { (&raw const (*raw).cs_setup).read_volatile() };

        // SAFETY: As above.
        let cs_hold = unsafe { (&raw const (*raw).cs_hold).read_volatile() };

        // SAFETY: As above.
        let cs_inactive = unsafe { (&raw const (*raw).cs_inactive).read_volatile() };

        // SAFETY: As above.
        let realtime = unsafe { (&raw const (*raw).rt).read_volatile() };

        Settings {
            modes: Modes::from_raw(modes),
            max_speed: speed::from_hz(max_speed_hz),
            bits_per_word: self.bits_per_word(),
            word_delay: Delay::from_raw(word_delay),
            cs_setup: Delay::from_raw(cs_setup),
            cs_hold: Delay::from_raw(cs_hold),
            cs_inactive: Delay::from_raw(cs_inactive),
            realtime,
        }
    }

    /// Returns the number of bits in a word, where a transfer does not say otherwise.
    ///
    /// C field: `bits_per_word` of `struct spi_device`.
    #[inline]
    pub fn bits_per_word(&self) -> u8 {
        // SAFETY: By the type invariant the pointer is valid. Drivers may call `spi_setup()`
        // meanwhile, hence the volatile read.
        unsafe { (&raw const (*self.as_raw()).bits_per_word).read_volatile() }
    }

    /// Returns the numbers of all chip selects that the device is on.
    #[inline]
    pub fn chip_selects(&self) -> &[u8] {
        let raw = self.as_raw();

        // SAFETY: By the type invariant the pointer is valid. The fields are not changed once the
        // device has been added.
        let (all, count) = unsafe { (&(*raw).chip_select, (*raw).num_chipselect) };

        all.get(..usize::from(count)).unwrap_or(all)
    }
}

impl Device<Bound> {
    /// Returns the controller of the device, and what it can do.
    #[inline]
    pub fn controller(&self) -> ControllerRef<'_> {
        ControllerRef::new(self)
    }

    /// Returns the interrupt that firmware describes for the device.
    ///
    /// # Errors
    ///
    /// - `ENXIO` if there is none.
    ///
    /// C field: `irq` of `struct spi_device`.
    pub fn irq(&self) -> Result<IrqRequest<'_>> {
        // SAFETY: By the type invariant the pointer is valid. The field is set before a driver's
        // probe is called, and not changed while it is bound.
        let irq = unsafe { (*self.as_raw()).irq };
        let irq = u32::try_from(irq).map_err(|_| ENXIO)?;
        if irq == 0 {
            return Err(ENXIO);
        }

        // SAFETY: The bus has found the interrupt for this device.
        Ok(unsafe { IrqRequest::new(self.as_ref(), irq) })
    }

    /// Returns the alignment in bytes, a power of two, that the controller asks of buffers for DMA;
    /// at least 1.
    ///
    /// [`Buffer::zeroed_for`](super::Buffer::zeroed_for) makes buffers of this alignment.
    ///
    /// C field: `dma_alignment` of `struct spi_controller`.
    #[inline]
    pub fn dma_alignment(&self) -> usize {
        self.controller().dma_alignment()
    }

    /// Has a controller that is a target give up the message that it waits in; the sender gets an
    /// error.
    ///
    /// # Errors
    ///
    /// - `ENOTSUPP` if the controller is no target, or can't.
    ///
    /// The function exists only in kernels in which controllers can be targets
    /// (`CONFIG_SPI_SLAVE`).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(CONFIG_SPI_SLAVE)]
    /// # {
    /// use kernel::{
    ///     device::Bound,
    ///     prelude::*,
    ///     spi, //
    /// };
    ///
    /// /// What a thread that waits for the host is woken with.
    /// fn stop(dev: &spi::Device<Bound>) -> Result {
    ///     dev.abort_target()
    /// }
    /// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
    /// # kernel::spi::with_example_device(|dev| {
    /// # assert_eq!(stop(dev), Err(ENOTSUPP));
    /// # Ok(())
    /// # })?;
    /// # }
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// C function: `spi_target_abort()`.
    #[cfg(CONFIG_SPI_SLAVE)]
    #[inline]
    pub fn abort_target(&self) -> Result {
        // SAFETY: The device is bound, hence its controller is registered.
        to_result(unsafe { bindings::spi_target_abort(self.as_raw()) })
    }

    /// Returns what the core has counted for the device.
    ///
    /// To be called in task context: on 32-bit machines an interrupt would wait for the count that
    /// it interrupts.
    #[inline]
    pub fn statistics(&self) -> Statistics {
        // SAFETY: By the type invariant the pointer is valid, and the counters are there as long as
        // the device is.
        unsafe { Statistics::read((*self.as_raw()).pcpu_statistics) }
    }

    /// Returns the length of the longest transfer that the controller does in one piece, in bytes.
    ///
    /// Longer transfers are split. [`usize::MAX`] if there is no limit.
    ///
    /// C function: `spi_max_transfer_size()`.
    #[inline]
    pub fn max_transfer_size(&self) -> usize {
        // SAFETY: The device is bound, hence its controller is registered.
        unsafe { bindings::spi_max_transfer_size(self.as_raw()) }
    }

    /// Returns the length of the longest message that the controller can send, in bytes.
    ///
    /// [`usize::MAX`] if there is no limit.
    ///
    /// C function: `spi_max_message_size()`.
    #[inline]
    pub fn max_message_size(&self) -> usize {
        // SAFETY: The device is bound, hence its controller is registered.
        unsafe { bindings::spi_max_message_size(self.as_raw()) }
    }

    /// Returns whether `spi_setup()` can fail after the controller was told the settings: when it
    /// sets the timing of the chip select, or wakes the controller to make that inactive.
    pub(super) fn is_set_up_in_steps(&self) -> bool {
        // SAFETY: The device is bound, hence its controller is registered; the operations do not
        // change.
        unsafe {
            let ctlr = (*self.as_raw()).controller;
            (*ctlr).set_cs_timing.is_some() || ((*ctlr).auto_runtime_pm && (*ctlr).set_cs.is_some())
        }
    }
}

impl Device<Core<'_>> {
    /// Changes the settings.
    ///
    /// They apply to messages that are sent unprepared, or optimized, from now on. This sleeps.
    ///
    /// # Errors
    ///
    /// The settings are what they were after each of them, for the controller as well.
    ///
    /// - `EINVAL` if the controller does not support a mode or the word size, or modes exclude each
    ///   other.
    /// - What else the controller's driver returns.
    ///
    /// C function: `spi_setup()`.
    pub fn setup(&self, settings: Settings) -> Result {
        let old = self.settings();

        self.store(settings);
        let result = self.apply();
        if result.is_err() {
            self.store(old);
            if self.is_set_up_in_steps() {
                // The controller may have the new settings. If it does not take the old ones, the
                // error that it was about says more than this one.
                let _ = self.apply();
            }
        }

        result
    }

    fn apply(&self) -> Result {
        // SAFETY: By the type invariant the pointer is valid; the device is bound, hence its
        // controller is registered.
        to_result(unsafe { bindings::spi_setup(self.as_raw()) })
    }

    fn store(&self, settings: Settings) {
        let raw = self.as_raw();

        // What has no name here is left as firmware has described it.
        //
        // SAFETY: By the type invariant the pointer is valid. Only the driver of the device, in its
        // callbacks, writes the field.
        let others = unsafe { (*raw).mode } & !Modes::all_bits();

        // SAFETY: As above; others may read it, hence the volatile write.
        unsafe { (&raw mut (*raw).mode).write_volatile(settings.modes.as_raw() | others) };

        // SAFETY: As above.
        unsafe { (&raw mut (*raw).max_speed_hz).write_volatile(speed::to_hz(settings.max_speed)) };

        // SAFETY: As above.
        unsafe { (&raw mut (*raw).bits_per_word).write_volatile(settings.bits_per_word) };

        // SAFETY: As above.
        unsafe { (&raw mut (*raw).word_delay).write_volatile(settings.word_delay.to_raw()) };

        // SAFETY: As above.
        unsafe { (&raw mut (*raw).cs_setup).write_volatile(settings.cs_setup.to_raw()) };

        // SAFETY: As above.
        unsafe { (&raw mut (*raw).cs_hold).write_volatile(settings.cs_hold.to_raw()) };

        // SAFETY: As above.
        unsafe { (&raw mut (*raw).cs_inactive).write_volatile(settings.cs_inactive.to_raw()) };

        // SAFETY: As above.
        unsafe { (&raw mut (*raw).rt).write_volatile(settings.realtime) };
    }
}

// SAFETY: `Device` is a transparent wrapper of `struct spi_device`.
// The offset is guaranteed to point to a valid device field inside `Device`.
unsafe impl<Ctx: device::DeviceContext> device::AsBusDevice<Ctx> for Device<Ctx> {
    const OFFSET: usize = offset_of!(bindings::spi_device, dev);
}

// SAFETY: `Device` is a transparent wrapper of a type that doesn't depend on `Device`'s generic
// argument.
kernel::impl_device_context_deref!(unsafe { Device });
kernel::impl_device_context_into_aref!(Device);

// SAFETY: Instances of `Device` are always reference-counted.
unsafe impl AlwaysRefCounted for Device {
    #[inline]
    fn inc_ref(&self) {
        // SAFETY: The existence of a shared reference guarantees that the refcount is non-zero.
        unsafe { bindings::get_device(self.as_ref().as_raw()) };
    }

    #[inline]
    unsafe fn dec_ref(obj: NonNull<Self>) {
        // SAFETY: By the safety requirements `obj` is valid.
        let dev = unsafe { &raw mut (*obj.cast::<bindings::spi_device>().as_ptr()).dev };

        // SAFETY: The safety requirements guarantee that the refcount is non-zero.
        unsafe { bindings::put_device(dev) };
    }
}

impl<Ctx: device::DeviceContext> AsRef<device::Device<Ctx>> for Device<Ctx> {
    #[inline]
    fn as_ref(&self) -> &device::Device<Ctx> {
        // SAFETY: By the type invariant the pointer is valid.
        let dev = unsafe { &raw mut (*self.as_raw()).dev };

        // SAFETY: `dev` points to a valid `struct device`.
        unsafe { device::Device::from_raw(dev) }
    }
}

impl<Ctx: device::DeviceContext> TryFrom<&device::Device<Ctx>> for &Device<Ctx> {
    type Error = Error;

    fn try_from(dev: &device::Device<Ctx>) -> Result<Self> {
        // SAFETY: By its type invariant `dev` is a valid device.
        let bus = unsafe { (*dev.as_raw()).bus };
        if !core::ptr::eq(bus, &raw const bindings::spi_bus_type) {
            return Err(EINVAL);
        }

        // SAFETY: All devices on the SPI bus are embedded in a `struct spi_device`.
        let raw = unsafe { container_of!(dev.as_raw(), bindings::spi_device, dev) };

        // SAFETY: `raw` is valid, and in the same context as `dev`.
        Ok(unsafe { Device::from_raw(raw) })
    }
}

// SAFETY: A `Device` is always reference-counted and can be released from any thread.
unsafe impl Send for Device {}

// SAFETY: All methods of `Device` are thread safe.
unsafe impl Sync for Device {}

// SAFETY: Same as `Device<Normal>`; the methods of `Device<Bound>` are synchronized by the SPI
// core.
unsafe impl Sync for Device<Bound> {}
