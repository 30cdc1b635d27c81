// SPDX-License-Identifier: GPL-2.0

//! Transfers as a controller sees them: parts of somebody else's message.

use super::delay;
use crate::{
    bindings,
    bits::bit_u32,
    clk::Hertz,
    math64,
    prelude::*,
    scatterlist::SGTable,
    spi::{
        speed,
        Device,
        LaneMode,
        Lines, //
    },
    time::Delta, //
};

use core::{
    marker::PhantomData,
    num::NonZero,
    ops::Deref,
    ptr, //
};

/// What one transfer of a message asks for, without its data.
///
/// # Invariants
///
/// - `raw` points to a valid transfer of the valid message `msg`, which is validated and has a
///   device, as long as `'m`. Nobody else accesses what the methods do.
/// - Each of the buffers of the transfer that is not NULL has `len` bytes.
pub struct TransferRef<'m> {
    msg: *mut bindings::spi_message,
    raw: *mut bindings::spi_transfer,
    _lifetime: PhantomData<&'m bindings::spi_transfer>,
}

impl TransferRef<'_> {
    /// # Safety
    ///
    /// The type invariants must hold.
    #[inline]
    pub(in crate::spi) unsafe fn from_raw(
        msg: *mut bindings::spi_message,
        raw: *mut bindings::spi_transfer,
    ) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            msg,
            raw,
            _lifetime: PhantomData,
        }
    }

    #[inline]
    pub(in crate::spi) fn as_raw(&self) -> *mut bindings::spi_transfer {
        self.raw
    }

    #[inline]
    pub(in crate::spi) fn message(&self) -> *mut bindings::spi_message {
        self.msg
    }

    /// Returns the device that the message goes to.
    #[inline]
    pub fn device(&self) -> &Device {
        // SAFETY: By the type invariant the message is valid, and has a device.
        unsafe { Device::from_raw((*self.msg).spi) }
    }

    /// Returns the number of bytes to transfer; it may be 0.
    ///
    /// C field: `len` of `struct spi_transfer`.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: By the type invariant.
        let len = unsafe { (*self.raw).len };

        // CAST: `usize` has 32 bits at least.
        len as usize
    }

    /// Returns the number of words to transfer; what does not make a whole word is not counted.
    #[inline]
    pub fn words(&self) -> u32 {
        // SAFETY: By the type invariant.
        let len = unsafe { (*self.raw).len };

        match self.bits_per_word() {
            ..=8 => len,
            9..=16 => len / 2,
            _ => len / 4,
        }
    }

    /// Returns whether there is nothing to transfer.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the message's owner has data to send, or the core has made up some.
    #[inline]
    pub fn has_tx(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { !(*self.raw).tx_buf.is_null() }
    }

    /// Returns whether the message's owner wants the data that come in.
    #[inline]
    pub fn has_rx(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { !(*self.raw).rx_buf.is_null() }
    }

    /// Returns whether the data to be sent come from the stream of the message's offload.
    ///
    /// C constant: `SPI_OFFLOAD_XFER_TX_STREAM`.
    #[inline]
    pub fn is_tx_stream(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).offload_flags & bit_u32(0) != 0 }
    }

    /// Returns whether the data that come in go to the stream of the message's offload.
    ///
    /// C constant: `SPI_OFFLOAD_XFER_RX_STREAM`.
    #[inline]
    pub fn is_rx_stream(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).offload_flags & bit_u32(1) != 0 }
    }

    /// Returns the highest speed of the clock for this transfer, in Hz; 0 if neither the device nor
    /// the controller has one.
    ///
    /// C field: `speed_hz` of `struct spi_transfer`.
    #[inline]
    pub fn speed(&self) -> Hertz {
        // SAFETY: By the type invariant.
        speed::from_hz(unsafe { (*self.raw).speed_hz })
    }

    /// Returns the number of bits in a word, 1 to 32.
    ///
    /// C field: `bits_per_word` of `struct spi_transfer`.
    #[inline]
    pub fn bits_per_word(&self) -> u8 {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).bits_per_word }
    }

    /// Returns how many bytes of a buffer a word takes: 1, 2 or 4.
    ///
    /// C function: `spi_bpw_to_bytes()`.
    #[inline]
    pub fn bytes_per_word(&self) -> usize {
        match self.bits_per_word() {
            ..=8 => 1,
            9..=16 => 2,
            _ => 4,
        }
    }

    /// Returns whether the chip select is to become inactive for a moment after this transfer;
    /// after the last one, whether it may stay active.
    ///
    /// C field: `cs_change` of `struct spi_transfer`.
    #[inline]
    pub fn cs_change(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).cs_change() != 0 }
    }

    /// Returns whether the chip select is to be inactive during this transfer.
    ///
    /// C field: `cs_off` of `struct spi_transfer`.
    #[inline]
    pub fn cs_off(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).cs_off() != 0 }
    }

    /// Returns how many lines the data are sent on.
    ///
    /// C field: `tx_nbits` of `struct spi_transfer`.
    #[inline]
    pub fn tx_lines(&self) -> Lines {
        // SAFETY: By the type invariant.
        Lines::from_raw(unsafe { (*self.raw).tx_nbits() })
    }

    /// Returns how many lines the data are received on.
    ///
    /// C field: `rx_nbits` of `struct spi_transfer`.
    #[inline]
    pub fn rx_lines(&self) -> Lines {
        // SAFETY: By the type invariant.
        Lines::from_raw(unsafe { (*self.raw).rx_nbits() })
    }

    /// Returns whether the transfer uses a single data lane, as most do.
    #[inline]
    pub(super) fn is_single_lane(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).multi_lane_mode() == bindings::SPI_MULTI_LANE_MODE_SINGLE }
    }

    /// Returns how the transfer uses several data lanes.
    ///
    /// The core does not compare this with what the controller can do: one that has a single lane
    /// must refuse what it does not know.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the owner asks for something that has no meaning.
    ///
    /// C field: `multi_lane_mode` of `struct spi_transfer`.
    #[inline]
    pub fn lane_mode(&self) -> Result<LaneMode> {
        // SAFETY: By the type invariant.
        LaneMode::from_raw(unsafe { (*self.raw).multi_lane_mode() })
    }

    /// Returns whether data are to be transferred on both edges of the clock.
    ///
    /// C field: `dtr_mode` of `struct spi_transfer`.
    #[inline]
    pub fn dtr_mode(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).dtr_mode }
    }

    /// Returns whether the transfer is there for its clock cycles only, and no data matter.
    ///
    /// C field: `dummy_data` of `struct spi_transfer`.
    #[inline]
    pub fn dummy_data(&self) -> bool {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).dummy_data() != 0 }
    }

    /// Returns whether there is something to wait for after the transfer or its words.
    #[inline]
    pub fn has_delays(&self) -> bool {
        // SAFETY: By the type invariant.
        let after = unsafe { (*self.raw).delay.value };

        // SAFETY: As above.
        let words = unsafe { (*self.raw).word_delay.value };

        after != 0 || words != 0
    }

    /// Returns whether the transfer has no delays and uses one data lane, and nothing special is to
    /// become of the chip select.
    ///
    /// That says nothing of how many lines the lane has, and of [`Mode`](crate::spi::Mode).
    #[inline]
    pub fn is_plain(&self) -> bool {
        !self.has_delays() && !self.cs_change() && !self.cs_off() && self.is_single_lane()
    }

    /// Returns how long to wait after the transfer, before the chip select changes or the next
    /// transfer starts.
    ///
    /// The core does so for controllers that implement `transfer_one`.
    ///
    /// C field: `delay` of `struct spi_transfer`.
    #[inline]
    pub fn delay(&self) -> Delta {
        // SAFETY: By the type invariant.
        self.to_delta(unsafe { &(*self.raw).delay })
    }

    /// Returns for how long the chip select is to be inactive, if [`cs_change`](Self::cs_change)
    /// asks for it: 10 µs unless the owner has set something else.
    ///
    /// C field: `cs_change_delay` of `struct spi_transfer`.
    pub fn cs_change_delay(&self) -> Delta {
        // SAFETY: By the type invariant.
        let delay = unsafe { &(*self.raw).cs_change_delay };

        match (delay.value, u32::from(delay.unit)) {
            (0, bindings::SPI_DELAY_UNIT_USECS) => Delta::from_micros(10),
            _ => self.to_delta(delay),
        }
    }

    /// Returns how long to wait after each word.
    ///
    /// C field: `word_delay` of `struct spi_transfer`.
    #[inline]
    pub fn word_delay(&self) -> Delta {
        // SAFETY: By the type invariant.
        self.to_delta(unsafe { &(*self.raw).word_delay })
    }

    /// Tells at which speed the clock really runs, or ran, in Hz.
    ///
    /// The owner of the message sees it, and delays in clock cycles are computed with it from then
    /// on.
    ///
    /// C field: `effective_speed_hz` of `struct spi_transfer`.
    #[inline]
    pub fn set_effective_speed(&self, speed: Hertz) {
        // SAFETY: By the type invariant. Nobody has a reference to the field.
        unsafe { (*self.raw).effective_speed_hz = speed::to_hz(speed) };
    }

    #[inline]
    fn to_delta(&self, delay: &bindings::spi_delay) -> Delta {
        // Most transfers have none.
        if delay.value == 0 {
            return Delta::ZERO;
        }

        // SAFETY: By the type invariant.
        let effective = unsafe { (*self.raw).effective_speed_hz };

        // SAFETY: As above.
        let asked_for = unsafe { (*self.raw).speed_hz };

        // The core takes half of what is asked for as well, to be on the safe side.
        delay::to_delta(
            delay,
            if effective != 0 {
                effective
            } else {
                asked_for / 2
            },
        )
    }

    /// Returns after which time a transfer that has not ended can be given up.
    ///
    /// Twice the time that the bits take, and 200 ms. The core waits as long for a transfer of a
    /// controller that implements `transfer_one`.
    pub fn timeout(&self) -> Delta {
        let hz = u64::try_from(self.speed().as_hz()).unwrap_or(0);
        let hz = NonZero::new(hz).unwrap_or(DEFAULT_HZ);
        // CAST: `u64` is not smaller than `usize`. A length has 32 bits, so the product fits.
        let bits = 8 * self.len() as u64;
        let ms = math64::div(2 * bits * 1000, hz) + 200;

        Delta::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
    }
}

/// The speed that the core reckons with if there is none.
const DEFAULT_HZ: NonZero<u64> = math64::divisor::<100_000>();

/// One transfer of the message that a controller is to send now.
///
/// The buffers may be the same memory, or overlap those of other transfers, so they are accessed by
/// copying.
///
/// # Invariants
///
/// The message is in flight on the controller, and nobody else accesses the transfer and its
/// buffers as long as `'m`.
pub struct CurrentTransfer<'m> {
    view: TransferRef<'m>,
}

impl<'m> CurrentTransfer<'m> {
    /// # Safety
    ///
    /// The type invariants of [`TransferRef`] and [`CurrentTransfer`] must hold.
    #[inline]
    pub(in crate::spi) unsafe fn from_raw(
        msg: *mut bindings::spi_message,
        raw: *mut bindings::spi_transfer,
    ) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            // SAFETY: By the safety requirement.
            view: unsafe { TransferRef::from_raw(msg, raw) },
        }
    }

    /// Copies the data to be sent, from `offset` on, to `dst`; zeroes if there is no buffer.
    ///
    /// Both are in bytes. Words of more than 8 bits are in native byte order.
    ///
    /// # Errors
    ///
    /// `EINVAL` if this goes beyond the end of the transfer.
    #[inline]
    pub fn read_tx(&self, offset: usize, dst: &mut [u8]) -> Result {
        self.check(offset, dst.len())?;

        // SAFETY: By the type invariant.
        let tx = unsafe { (*self.raw).tx_buf }.cast::<u8>();
        if tx.is_null() {
            dst.fill(0);
            return Ok(());
        }

        // SAFETY: The range was checked against the length of the buffer. `dst` is not part of it,
        // as it is borrowed exclusively and the buffer is in the hands of the C side.
        unsafe { ptr::copy_nonoverlapping(tx.add(offset), dst.as_mut_ptr(), dst.len()) };
        Ok(())
    }

    /// Copies `src`, which came in, to the owner's buffer from `offset` on, if there is one.
    ///
    /// Both are in bytes. Words of more than 8 bits are in native byte order.
    ///
    /// # Errors
    ///
    /// `EINVAL` if this goes beyond the end of the transfer.
    #[inline]
    pub fn write_rx(&mut self, offset: usize, src: &[u8]) -> Result {
        self.check(offset, src.len())?;

        // SAFETY: By the type invariant.
        let rx = unsafe { (*self.raw).rx_buf }.cast::<u8>();
        if rx.is_null() {
            return Ok(());
        }

        // SAFETY: The range was checked against the length of the buffer. `src` is not part of it,
        // as it is borrowed and the buffer is in the hands of the C side.
        unsafe { ptr::copy_nonoverlapping(src.as_ptr(), rx.add(offset), src.len()) };
        Ok(())
    }

    /// Copies all that is to be sent to where what comes in goes, as if the lines were connected.
    #[inline]
    pub fn loop_back(&mut self) {
        // SAFETY: By the type invariant.
        let tx = unsafe { (*self.raw).tx_buf }.cast::<u8>();

        // SAFETY: As above.
        let rx = unsafe { (*self.raw).rx_buf }.cast::<u8>();

        match (tx.is_null(), rx.is_null()) {
            (_, true) => {}
            (true, false) => self.receive_zeroes(),
            // SAFETY: By the type invariant both have as many bytes; they may overlap.
            (false, false) => unsafe { ptr::copy(tx, rx, self.len()) },
        }
    }

    #[cold]
    fn receive_zeroes(&mut self) {
        // SAFETY: By the type invariant.
        let rx = unsafe { (*self.raw).rx_buf }.cast::<u8>();

        if !rx.is_null() {
            // SAFETY: By the type invariant the buffer has as many bytes.
            unsafe { ptr::write_bytes(rx, 0, self.len()) };
        }
    }

    /// Returns the addresses of the data to be sent for the mapping device, if the core has mapped
    /// them for DMA.
    ///
    /// It does that for transfers for which [`Operations::can_dma`](super::Operations::can_dma)
    /// says so, before the message is sent, and takes the mapping back when the message is
    /// finished. The hardware must not access the memory any more when the transfer ends, also if
    /// it ends by a timeout; see [`Operations::handle_err`](super::Operations::handle_err).
    ///
    /// C field: `tx_sg` of `struct spi_transfer`.
    #[inline]
    pub fn tx_sg(&self) -> Option<&SGTable> {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).tx_sg_mapped }.then(|| {
            // SAFETY: The table is mapped as long as the message is in flight.
            unsafe { SGTable::from_raw(&raw mut (*self.raw).tx_sg) }
        })
    }

    /// Returns the addresses where what comes in goes, like [`tx_sg`](Self::tx_sg).
    ///
    /// C field: `rx_sg` of `struct spi_transfer`.
    #[inline]
    pub fn rx_sg(&self) -> Option<&SGTable> {
        // SAFETY: By the type invariant.
        unsafe { (*self.raw).rx_sg_mapped }.then(|| {
            // SAFETY: The table is mapped as long as the message is in flight.
            unsafe { SGTable::from_raw(&raw mut (*self.raw).rx_sg) }
        })
    }

    #[inline]
    fn check(&self, offset: usize, len: usize) -> Result {
        match offset.checked_add(len) {
            Some(end) if end <= self.len() => Ok(()),
            _ => Err(EINVAL),
        }
    }
}

impl<'m> Deref for CurrentTransfer<'m> {
    type Target = TransferRef<'m>;

    #[inline]
    fn deref(&self) -> &TransferRef<'m> {
        &self.view
    }
}
