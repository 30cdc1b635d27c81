// SPDX-License-Identifier: GPL-2.0

//! How a device is wired and clocked.

use super::super::Delay;
use crate::{
    bits::bit_u32,
    clk::Hertz,
    impl_flags, //
};

impl_flags!(
    /// How a device is wired and clocked; a set of [`Mode`]s.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::spi::{
    ///     Mode,
    ///     Modes, //
    /// };
    ///
    /// // SPI mode 3, as data sheets call it.
    /// let modes: Modes = Mode::ClockPhase | Mode::ClockPolarity;
    /// assert!(modes.contains(Mode::ClockPolarity));
    /// assert!(!modes.contains(Mode::LsbFirst));
    /// assert_eq!(Modes::empty(), modes & Mode::ThreeWire);
    /// ```
    ///
    /// C field: `mode` of `struct spi_device`.
    #[derive(Debug, Clone, Default, Copy, PartialEq, Eq)]
    pub struct Modes(u32);

    /// One property of how a device is wired and clocked.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Mode {
        /// Data is sampled on the second edge of the clock, not on the first (`SPI_CPHA`).
        ClockPhase = bit_u32(0),

        /// The clock is high while idle (`SPI_CPOL`).
        ClockPolarity = bit_u32(1),

        /// The chip select is active high (`SPI_CS_HIGH`).
        ChipSelectHigh = bit_u32(2),

        /// The least significant bit of a word comes first (`SPI_LSB_FIRST`).
        LsbFirst = bit_u32(3),

        /// One line serves both directions (`SPI_3WIRE`).
        ThreeWire = bit_u32(4),

        /// The controller connects its output to its input (`SPI_LOOP`).
        Loop = bit_u32(5),

        /// The device has no chip select (`SPI_NO_CS`).
        NoChipSelect = bit_u32(6),

        /// The device pulls a line low to pause (`SPI_READY`).
        Ready = bit_u32(7),

        /// Data can be sent on two lines (`SPI_TX_DUAL`).
        TxDual = bit_u32(8),

        /// Data can be sent on four lines (`SPI_TX_QUAD`).
        TxQuad = bit_u32(9),

        /// Data can be received on two lines (`SPI_RX_DUAL`).
        RxDual = bit_u32(10),

        /// Data can be received on four lines (`SPI_RX_QUAD`).
        RxQuad = bit_u32(11),

        /// The chip select becomes inactive after each word (`SPI_CS_WORD`).
        ChipSelectWord = bit_u32(12),

        /// Data can be sent on eight lines (`SPI_TX_OCTAL`).
        TxOctal = bit_u32(13),

        /// Data can be received on eight lines (`SPI_RX_OCTAL`).
        RxOctal = bit_u32(14),

        /// The one line of [`ThreeWire`](Self::ThreeWire) is not driven while it turns around
        /// (`SPI_3WIRE_HIZ`).
        ThreeWireHighZ = bit_u32(15),

        /// The clock phase is the other one in transfers that only receive (`SPI_RX_CPHA_FLIP`).
        RxClockPhaseFlip = bit_u32(16),

        /// The line from the controller is low while nothing is sent (`SPI_MOSI_IDLE_LOW`).
        MosiIdleLow = bit_u32(17),

        /// The line from the controller is high while nothing is sent (`SPI_MOSI_IDLE_HIGH`).
        MosiIdleHigh = bit_u32(18),

        /// The controller observes the flow control of a TPM (`SPI_TPM_HW_FLOW`).
        TpmFlowControl = bit_u32(29),

        /// There is no line from the controller to the device (`SPI_NO_TX`).
        NoTx = bit_u32(31),

        /// There is no line from the device to the controller (`SPI_NO_RX`).
        NoRx = bit_u32(30),
    }
);

impl Modes {
    /// Takes the modes that have a name here.
    #[inline]
    pub(in crate::spi) fn from_raw(raw: u32) -> Self {
        Self(raw & Self::all_bits())
    }

    #[inline]
    pub(in crate::spi) fn as_raw(self) -> u32 {
        self.0
    }
}

/// The settings of a device that its driver may change.
///
/// See [`Device::setup`](super::Device::setup), and [`Device`](super::Device) for an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How the device is wired and clocked.
    pub modes: Modes,
    /// The highest speed of the clock; 0 Hz and what is above the controller's limit mean that
    /// limit.
    pub max_speed: Hertz,
    /// The number of bits in a word, 1 to 32; 0 means 8.
    pub bits_per_word: u8,
    /// Waits after each word, if the controller can.
    pub word_delay: Delay,
    /// Waits after the chip select has become active.
    pub cs_setup: Delay,
    /// Waits before the chip select becomes inactive.
    pub cs_hold: Delay,
    /// Waits after the chip select has become inactive.
    pub cs_inactive: Delay,
    /// Asks for the controller's messages to be sent with realtime priority. That stays so, and is
    /// for all its devices.
    pub realtime: bool,
}
