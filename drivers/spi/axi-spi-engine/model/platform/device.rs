// SPDX-License-Identifier: GPL-2.0

//! Devices on the bus of an engine's driver, and messages to them.

use super::{
    ffi,
    Board,
    Consumer,
    FloodEnds, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    error::{
        from_err_ptr,
        to_result, //
    },
    prelude::*,
    str::CString, //
};

/// A device on the bus of an engine's driver.
///
/// # Invariants
///
/// `spi` came from `axi_engine_add_device()` and was not removed.
pub struct SpiDevice<'a> {
    spi: NonNull<ffi::Spi>,
    _board: PhantomData<&'a Board>,
}

impl SpiDevice<'_> {
    /// # Safety
    ///
    /// `spi` has to come from `axi_engine_add_device()`, and to be the caller's to remove.
    pub(super) unsafe fn new(spi: *mut ffi::Spi) -> Result<Self> {
        // INVARIANT: By this function's requirements.
        Ok(Self {
            spi: NonNull::new(spi).ok_or(ENODEV)?,
            _board: PhantomData,
        })
    }

    /// Sends a message of these transfers, and waits for it. Gives the number of bytes that the
    /// driver says it sent.
    ///
    /// # Errors
    ///
    /// What `spi_sync()` returns.
    pub fn sync(&self, transfers: &mut [Transfer<'_>]) -> Result<usize> {
        let mut actual = 0;
        let count = u32::try_from(transfers.len())?;
        // SAFETY: By the type invariant the device is valid, and so are the transfers: `Transfer`
        // is transparent.
        to_result(unsafe {
            ffi::axi_engine_sync(
                self.spi.as_ptr(),
                transfers.as_ptr().cast(),
                count,
                &mut actual,
            )
        })?;
        Ok(usize::try_from(actual)?)
    }

    /// Sends a message of these transfers while `body` runs, and waits for it. Gives what
    /// [`sync`](Self::sync) would, and what `body` returned. Interrupts are off when it is handed
    /// to the core.
    ///
    /// # Errors
    ///
    /// What `spi_async()` returns; then `body` has not run.
    pub fn sync_during<R>(
        &self,
        transfers: &mut [Transfer<'_>],
        body: impl FnOnce() -> R,
    ) -> Result<(Result<usize>, R)> {
        let mut actual = 0;
        let count = u32::try_from(transfers.len())?;
        // SAFETY: By the type invariant the device is valid, and so are the transfers: `Transfer`
        // is transparent. They are borrowed until the message has ended.
        let message = from_err_ptr(unsafe {
            ffi::axi_engine_message_begin(self.spi.as_ptr(), transfers.as_ptr().cast(), count)
        })?;
        let returned = body();

        // SAFETY: The message came from there, and nobody has it after this.
        let ended = to_result(unsafe { ffi::axi_engine_message_end(message, &mut actual) });
        let sent = usize::try_from(actual)?;
        Ok((ended.map(|()| sent), returned))
    }

    /// Sends a message to a loopback that is freed by its callback, as soon as it has ended.
    ///
    /// # Errors
    ///
    /// - How it ended.
    /// - [`EBADMSG`] if something else came back than was sent.
    /// - [`ENOMEM`], or what `spi_async()` returns.
    pub fn send_orphan(&self) -> Result {
        // SAFETY: By the type invariant the device is valid.
        to_result(unsafe { ffi::axi_engine_send_orphan(self.spi.as_ptr()) })
    }

    /// The name of the device.
    ///
    /// # Errors
    ///
    /// [`ENOMEM`].
    pub fn name(&self) -> Result<CString> {
        // SAFETY: By the type invariant the device is valid, and it is not renamed.
        let name = unsafe { CStr::from_char_ptr(ffi::axi_engine_device_name(self.spi.as_ptr())) };
        Ok(name.try_into()?)
    }

    /// Whether it has a driver.
    pub fn is_bound(&self) -> bool {
        // SAFETY: By the type invariant the device is valid.
        unsafe { ffi::axi_engine_device_is_bound(self.spi.as_ptr()) }
    }
}

impl SpiDevice<'_> {
    /// Sends so many messages to a loopback, without waiting for them, while `body` runs; says how
    /// they ended, and what `body` returned.
    ///
    /// # Errors
    ///
    /// [`ENOMEM`].
    pub fn flood<R>(&self, count: u32, body: impl FnOnce() -> R) -> Result<(FloodEnds, R)> {
        // SAFETY: By the type invariant the device is valid.
        let flood = from_err_ptr(unsafe { ffi::axi_engine_flood_begin(self.spi.as_ptr(), count) })?;
        let returned = body();

        // SAFETY: The flood came from there, and nobody has it after this.
        Ok((unsafe { ffi::axi_engine_flood_end(flood) }, returned))
    }

    /// Gets an offload with these capabilities, and its trigger, as a driver in C does.
    ///
    /// # Errors
    ///
    /// What `devm_spi_offload_get()` or `devm_spi_offload_trigger_get()` returns.
    pub fn offload(&self, capabilities: u32) -> Result<Consumer<'_>> {
        // SAFETY: By the type invariant the device is valid.
        let consumer =
            from_err_ptr(unsafe { ffi::axi_engine_consumer_get(self.spi.as_ptr(), capabilities) })?;

        // SAFETY: It came from there just now, and is nobody else's.
        unsafe { Consumer::new(consumer) }
    }
}

impl Drop for SpiDevice<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the device is valid, and nobody has it after this.
        unsafe { ffi::axi_engine_remove_device(self.spi.as_ptr()) };
    }
}

/// Flags of `struct spi_transfer.offload_flags`.
const SPI_OFFLOAD_XFER_TX_STREAM: u32 = 1 << 0;
const SPI_OFFLOAD_XFER_RX_STREAM: u32 = 1 << 1;

/// A transfer of a message. Buffers hold words in the CPU's byte order, of 1, 2 or 4 bytes.
///
/// # Invariants
///
/// The pointers are null, or valid for `len` bytes and `'a`; that for what is received is not
/// borrowed elsewhere.
#[repr(transparent)]
pub struct Transfer<'a> {
    raw: ffi::RawTransfer,
    _buffers: PhantomData<&'a mut [u8]>,
}

impl<'a> Transfer<'a> {
    fn new(tx: *const u8, rx: *mut u8, len: usize) -> Self {
        // INVARIANT: The callers have such pointers.
        Self {
            raw: ffi::RawTransfer {
                tx: tx.cast(),
                rx: rx.cast(),
                len: u32::try_from(len).unwrap_or(u32::MAX),
                ..Default::default()
            },
            _buffers: PhantomData,
        }
    }

    /// A transfer without data.
    pub fn nothing() -> Self {
        Self::new(core::ptr::null(), core::ptr::null_mut(), 0)
    }

    /// Sends.
    pub fn write(tx: &'a [u8]) -> Self {
        Self::new(tx.as_ptr(), core::ptr::null_mut(), tx.len())
    }

    /// Receives.
    pub fn read(rx: &'a mut [u8]) -> Self {
        Self::new(core::ptr::null(), rx.as_mut_ptr(), rx.len())
    }

    /// Sends and receives as many bytes as the shorter one has.
    pub fn exchange(tx: &'a [u8], rx: &'a mut [u8]) -> Self {
        Self::new(tx.as_ptr(), rx.as_mut_ptr(), tx.len().min(rx.len()))
    }

    /// Sets the word length.
    pub fn bits(mut self, bits: u8) -> Self {
        self.raw.bits_per_word = bits;
        self
    }

    /// Sets the speed.
    pub fn speed(mut self, hz: u32) -> Self {
        self.raw.speed_hz = hz;
        self
    }

    /// Sets the delay after it.
    pub fn delay(mut self, ns: u32) -> Self {
        self.raw.delay_ns = ns;
        self
    }

    /// Sets the delay after each word.
    pub fn word_delay(mut self, ns: u32) -> Self {
        self.raw.word_delay_ns = ns;
        self
    }

    /// The chip select changes after it, for at least so long.
    pub fn cs_change(mut self, ns: u32) -> Self {
        self.raw.cs_change = true;
        self.raw.cs_change_delay_ns = ns;
        self
    }

    /// The chip select is inactive during it.
    pub fn cs_off(mut self) -> Self {
        self.raw.cs_off = true;
        self
    }

    /// Sends so many bytes of the offload's stream.
    pub fn write_stream(len: usize) -> Self {
        Self::stream(len, SPI_OFFLOAD_XFER_TX_STREAM)
    }

    /// Receives so many bytes into the offload's stream.
    pub fn read_stream(len: usize) -> Self {
        Self::stream(len, SPI_OFFLOAD_XFER_RX_STREAM)
    }

    fn stream(len: usize, flags: u32) -> Self {
        let mut this = Self::new(core::ptr::null(), core::ptr::null_mut(), len);
        this.raw.offload_flags = flags;
        this
    }

    /// What comes in goes to the offload's stream.
    pub fn receiving_stream(mut self) -> Self {
        self.raw.offload_flags |= SPI_OFFLOAD_XFER_RX_STREAM;
        self
    }

    /// Words are spread over the lanes.
    pub fn stripe(mut self) -> Self {
        self.raw.stripe = true;
        self
    }
}
