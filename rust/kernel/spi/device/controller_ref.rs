// SPDX-License-Identifier: GPL-2.0

//! The controller of a device, as its driver sees it.

use super::{
    Device,
    Modes,
    Statistics, //
};
use crate::{
    bindings,
    clk::Hertz,
    device::{
        self,
        Bound, //
    },
    spi::speed, //
};

use core::marker::PhantomData;

/// The controller of a [`Device`], and what it can do.
///
/// Nothing of it can be changed.
///
/// # Examples
///
/// ```
/// use kernel::{
///     device::Bound,
///     prelude::*,
///     spi, //
/// };
///
/// fn check(dev: &spi::Device<Bound>) -> Result {
///     let controller = dev.controller();
///
///     if !controller.supports_bits_per_word(12) {
///         dev_err!(dev, "bus {} has no words of 12 bits\n", controller.bus_num());
///         return Err(EOPNOTSUPP);
///     }
///     if let Some(node) = controller.as_ref().fwnode() {
///         dev_dbg!(dev, "fifo-depth: {}\n", node.property_present(c"fifo-depth"));
///     }
///     if controller.is_target() || controller.min_speed().as_hz() > 1_000_000 {
///         return Err(EOPNOTSUPP);
///     }
///     dev_dbg!(dev, "{} chip selects\n", controller.chip_selects());
///     dev_dbg!(dev, "{:?}, up to {} Hz\n", controller.modes(), controller.max_speed().as_hz());
///     dev_dbg!(dev, "buffers aligned to {}\n", controller.dma_alignment());
///     Ok(())
/// }
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// # check(dev)?;
/// # assert_eq!(dev.controller().chip_selects(), 4);
/// # assert_eq!(dev.controller().max_speed().as_hz(), 20_000_000);
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// `raw` is the controller of a device that is bound for `'a`, hence it is registered.
#[derive(Clone, Copy)]
pub struct ControllerRef<'a> {
    raw: *mut bindings::spi_controller,
    _device: PhantomData<&'a Device<Bound>>,
}

impl<'a> ControllerRef<'a> {
    #[inline]
    pub(super) fn new(dev: &'a Device<Bound>) -> Self {
        // INVARIANT: The device is bound as long as it is borrowed.
        Self {
            // SAFETY: By its type invariant `dev` is valid; the field never changes.
            raw: unsafe { (*dev.as_raw()).controller },
            _device: PhantomData,
        }
    }

    /// Returns the number of the bus.
    #[inline]
    pub fn bus_num(self) -> i16 {
        // SAFETY: By the type invariant; the field does not change while registered.
        unsafe { (*self.raw).bus_num }
    }

    /// Returns how many chip selects the controller has.
    #[inline]
    pub fn chip_selects(self) -> u16 {
        // SAFETY: As in `bus_num()`.
        unsafe { (*self.raw).num_chipselect }
    }

    /// Returns the modes that the controller can do.
    #[inline]
    pub fn modes(self) -> Modes {
        // SAFETY: As in `bus_num()`.
        Modes::from_raw(unsafe { (*self.raw).mode_bits })
    }

    /// Returns whether the controller can do words of so many bits, 1 to 32.
    #[inline]
    pub fn supports_bits_per_word(self, bits: u8) -> bool {
        // SAFETY: As in `bus_num()`.
        let mask = unsafe { (*self.raw).bits_per_word_mask };

        match bits {
            1..=32 => mask == 0 || mask & (1 << (bits - 1)) != 0,
            _ => false,
        }
    }

    /// Returns the lowest speed of the clock, in Hz; 0 if the controller does not tell.
    #[inline]
    pub fn min_speed(self) -> Hertz {
        // SAFETY: As in `bus_num()`.
        speed::from_hz(unsafe { (*self.raw).min_speed_hz })
    }

    /// Returns the highest speed of the clock, in Hz; 0 if the controller does not tell.
    #[inline]
    pub fn max_speed(self) -> Hertz {
        // SAFETY: As in `bus_num()`.
        speed::from_hz(unsafe { (*self.raw).max_speed_hz })
    }

    /// Returns the alignment in bytes, a power of two, that it asks of buffers for DMA; at least 1.
    #[inline]
    pub fn dma_alignment(self) -> usize {
        // SAFETY: As in `bus_num()`.
        let align = unsafe { (*self.raw).dma_alignment };

        usize::from(align).next_power_of_two()
    }

    /// Returns whether the controller is a target: another host's device.
    #[inline]
    pub fn is_target(self) -> bool {
        // SAFETY: As in `bus_num()`; both fields of the union are a `bool`.
        unsafe { (*self.raw).__bindgen_anon_1.target }
    }

    /// Returns what the core has counted for the controller.
    ///
    /// To be called in task context: on 32-bit machines an interrupt would wait for the count that
    /// it interrupts.
    #[inline]
    pub fn statistics(self) -> Statistics {
        // SAFETY: By the type invariant; the counters are there as long as the controller is.
        unsafe { Statistics::read((*self.raw).pcpu_statistics) }
    }
}

impl AsRef<device::Device> for ControllerRef<'_> {
    /// Returns the controller as a device, for its properties.
    #[inline]
    fn as_ref(&self) -> &device::Device {
        // SAFETY: By the type invariant.
        unsafe { device::Device::from_raw(&raw mut (*self.raw).dev) }
    }
}
