// SPDX-License-Identifier: GPL-2.0

//! One transfer of a message.

use super::{
    message::Refused,
    speed,
    word::{
        self,
        ANY_BITS, //
    },
    Delay,
    Device,
    LaneMode,
    Lines,
    Part,
    Word,
    Words, //
};
use crate::{
    bindings,
    clk::Hertz,
    device::Bound,
    prelude::*, //
};

use core::{
    mem::{
        replace,
        size_of, //
    },
    ptr, //
};

/// What is sent, and where to put what is received.
type TxRx<W> = (Part<W>, Part<W>);

/// What a transfer moves.
enum Data {
    /// Nothing that has a buffer: the transfer is only there for its delay, or an offload moves
    /// words to or from hardware.
    Nothing,
    /// Sends the words; what comes in is thrown away.
    Write(Words),
    /// Fills the words; the controller chooses what goes out, usually zeroes.
    Read(Words),
    /// Sends `tx` while it fills `rx`, which is as long.
    Exchange { tx: Words, rx: Words },
    /// Sends the words while replacing them.
    ExchangeInPlace(Words),
}

/// One transfer of a [`Message`](super::Message).
///
/// It is made of the data that it moves, and reads like an operation of embedded-hal. All settings
/// but the data have defaults: the speed and the word size of the device, one line, no delay, and a
/// chip select that stays active until the end of the message.
///
/// The word size belongs to the data, see [`Buffer::bits`](super::Buffer::bits).
///
/// # Examples
///
/// ```
/// use kernel::{
///     clk::Hertz,
///     spi::{
///         Buffer,
///         Delay,
///         Message,
///         Transfer, //
///     }, //
/// };
///
/// // Fast read of a flash memory: command, address, a dummy byte; then data.
/// let message = Message::new(
///     [
///         Transfer::write(Buffer::from_slice(&[0x0b_u8, 0, 0, 0, 0], GFP_KERNEL)?)
///             .speed(Hertz::from_mhz(10)),
///         Transfer::pause(Delay::from_micros(2)),
///         Transfer::read(Buffer::<u8>::zeroed(16, GFP_KERNEL)?),
///     ],
///     GFP_KERNEL,
/// )?;
/// assert_eq!(message.transfers()[0].tx(), Some(&[0x0b, 0, 0, 0, 0][..]));
/// assert_eq!(message.transfers()[0].rx(), None);
/// # Ok::<(), Error>(())
/// ```
///
/// All that can be said of one, to controllers that can do it:
///
/// ```
/// use kernel::spi::{
///     Buffer,
///     Delay,
///     LaneMode,
///     Lines,
///     Message,
///     Transfer, //
/// };
///
/// let tx = Buffer::from_slice(&[0x12_u16, 0x34], GFP_KERNEL)?.bits::<12>();
/// let rx = Buffer::<u16>::zeroed(2, GFP_KERNEL)?.bits::<12>();
/// let mut exchange = Transfer::exchange(tx, rx)?
///     .word_delay(Delay::from_nanos(200))
///     .delay(Delay::from_micros(1))
///     .cs_change_for(Delay::from_micros(5));
/// exchange.tx_words_mut::<u16>().ok_or(EINVAL)?[1] = 0x35;
/// assert_eq!(exchange.tx_words::<u16>(), Some(&[0x12, 0x35][..]));
///
/// // Clock cycles while the chip is not selected, and then a moment without its chip select.
/// let idle = Transfer::read(Buffer::<u8>::zeroed(10, GFP_KERNEL)?).cs_off().cs_change();
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// let mut message = Message::new([exchange, idle], GFP_KERNEL)?;
/// message.sync(dev)?;
/// assert_eq!(message.transfers()[0].rx_words::<u16>(), Some(&[0x12, 0x35][..]));
///
/// // Nothing is sent if the device, or its controller, does not have what is asked for.
/// let byte = || Ok::<_, Error>(Transfer::exchange_in_place(Buffer::<u8>::zeroed(1, GFP_KERNEL)?));
/// for special in [
///     byte()?.tx_lines(Lines::Quad),
///     byte()?.rx_lines(Lines::Quad),
///     byte()?.lane_mode(LaneMode::Mirror),
///     byte()?.double_rate(),
/// ] {
///     assert_eq!(Message::new([special], GFP_KERNEL)?.sync(dev), Err(EINVAL));
/// }
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// `raw` describes the transfer as if it had never been sent. Its buffers are those that `data`
/// owns, or NULL.
pub struct Transfer {
    data: Data,
    /// How many bits the words of the device may have, at least and at most.
    device_bits: (u8, u8),
    raw: bindings::spi_transfer,
}

impl Transfer {
    fn new(data: Data) -> Self {
        // INVARIANT: It describes a transfer without data, and is completed below.
        let mut this = Self {
            data,
            device_bits: ANY_BITS.into_inner(),
            raw: pin_init::zeroed(),
        };

        this.describe_data();
        this
    }

    /// Sends `tx`, a [`Buffer`](super::Buffer) or a [`Part`] of one.
    #[inline]
    pub fn write<W: Word>(tx: impl Into<Part<W>>) -> Self {
        Self::new(Data::Write(W::erase(tx.into())))
    }

    /// Fills `rx`, a [`Buffer`](super::Buffer) or a [`Part`] of one.
    #[inline]
    pub fn read<W: Word>(rx: impl Into<Part<W>>) -> Self {
        Self::new(Data::Read(W::erase(rx.into())))
    }

    /// Sends `tx` and fills `rx` at the same time.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if they are not of the same length, or their words not of as many bits. Both are
    ///   given back with it.
    #[inline]
    pub fn exchange<W: Word>(
        tx: impl Into<Part<W>>,
        rx: impl Into<Part<W>>,
    ) -> Result<Self, Refused<TxRx<W>>> {
        let (tx, rx) = (tx.into(), rx.into());
        if tx.len() != rx.len() || tx.bits() != rx.bits() {
            return Err(Refused::new(EINVAL, (tx, rx)));
        }

        Ok(Self::new(Data::Exchange {
            tx: W::erase(tx),
            rx: W::erase(rx),
        }))
    }

    /// Sends `data` and replaces it with what comes in.
    #[inline]
    pub fn exchange_in_place<W: Word>(data: impl Into<Part<W>>) -> Self {
        Self::new(Data::ExchangeInPlace(W::erase(data.into())))
    }

    /// Moves no data; waits for `delay` with the chip select as it is.
    #[inline]
    pub fn pause(delay: Delay) -> Self {
        Self::new(Data::Nothing).delay(delay)
    }

    /// Sends `len` words of type `W` that an offload takes from hardware.
    ///
    /// The words have `BITS` bits. A message with such a transfer can only be prepared for an
    /// offload; others refuse it with `EINVAL`.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if that is longer than [`u32::MAX`] bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::spi::{
    ///     Message,
    ///     Transfer, //
    /// };
    ///
    /// // A converter that takes a sample and gives one at each trigger.
    /// let update = Transfer::stream_out::<u16, 16>(1)?;
    /// let sample = Transfer::stream_in::<u32, 18>(1)?;
    /// assert!(Transfer::stream_in::<u32, 18>(usize::MAX).is_err());
    /// let mut message = Message::new([update, sample], GFP_KERNEL)?;
    /// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
    /// # kernel::spi::with_example_device(|dev| {
    /// // Only an offload can do it.
    /// assert_eq!(message.sync(dev), Err(EINVAL));
    /// # Ok(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// C constant: `SPI_OFFLOAD_XFER_TX_STREAM`.
    #[inline]
    pub fn stream_out<W: Word, const BITS: u8>(len: usize) -> Result<Self> {
        Self::stream::<W, BITS>(len, crate::bits::bit_u32(0))
    }

    /// Receives `len` words of type `W`, which an offload gives to hardware.
    ///
    /// Bits and errors are as in [`stream_out`](Self::stream_out).
    ///
    /// C constant: `SPI_OFFLOAD_XFER_RX_STREAM`.
    #[inline]
    pub fn stream_in<W: Word, const BITS: u8>(len: usize) -> Result<Self> {
        Self::stream::<W, BITS>(len, crate::bits::bit_u32(1))
    }

    #[inline]
    fn stream<W: Word, const BITS: u8>(len: usize, flags: u32) -> Result<Self> {
        const {
            assert!(
                BITS != 0 && word::fits::<W>(BITS),
                "the type of the words is not for so many bits"
            )
        };
        let bytes = len.checked_mul(size_of::<W>()).ok_or(EINVAL)?;

        let mut this = Self::new(Data::Nothing);
        this.raw.len = u32::try_from(bytes).map_err(|_| EINVAL)?;
        this.raw.bits_per_word = BITS;
        this.raw.offload_flags = flags;
        Ok(this)
    }

    /// Sets the highest speed of the clock, in Hz, in place of the device's.
    ///
    /// The controller's limit applies as well. 0 means the device's speed. Values above
    /// [`u32::MAX`] mean [`u32::MAX`].
    #[inline]
    pub fn speed(mut self, speed: Hertz) -> Self {
        self.raw.speed_hz = speed::to_hz(speed);
        self
    }

    /// Does this transfer with the chip select inactive.
    #[inline]
    pub fn cs_off(mut self) -> Self {
        self.raw.set_cs_off(1);
        self
    }

    /// Makes the chip select inactive for a moment after this transfer.
    ///
    /// After the last transfer of a message it asks for the opposite: the chip select may then stay
    /// active until the next message.
    #[inline]
    pub fn cs_change(mut self) -> Self {
        self.raw.set_cs_change(1);
        self
    }

    /// Sets how long the chip select stays inactive after this transfer; see
    /// [`cs_change`](Self::cs_change), which this implies.
    ///
    /// 0 µs means the core's default, 10 µs; 0 ns is really none.
    #[inline]
    pub fn cs_change_for(mut self, delay: Delay) -> Self {
        self.raw.cs_change_delay = delay.to_raw();
        self.cs_change()
    }

    /// Waits after the transfer, before the chip select changes or the next transfer starts.
    #[inline]
    pub fn delay(mut self, delay: Delay) -> Self {
        self.raw.delay = delay.to_raw();
        self
    }

    /// Waits after each word, if the controller can.
    ///
    /// The device may ask for a longer time, which then applies.
    #[inline]
    pub fn word_delay(mut self, delay: Delay) -> Self {
        self.raw.word_delay = delay.to_raw();
        self
    }

    /// Sets how many lines data are sent on.
    ///
    /// A device without that mode refuses the message with `EINVAL`.
    #[inline]
    pub fn tx_lines(mut self, lines: Lines) -> Self {
        if self.data.sent().is_some() {
            self.raw.set_tx_nbits(lines.to_raw());
        }
        self
    }

    /// Sets how many lines data are received on.
    ///
    /// A device without that mode refuses the message with `EINVAL`.
    #[inline]
    pub fn rx_lines(mut self, lines: Lines) -> Self {
        if self.data.received().is_some() {
            self.raw.set_rx_nbits(lines.to_raw());
        }
        self
    }

    /// Sets how the lanes of the device are used.
    ///
    /// A device without lanes refuses all but [`LaneMode::Single`] with `EINVAL`, and also a number
    /// of words that can't be distributed to its lanes.
    #[inline]
    pub fn lane_mode(mut self, mode: LaneMode) -> Self {
        self.raw.set_multi_lane_mode(mode.to_raw());
        self
    }

    /// Moves data on both edges of the clock.
    ///
    /// A controller that can't refuses the message with `EINVAL`.
    #[inline]
    pub fn double_rate(mut self) -> Self {
        self.raw.dtr_mode = true;
        self
    }

    /// Returns the bytes that are sent.
    ///
    /// `None` if nothing is sent, or words of another type.
    #[inline]
    pub fn tx(&self) -> Option<&[u8]> {
        self.tx_words()
    }

    /// Returns the bytes that are sent, to change them.
    ///
    /// `None` if nothing is sent, or words of another type.
    #[inline]
    pub fn tx_mut(&mut self) -> Option<&mut [u8]> {
        self.tx_words_mut()
    }

    /// Returns the bytes that came in with the last successful send.
    ///
    /// `None` if nothing is received, or words of another type.
    #[inline]
    pub fn rx(&self) -> Option<&[u8]> {
        self.rx_words()
    }

    /// Returns the words that are sent.
    ///
    /// `None` if nothing is sent, or words of another type.
    #[inline]
    pub fn tx_words<W: Word>(&self) -> Option<&[W]> {
        Some(W::get(self.data.sent()?)?)
    }

    /// Returns the words that are sent, to change them.
    ///
    /// `None` if nothing is sent, or words of another type.
    #[inline]
    pub fn tx_words_mut<W: Word>(&mut self) -> Option<&mut [W]> {
        match &mut self.data {
            Data::Write(tx) | Data::Exchange { tx, .. } | Data::ExchangeInPlace(tx) => {
                Some(W::get_mut(tx)?)
            }
            Data::Nothing | Data::Read(_) => None,
        }
    }

    /// Returns the words that came in with the last successful send.
    ///
    /// `None` if nothing is received, or words of another type.
    #[inline]
    pub fn rx_words<W: Word>(&self) -> Option<&[W]> {
        Some(W::get(self.data.received()?)?)
    }

    /// Takes the buffer of a transfer in one direction or in place, to use it again.
    ///
    /// The transfer moves nothing afterwards. `None` if it has no buffer, two of them, or one of
    /// another type of words; it then stays as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::spi::{
    ///     Buffer,
    ///     Transfer, //
    /// };
    ///
    /// let mut transfer = Transfer::read(Buffer::<u16>::zeroed(2, GFP_KERNEL)?);
    /// assert!(transfer.take_part::<u8>().is_none());
    /// let buffer = transfer.take_part::<u16>().ok_or(EIO)?.into_buffer();
    /// assert_eq!(buffer.len(), 2);
    /// assert!(transfer.take_part::<u16>().is_none());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn take_part<W: Word>(&mut self) -> Option<Part<W>> {
        match &self.data {
            Data::Write(words) | Data::Read(words) | Data::ExchangeInPlace(words) => {
                W::get(words)?;
            }
            Data::Nothing | Data::Exchange { .. } => return None,
        }

        let data = replace(&mut self.data, Data::Nothing);
        self.describe_data();

        match data {
            Data::Write(words) | Data::Read(words) | Data::ExchangeInPlace(words) => W::take(words),
            _ => None,
        }
    }

    /// Brings `raw` in line with `data`, which is moved on one line.
    fn describe_data(&mut self) {
        const NO_BUFFER: (*mut c_void, u32) = (ptr::null_mut(), 0);

        let (tx, rx) = (self.data.sent(), self.data.received());
        let (tx_buf, tx_len) = tx.map_or(NO_BUFFER, Words::raw_parts);
        let (rx_buf, rx_len) = rx.map_or(NO_BUFFER, Words::raw_parts);
        let lines = |words: Option<&Words>| words.map_or(0, |_| Lines::Single.to_raw());

        // INVARIANT: The buffers are allocations of their own, which don't move with `data`.
        self.raw.tx_buf = tx_buf.cast_const();
        self.raw.rx_buf = rx_buf;
        self.raw.set_tx_nbits(lines(tx));
        self.raw.set_rx_nbits(lines(rx));

        // If there are two, they are alike.
        let words = tx.or(rx);
        self.raw.len = tx_len.max(rx_len);
        self.raw.bits_per_word = words.map_or(0, Words::bits);
        self.device_bits = words.map_or(ANY_BITS, Words::device_bits).into_inner();
    }

    /// Writes the `struct spi_transfer` that describes this transfer to the SPI core, for `dev`.
    ///
    /// It points to the buffers, which must be there as long as it is used.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the device's word size is not right for the type of the words, or its lanes
    ///   not for their number.
    #[inline]
    pub(super) fn describe(&self, dev: &Device<Bound>, raw: &mut bindings::spi_transfer) -> Result {
        *raw = self.raw;

        let (min, max) = self.device_bits;
        if !(min..=max).contains(&dev.bits_per_word()) {
            return Err(EINVAL);
        }
        if self.raw.multi_lane_mode() != LaneMode::Single.to_raw() {
            self.check_lanes(dev)?;
        }
        Ok(())
    }

    /// The core does not check lanes; controllers that have none ignore them.
    #[cold]
    fn check_lanes(&self, dev: &Device<Bound>) -> Result {
        let stripes = self.raw.multi_lane_mode() == LaneMode::Stripe.to_raw();
        let suit = |words: Option<&Words>, lanes: usize| match words.map_or(0, Words::len) {
            0 => true,
            words => lanes > 1 && (!stripes || words % lanes == 0),
        };

        if !suit(self.data.sent(), dev.tx_lanes().len())
            || !suit(self.data.received(), dev.rx_lanes().len())
        {
            return Err(EINVAL);
        }
        Ok(())
    }
}

impl Data {
    #[inline]
    fn sent(&self) -> Option<&Words> {
        match self {
            Self::Write(tx) | Self::Exchange { tx, .. } | Self::ExchangeInPlace(tx) => Some(tx),
            Self::Nothing | Self::Read(_) => None,
        }
    }

    #[inline]
    fn received(&self) -> Option<&Words> {
        match self {
            Self::Read(rx) | Self::Exchange { rx, .. } | Self::ExchangeInPlace(rx) => Some(rx),
            Self::Nothing | Self::Write(_) => None,
        }
    }
}

// SAFETY: What `raw` points to belongs to `data`, which has no ties to a thread.
unsafe impl Send for Transfer {}

// SAFETY: As above; `&Transfer` gives access to plain data only.
unsafe impl Sync for Transfer {}
