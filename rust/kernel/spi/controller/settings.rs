// SPDX-License-Identifier: GPL-2.0

//! What a controller can do.

mod check;

pub(super) use self::check::Offered;

use crate::{
    bindings,
    clk::Hertz,
    device::Bound,
    prelude::*,
    spi::{
        speed,
        Device,
        Lines,
        Modes, //
    }, //
};

use core::{
    ops::RangeInclusive,
    ptr, //
};

// Bindgen does not evaluate `BIT()`; `rust/helpers/spi.c` asserts that these are the same.

/// `SPI_CONTROLLER_HALF_DUPLEX`
const HALF_DUPLEX: u16 = 1 << 0;
/// `SPI_CONTROLLER_NO_RX`
const NO_RX: u16 = 1 << 1;
/// `SPI_CONTROLLER_NO_TX`
const NO_TX: u16 = 1 << 2;
/// `SPI_CONTROLLER_MUST_RX`
const MUST_RX: u16 = 1 << 3;
/// `SPI_CONTROLLER_MUST_TX`
const MUST_TX: u16 = 1 << 4;
/// `SPI_CONTROLLER_GPIO_SS`
const GPIO_SS: u16 = 1 << 5;

/// What a controller can do; it is told to the SPI core when the controller is registered.
///
/// Settings that make no sense, or do not fit together or to the operations of the controller, are
/// refused then, and the log names the one that is wrong.
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
    gpio_chip_selects: bool,
    max_native_cs: Option<u8>,
    max_dma_len: Option<usize>,
    target: bool,
    forwarding: bool,
    /// Whether the longest transfer and message are a matter of the operations.
    limited: bool,
    /// Whether memory operations are.
    mem_ops: bool,
    /// What the other controller says of them, copied: it may go before these settings do.
    mem_caps: Option<bindings::spi_controller_mem_caps>,
}

/// What a controller that passes messages on has in common with the other controller.
#[derive(Clone, Default)]
struct Other {
    flags: u16,
    num_data_lanes: Option<u16>,
    dma_alignment: u16,
    buswidth_override_bits: u32,
    dtr_caps: bool,
    ptp_sts_supported: bool,
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
            bits_per_word_mask: u32::MAX,
            min_speed_hz: 0,
            max_speed_hz: 0,
            other: Other::default(),
            gpio_chip_selects: false,
            max_native_cs: None,
            max_dma_len: None,
            target: false,
            forwarding: false,
            limited: true,
            mem_ops: true,
            mem_caps: None,
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
                    // Time stamps are taken where the message is sent, by that controller or by
                    // the core for it. The core must not take others here.
                    ptp_sts_supported: true,
                    rt: (*ctlr).rt,
                },
                forwarding: true,
                limited: (*ctlr).max_transfer_size.is_some() || (*ctlr).max_message_size.is_some(),
                mem_ops: executes_mem_ops(ctlr),
                mem_caps: (*ctlr).mem_caps.as_ref().copied(),
                ..Self::new(num_chipselect)
            }
        })
    }

    /// Describes the other side of a bus: an SPI target, which a host selects and gives the clock.
    ///
    /// There is one chip select, and one device, which stands for the protocol that this end
    /// speaks. Needs `CONFIG_SPI_SLAVE`; without it, registration fails with `EOPNOTSUPP`.
    ///
    /// C function: `spi_alloc_target()`.
    pub fn target() -> Self {
        Self {
            target: true,
            ..Self::new(1)
        }
    }

    /// Asks for a bus number, 0 to 32767.
    ///
    /// If it is taken, registration fails with `EBUSY`; if it is too large, with `EINVAL`. Without
    /// this, or an alias in the devicetree, the core chooses one.
    #[inline]
    pub fn bus_num(mut self, bus_num: u16) -> Self {
        self.bus_num = Some(bus_num);
        self
    }

    /// Sets the modes that devices may ask for.
    #[inline]
    pub fn modes(mut self, modes: Modes) -> Self {
        let lines = self.mode_bits & !Modes::all_bits();

        self.mode_bits = modes.as_raw() | lines;
        self
    }

    /// Sets on how many lines a transfer can be sent and received at most; one by default.
    ///
    /// C constants: `SPI_TX_DUAL`, `SPI_RX_QUAD` and the like.
    #[inline]
    pub fn lines(mut self, tx: Lines, rx: Lines) -> Self {
        let lines = tx.modes_up_to(Lines::tx_mode) | rx.modes_up_to(Lines::rx_mode);

        self.mode_bits = (self.mode_bits & Modes::all_bits()) | lines;
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

    /// Sets the word sizes that messages may have to these, in bits.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there is none, or one is not in 1 to 32.
    pub fn word_sizes(mut self, sizes: &[u8]) -> Result<Self> {
        self.bits_per_word_mask = 0;
        for bits in sizes {
            self = self.add_word_size(*bits)?;
        }
        if self.bits_per_word_mask == 0 {
            return Err(EINVAL);
        }
        Ok(self)
    }

    fn add_word_size(mut self, bits: u8) -> Result<Self> {
        let shift = u32::from(bits).wrapping_sub(1);

        self.bits_per_word_mask |= 1u32.checked_shl(shift).ok_or(EINVAL)?;
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

    /// Sets the number of data lanes, each with a serializer of its own, 1 to 8; the default is 1.
    ///
    /// C field: `num_data_lanes` of `struct spi_controller`.
    #[inline]
    pub fn data_lanes(mut self, lanes: u16) -> Self {
        self.other.num_data_lanes = Some(lanes);
        self
    }

    /// Says that a transfer can send or receive, but not both; others are refused with `EINVAL`.
    ///
    /// C constant: `SPI_CONTROLLER_HALF_DUPLEX`.
    #[inline]
    pub fn half_duplex(self) -> Self {
        self.flag(HALF_DUPLEX)
    }

    /// Says that a transfer can only send; others are refused with `EINVAL`.
    ///
    /// C constants: `SPI_CONTROLLER_NO_RX`, and `SPI_CONTROLLER_HALF_DUPLEX`, without which the
    /// core does not look at it.
    #[inline]
    pub fn write_only(self) -> Self {
        self.flag(HALF_DUPLEX | NO_RX)
    }

    /// Says that a transfer can only receive; others are refused with `EINVAL`.
    ///
    /// C constants: `SPI_CONTROLLER_NO_TX`, and `SPI_CONTROLLER_HALF_DUPLEX`, without which the
    /// core does not look at it.
    #[inline]
    pub fn read_only(self) -> Self {
        self.flag(HALF_DUPLEX | NO_TX)
    }

    /// Says that each transfer needs data to send; the core makes up zeroes if there are none.
    ///
    /// C constant: `SPI_CONTROLLER_MUST_TX`.
    #[inline]
    pub fn needs_tx(self) -> Self {
        self.flag(MUST_TX)
    }

    /// Says that each transfer needs a buffer to receive to; the core makes up one if there is
    /// none.
    ///
    /// C constant: `SPI_CONTROLLER_MUST_RX`.
    #[inline]
    pub fn needs_rx(self) -> Self {
        self.flag(MUST_RX)
    }

    fn flag(mut self, flag: u16) -> Self {
        self.other.flags |= flag;
        self
    }

    /// Has the core take chip selects that firmware describes (`cs-gpios`) for GPIOs, and drive
    /// them.
    ///
    /// Those without a GPIO there are native ones, which the controller drives. More GPIOs than
    /// chip selects add chip selects.
    ///
    /// C field: `use_gpio_descriptors` of `struct spi_controller`.
    #[inline]
    pub fn gpio_chip_selects(mut self) -> Self {
        self.gpio_chip_selects = true;
        self
    }

    /// Sets the number of native chip selects, 1 to 127, of a controller that has GPIOs besides.
    ///
    /// Firmware that leaves out the GPIO of another one is refused then.
    ///
    /// C field: `max_native_cs` of `struct spi_controller`.
    #[inline]
    pub fn native_chip_selects(mut self, number: u8) -> Self {
        self.max_native_cs = Some(number);
        self
    }

    /// Says that a native chip select must be driven as well, to make the controller work, when the
    /// one of the device is a GPIO.
    ///
    /// [`set_cs`](super::Operations::set_cs) is called for such devices, too.
    ///
    /// C constant: `SPI_CONTROLLER_GPIO_SS`.
    #[inline]
    pub fn gpio_needs_native(self) -> Self {
        self.flag(GPIO_SS)
    }

    /// Sets what addresses and lengths of buffers should be a multiple of, in bytes, for DMA; a
    /// power of 2.
    ///
    /// Drivers of devices can look at it; the core does not.
    ///
    /// C field: `dma_alignment` of `struct spi_controller`.
    #[inline]
    pub fn dma_alignment(mut self, bytes: u16) -> Self {
        self.other.dma_alignment = bytes;
        self
    }

    /// Sets the length of the longest piece of a buffer that is mapped for DMA, in bytes.
    ///
    /// C field: `max_dma_len` of `struct spi_controller`.
    #[inline]
    pub fn max_dma_length(mut self, bytes: usize) -> Self {
        self.max_dma_len = Some(bytes);
        self
    }

    /// Says that transfers may use both edges of the clock.
    ///
    /// C field: `dtr_caps` of `struct spi_controller`.
    #[inline]
    pub fn double_rate(mut self) -> Self {
        self.other.dtr_caps = true;
        self
    }

    /// Has the thread that sends queued messages run with realtime priority.
    ///
    /// C field: `rt` of `struct spi_controller`.
    #[inline]
    pub fn realtime(mut self) -> Self {
        self.other.rt = true;
        self
    }

    /// Returns whether the controller is an SPI target.
    #[inline]
    pub(super) fn is_target(&self) -> bool {
        self.target
    }

    /// Returns what there is to say of memory operations.
    #[inline]
    pub(super) fn mem_caps(&self) -> Option<bindings::spi_controller_mem_caps> {
        self.mem_caps
    }

    /// Returns whether the controller passes its messages on.
    #[inline]
    pub(super) fn is_forwarding(&self) -> bool {
        self.forwarding
    }

    /// Takes operations out of `ctlr` that the controller which messages are passed on to does not
    /// have: for the longest transfer and message, and for memory operations.
    ///
    /// # Safety
    ///
    /// That of [`store`](Self::store).
    pub(super) unsafe fn remove_needless_operations(&self, ctlr: *mut bindings::spi_controller) {
        if !self.limited {
            // SAFETY: By the safety requirement.
            unsafe {
                (*ctlr).max_transfer_size = None;
                (*ctlr).max_message_size = None;
            }
        }
        if !self.mem_ops {
            // SAFETY: As above.
            unsafe { (*ctlr).mem_ops = ptr::null() };
        }
    }

    /// Stores the settings, which have been [checked](Self::check), in `ctlr`.
    ///
    /// # Safety
    ///
    /// `ctlr` must be a valid controller that was never registered, and that nobody else uses.
    pub(super) unsafe fn store(&self, ctlr: *mut bindings::spi_controller) {
        // SAFETY: By the safety requirements.
        unsafe {
            (*ctlr).bus_num = match self.bus_num {
                Some(bus_num) => i16::try_from(bus_num).unwrap_or(i16::MAX),
                None => -1,
            };
            (*ctlr).num_chipselect = self.num_chipselect;
            (*ctlr).mode_bits = self.mode_bits;
            (*ctlr).bits_per_word_mask = self.bits_per_word_mask;
            (*ctlr).min_speed_hz = self.min_speed_hz;
            (*ctlr).max_speed_hz = self.max_speed_hz;
            (*ctlr).flags = self.other.flags;
            (*ctlr).dma_alignment = self.other.dma_alignment;
            (*ctlr).buswidth_override_bits = self.other.buswidth_override_bits;
            (*ctlr).dtr_caps = self.other.dtr_caps;
            (*ctlr).ptp_sts_supported = self.other.ptp_sts_supported;
            (*ctlr).rt = self.other.rt;
            if let Some(lanes) = self.other.num_data_lanes {
                (*ctlr).num_data_lanes = lanes;
            }
            (*ctlr).use_gpio_descriptors = self.gpio_chip_selects;
            if let Some(number) = self.max_native_cs {
                (*ctlr).max_native_cs = i8::try_from(number).unwrap_or(i8::MAX);
            }
            if let Some(bytes) = self.max_dma_len {
                (*ctlr).max_dma_len = bytes;
            }
        }
    }
}

/// Returns whether the core makes up buffers for a controller with these flags.
pub(super) fn makes_up_buffers(flags: u16) -> bool {
    flags & (MUST_RX | MUST_TX) != 0
}

/// Returns whether a controller executes memory operations.
///
/// # Safety
///
/// `ctlr` must be valid and registered.
unsafe fn executes_mem_ops(ctlr: *mut bindings::spi_controller) -> bool {
    // SAFETY: By the safety requirement.
    let ops = unsafe { (*ctlr).mem_ops };

    // SAFETY: As above, it is null or valid.
    !ops.is_null() && unsafe { (*ops).exec_op.is_some() }
}
