// SPDX-License-Identifier: GPL-2.0

//! One transfer of a message.

use super::{
    message::Refused,
    speed,
    Buffer, //
};
use crate::{
    bindings,
    clk::Hertz,
    prelude::*,
    time::Delta, //
};

/// What a transfer moves.
enum Data {
    /// Nothing; the transfer is only there for its delay.
    Nothing,
    /// Sends the buffer; what comes in is thrown away.
    Write(Buffer),
    /// Fills the buffer; the controller chooses what goes out, usually zeroes.
    Read(Buffer),
    /// Sends `tx` while it fills `rx`, which is as long.
    Exchange { tx: Buffer, rx: Buffer },
    /// Sends the buffer while replacing its contents.
    ExchangeInPlace(Buffer),
}

/// One transfer of a [`Message`](super::Message).
///
/// All settings but the data have defaults: the speed and the word size of the device, no delay,
/// and a chip select that stays active until the end of the message.
///
/// # Examples
///
/// ```
/// use kernel::{
///     clk::Hertz,
///     spi::{
///         Buffer,
///         Transfer, //
///     },
///     time::Delta, //
/// };
///
/// let command = Transfer::write(Buffer::from_slice(&[0x0b, 0, 0, 0, 0], GFP_KERNEL)?)
///     .speed(Hertz::from_mhz(10))
///     .delay(Delta::from_micros(2))?;
/// assert_eq!(command.tx(), Some(&[0x0b, 0, 0, 0, 0][..]));
/// assert_eq!(command.rx(), None);
/// # Ok::<(), Error>(())
/// ```
pub struct Transfer {
    data: Data,
    speed_hz: u32,
    bits_per_word: u8,
    cs_change: bool,
    delay: bindings::spi_delay,
}

impl Transfer {
    #[inline]
    fn new(data: Data) -> Self {
        Self {
            data,
            speed_hz: 0,
            bits_per_word: 0,
            cs_change: false,
            delay: pin_init::zeroed(),
        }
    }

    /// Sends the contents of `tx`.
    #[inline]
    pub fn write(tx: Buffer) -> Self {
        Self::new(Data::Write(tx))
    }

    /// Fills `rx`.
    #[inline]
    pub fn read(rx: Buffer) -> Self {
        Self::new(Data::Read(rx))
    }

    /// Sends the contents of `tx` and fills `rx` at the same time.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the buffers are not of the same length; they are given back with it.
    #[inline]
    pub fn exchange(tx: Buffer, rx: Buffer) -> Result<Self, Refused<(Buffer, Buffer)>> {
        if tx.len() != rx.len() {
            return Err(Refused::new(EINVAL, (tx, rx)));
        }
        Ok(Self::new(Data::Exchange { tx, rx }))
    }

    /// Sends the contents of `buffer` and replaces them with what comes in.
    #[inline]
    pub fn exchange_in_place(buffer: Buffer) -> Self {
        Self::new(Data::ExchangeInPlace(buffer))
    }

    /// Moves no data; waits for `delay` with the chip select as it is.
    ///
    /// Errors are those of [`delay`](Self::delay).
    #[inline]
    pub fn pause(delay: Delta) -> Result<Self> {
        Self::new(Data::Nothing).delay(delay)
    }

    /// Sets the highest speed of the clock, in Hz, in place of the device's.
    ///
    /// The controller's limit applies as well. 0 means the device's speed. Values above
    /// [`u32::MAX`] mean [`u32::MAX`].
    #[inline]
    pub fn speed(mut self, speed: Hertz) -> Self {
        self.speed_hz = speed::to_hz(speed);
        self
    }

    /// Sets the number of bits in a word, 1 to 32, in place of the device's.
    ///
    /// A word takes 1, 2 or 4 bytes of the buffer. What the controller does not support, and a
    /// length that is not a whole number of words, is refused with `EINVAL` when the message is
    /// sent or optimized. 0 means the device's word size.
    #[inline]
    pub fn bits_per_word(mut self, bits: u8) -> Self {
        self.bits_per_word = bits;
        self
    }

    /// Makes the chip select inactive for a moment after this transfer.
    ///
    /// After the last transfer of a message it asks for the opposite: the chip select may then stay
    /// active until the next message.
    #[inline]
    pub fn cs_change(mut self) -> Self {
        self.cs_change = true;
        self
    }

    /// Waits after the transfer, before the chip select changes or the next transfer starts.
    ///
    /// The time is rounded up to a microsecond if it is longer than 65 535 ns.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the delay is negative or longer than 65 535 µs.
    pub fn delay(mut self, delay: Delta) -> Result<Self> {
        self.delay = to_spi_delay(delay)?;
        Ok(self)
    }

    /// Returns the data that is sent, if any.
    #[inline]
    pub fn tx(&self) -> Option<&[u8]> {
        match &self.data {
            Data::Write(tx) | Data::Exchange { tx, .. } | Data::ExchangeInPlace(tx) => Some(tx),
            Data::Nothing | Data::Read(_) => None,
        }
    }

    /// Returns the data that is sent, if any, to change it.
    #[inline]
    pub fn tx_mut(&mut self) -> Option<&mut [u8]> {
        match &mut self.data {
            Data::Write(tx) | Data::Exchange { tx, .. } | Data::ExchangeInPlace(tx) => Some(tx),
            Data::Nothing | Data::Read(_) => None,
        }
    }

    /// Returns the data that came in with the last successful send, if the transfer receives any.
    #[inline]
    pub fn rx(&self) -> Option<&[u8]> {
        match &self.data {
            Data::Read(rx) | Data::Exchange { rx, .. } | Data::ExchangeInPlace(rx) => Some(rx),
            Data::Nothing | Data::Write(_) => None,
        }
    }

    /// Returns the `struct spi_transfer` that describes this transfer to the SPI core.
    ///
    /// It points to the buffers, which must be there as long as it is used.
    pub(super) fn to_raw(&self) -> bindings::spi_transfer {
        let mut raw: bindings::spi_transfer = pin_init::zeroed();

        if let Some((tx, len)) = self.raw_tx() {
            raw.tx_buf = tx;
            raw.len = len;
        }
        if let Some((rx, len)) = self.raw_rx() {
            raw.rx_buf = rx;
            raw.len = len;
        }
        raw.speed_hz = self.speed_hz;
        raw.bits_per_word = self.bits_per_word;
        raw.set_cs_change(self.cs_change.into());
        raw.delay = self.delay;

        raw
    }

    #[inline]
    fn raw_tx(&self) -> Option<(*const c_void, u32)> {
        match &self.data {
            Data::Write(tx) | Data::Exchange { tx, .. } | Data::ExchangeInPlace(tx) => {
                Some((tx.as_ptr().cast_const().cast(), tx.len_u32()))
            }
            Data::Nothing | Data::Read(_) => None,
        }
    }

    #[inline]
    fn raw_rx(&self) -> Option<(*mut c_void, u32)> {
        match &self.data {
            Data::Read(rx) | Data::Exchange { rx, .. } | Data::ExchangeInPlace(rx) => {
                Some((rx.as_ptr().cast(), rx.len_u32()))
            }
            Data::Nothing | Data::Write(_) => None,
        }
    }
}

/// Converts to the 16-bit value and unit that the SPI core uses.
fn to_spi_delay(delay: Delta) -> Result<bindings::spi_delay> {
    let (value, unit) = match u16::try_from(delay.as_nanos()) {
        Ok(ns) => (ns, bindings::SPI_DELAY_UNIT_NSECS),
        Err(_) if delay.is_negative() => return Err(EINVAL),
        Err(_) => (
            u16::try_from(delay.as_micros_ceil()).map_err(|_| EINVAL)?,
            bindings::SPI_DELAY_UNIT_USECS,
        ),
    };

    Ok(bindings::spi_delay {
        value,
        unit: u8::try_from(unit)?,
    })
}
