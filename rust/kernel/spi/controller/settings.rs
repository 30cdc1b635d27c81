// SPDX-License-Identifier: GPL-2.0

//! What a controller can do.

use crate::{
    bindings,
    clk::Hertz,
    device::Bound,
    prelude::*,
    spi::{
        speed,
        Device,
        Modes, //
    }, //
};

use core::ops::RangeInclusive;

// Bindgen does not evaluate `BIT()`; `rust/helpers/spi.c` asserts that these are the same.

/// `SPI_CONTROLLER_HALF_DUPLEX`
const HALF_DUPLEX: u16 = 1 << 0;
/// `SPI_CONTROLLER_NO_RX`
const NO_RX: u16 = 1 << 1;
/// `SPI_CONTROLLER_NO_TX`
const NO_TX: u16 = 1 << 2;

/// What a controller can do; it is told to the SPI core when the controller is registered.
///
/// # Examples
///
/// ```
/// use kernel::{
///     clk::Hertz,
///     spi::{
///         controller::Settings,
///         Mode, //
///     }, //
/// };
///
/// let settings = Settings::new(4)
///     .modes(Mode::ClockPhase | Mode::ClockPolarity)
///     .bits_per_word(8..=16)?
///     .max_speed(Hertz::from_mhz(50));
/// # let _ = settings;
///
/// assert!(Settings::new(1).bits_per_word(0..=8).is_err());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Settings {
    bus_num: Option<u16>,
    num_chipselect: u16,
    mode_bits: u32,
    bits_per_word_mask: u32,
    min_speed_hz: u32,
    max_speed_hz: u32,
    other: Other,
    forwarding: bool,
}

/// What only a controller that passes messages on sets, to what the other controller has.
#[derive(Clone, Default)]
struct Other {
    flags: u16,
    num_data_lanes: Option<u16>,
    dma_alignment: u16,
    buswidth_override_bits: u32,
    dtr_caps: bool,
    rt: bool,
}

impl Settings {
    /// Describes a controller with `num_chipselect` chip selects and nothing special: SPI mode 0,
    /// words of 1 to 32 bits, any speed, and a bus number that the core chooses.
    pub fn new(num_chipselect: u16) -> Self {
        Self {
            bus_num: None,
            num_chipselect,
            mode_bits: 0,
            bits_per_word_mask: 0,
            min_speed_hz: 0,
            max_speed_hz: 0,
            other: Other::default(),
            forwarding: false,
        }
    }

    /// Describes a controller that passes all its messages on to `dev`, by way of
    /// [`Proxy`](super::Proxy)s and [`Relay`](super::Relay)s.
    ///
    /// It can do what the controller of `dev` can. Its locks get lockdep classes of their own.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` if that controller is an SPI target, does memory operations only, or leaves
    /// preparing messages to yet another controller, as the multiplexer driver in C does.
    pub fn forwarding(dev: &Device<Bound>, num_chipselect: u16) -> Result<Self> {
        // SAFETY: `dev` is bound, hence its controller is registered and not configured any more.
        let ctlr = unsafe { (*dev.as_raw()).controller };

        // SAFETY: As above.
        let can_forward = unsafe {
            !(*ctlr).__bindgen_anon_1.target
                && (*ctlr).transfer.is_some()
                && !(*ctlr).defer_optimize_message
        };
        if !can_forward {
            return Err(EOPNOTSUPP);
        }

        // What the core does for a controller, such as dummy buffers, it does for that one.
        let passed_on = HALF_DUPLEX | NO_RX | NO_TX;

        // SAFETY: As above. Suspend changes a flag, hence the volatile read; it is masked out
        // below.
        let flags = unsafe { (&raw const (*ctlr).flags).read_volatile() };

        // SAFETY: As above.
        Ok(unsafe {
            Self {
                bus_num: None,
                num_chipselect,
                mode_bits: (*ctlr).mode_bits,
                bits_per_word_mask: (*ctlr).bits_per_word_mask,
                min_speed_hz: (*ctlr).min_speed_hz,
                max_speed_hz: (*ctlr).max_speed_hz,
                other: Other {
                    flags: flags & passed_on,
                    num_data_lanes: Some((*ctlr).num_data_lanes),
                    dma_alignment: (*ctlr).dma_alignment,
                    buswidth_override_bits: (*ctlr).buswidth_override_bits,
                    dtr_caps: (*ctlr).dtr_caps,
                    rt: (*ctlr).rt,
                },
                forwarding: true,
            }
        })
    }

    /// Asks for a bus number, 0 to 32767.
    ///
    /// If it is taken, registration fails with `EBUSY`; if it is too large, with `EINVAL`.
    #[inline]
    pub fn bus_num(mut self, bus_num: u16) -> Self {
        self.bus_num = Some(bus_num);
        self
    }

    /// Sets the modes that devices may ask for.
    #[inline]
    pub fn modes(mut self, modes: Modes) -> Self {
        self.mode_bits = modes.as_raw();
        self
    }

    /// Sets the word sizes that messages may have, in bits.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the range is empty, or goes beyond 1 to 32.
    pub fn bits_per_word(mut self, range: RangeInclusive<u8>) -> Result<Self> {
        let (min, max) = range.into_inner();
        if min == 0 || min > max || max > 32 {
            return Err(EINVAL);
        }

        // SPI_BPW_RANGE_MASK(min, max)
        self.bits_per_word_mask = (u32::MAX >> (32 - max)) & (u32::MAX << (min - 1));
        Ok(self)
    }

    /// Sets the lowest speed of the clock; slower transfers are refused with `EINVAL`.
    #[inline]
    pub fn min_speed(mut self, speed: Hertz) -> Self {
        self.min_speed_hz = speed::to_hz(speed);
        self
    }

    /// Sets the highest speed of the clock; faster transfers are slowed down to it.
    #[inline]
    pub fn max_speed(mut self, speed: Hertz) -> Self {
        self.max_speed_hz = speed::to_hz(speed);
        self
    }

    /// Returns whether the controller passes its messages on.
    #[inline]
    pub(super) fn is_forwarding(&self) -> bool {
        self.forwarding
    }

    /// Stores the settings in `ctlr`.
    ///
    /// # Errors
    ///
    /// `EINVAL` if a value is out of range.
    ///
    /// # Safety
    ///
    /// `ctlr` must be a valid controller that was never registered, and that nobody else uses.
    pub(super) unsafe fn store(&self, ctlr: *mut bindings::spi_controller) -> Result {
        let bus_num = match self.bus_num {
            Some(bus_num) => i16::try_from(bus_num)?,
            None => -1,
        };

        // SAFETY: By the safety requirements.
        unsafe {
            (*ctlr).bus_num = bus_num;
            (*ctlr).num_chipselect = self.num_chipselect;
            (*ctlr).mode_bits = self.mode_bits;
            (*ctlr).bits_per_word_mask = self.bits_per_word_mask;
            (*ctlr).min_speed_hz = self.min_speed_hz;
            (*ctlr).max_speed_hz = self.max_speed_hz;
            (*ctlr).flags = self.other.flags;
            (*ctlr).dma_alignment = self.other.dma_alignment;
            (*ctlr).buswidth_override_bits = self.other.buswidth_override_bits;
            (*ctlr).dtr_caps = self.other.dtr_caps;
            (*ctlr).rt = self.other.rt;
            if let Some(lanes) = self.other.num_data_lanes {
                (*ctlr).num_data_lanes = lanes;
            }
        }

        Ok(())
    }
}
