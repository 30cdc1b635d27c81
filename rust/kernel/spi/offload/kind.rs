// SPDX-License-Identifier: GPL-2.0

//! The kinds of triggers, and their settings.

use crate::{
    bindings,
    clk::Hertz,
    math64,
    prelude::*,
    time::{
        Delta,
        NSEC_PER_SEC, //
    }, //
};

use core::num::NonZero;

pub(super) mod private {
    use super::{
        bindings,
        Result, //
    };

    /// How the C side describes the settings.
    pub trait Raw: Sized {
        /// What the C side calls this kind.
        const TYPE: bindings::spi_offload_trigger_type;

        /// Describes the settings to the C side.
        fn to_raw(self) -> bindings::spi_offload_trigger_config;

        /// Understands settings of the C side; `EINVAL` if they are not of this kind.
        fn from_raw(raw: &bindings::spi_offload_trigger_config) -> Result<Self>;
    }
}

/// A kind of trigger, [`Periodic`] or [`DataReady`]. Its values are the settings.
pub trait Kind: private::Raw + Copy + Send + Sync + 'static {}

/// A clock starts the message, again and again.
///
/// # Invariants
///
/// The frequency is not above 1 000 000 000 Hz, the offset is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periodic {
    frequency_hz: NonZero<u64>,
    offset: Delta,
}

impl Periodic {
    /// The highest frequency: periods are counted in nanoseconds.
    // CAST: It is positive.
    const MAX_HZ: u64 = NSEC_PER_SEC as u64;

    /// Describes a trigger that fires `frequency` times in a second.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the frequency is 0, or above 1 GHz. The C provider over PWM divides by zero
    ///   for some of these, and takes others for another frequency.
    #[inline]
    pub fn new(frequency: Hertz) -> Result<Self> {
        Self::checked(u64::try_from(frequency.as_hz())?, Delta::ZERO)
    }

    /// Fires later than another trigger that it is synchronized with, by `offset`.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the offset is negative. Whether it is possible is for
    ///   [`Trigger::validate`](super::Trigger::validate) to say.
    #[inline]
    pub fn with_offset(self, offset: Delta) -> Result<Self> {
        Self::checked(self.frequency_hz.get(), offset)
    }

    fn checked(frequency_hz: u64, offset: Delta) -> Result<Self> {
        let frequency_hz = NonZero::new(frequency_hz).ok_or(EINVAL)?;
        if frequency_hz.get() > Self::MAX_HZ || offset.is_negative() {
            return Err(EINVAL);
        }

        // INVARIANT: Checked above.
        Ok(Self {
            frequency_hz,
            offset,
        })
    }

    /// Returns how often the trigger fires in a second, in Hz: 1 to 1 000 000 000.
    #[inline]
    pub fn frequency_hz(&self) -> u64 {
        self.frequency_hz.get()
    }

    /// Returns the time from one firing to the next, rounded up to a nanosecond.
    #[inline]
    pub fn period(&self) -> Delta {
        // CAST: By the type invariant the quotient is 1 to 1 000 000 000.
        Delta::from_nanos(math64::div_ceil(Self::MAX_HZ, self.frequency_hz) as i64)
    }

    /// Returns by how much the trigger fires later than the one it is synchronized with.
    #[inline]
    pub fn offset(&self) -> Delta {
        self.offset
    }
}

impl Kind for Periodic {}

impl private::Raw for Periodic {
    const TYPE: bindings::spi_offload_trigger_type =
        bindings::spi_offload_trigger_type_SPI_OFFLOAD_TRIGGER_PERIODIC;

    fn to_raw(self) -> bindings::spi_offload_trigger_config {
        let mut raw: bindings::spi_offload_trigger_config = pin_init::zeroed();

        raw.type_ = Self::TYPE;
        raw.__bindgen_anon_1.periodic = bindings::spi_offload_trigger_periodic {
            frequency_hz: self.frequency_hz.get(),
            // CAST: By the type invariant it is not negative.
            offset_ns: self.offset.as_nanos() as u64,
        };
        raw
    }

    fn from_raw(raw: &bindings::spi_offload_trigger_config) -> Result<Self> {
        if raw.type_ != Self::TYPE {
            return Err(EINVAL);
        }

        // SAFETY: All of the union's members are plain numbers, and this is the one that the type
        // says is there.
        let periodic = unsafe { raw.__bindgen_anon_1.periodic };

        Self::checked(
            periodic.frequency_hz,
            Delta::from_nanos(i64::try_from(periodic.offset_ns)?),
        )
    }
}

/// The peripheral says when it has data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataReady;

impl Kind for DataReady {}

impl private::Raw for DataReady {
    const TYPE: bindings::spi_offload_trigger_type =
        bindings::spi_offload_trigger_type_SPI_OFFLOAD_TRIGGER_DATA_READY;

    fn to_raw(self) -> bindings::spi_offload_trigger_config {
        let mut raw: bindings::spi_offload_trigger_config = pin_init::zeroed();
        raw.type_ = Self::TYPE;
        raw
    }

    fn from_raw(raw: &bindings::spi_offload_trigger_config) -> Result<Self> {
        if raw.type_ == Self::TYPE {
            Ok(Self)
        } else {
            Err(EINVAL)
        }
    }
}
