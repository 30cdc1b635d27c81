// SPDX-License-Identifier: GPL-2.0

//! A driver of a device that uses an offload: the safe side of `axi_spi_engine_offload.c`.

use super::{
    ffi,
    SpiDevice,
    Transfer, //
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
    prelude::*, //
};

/// Which streams an offload is connected to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    /// What is received goes to one.
    pub rx: bool,
    /// What is sent comes from one.
    pub tx: bool,
}

impl Streams {
    /// `AXI_ENGINE_RX_STREAM` and so on.
    pub(super) fn bits(self) -> u32 {
        u32::from(self.rx) | u32::from(self.tx) << 1
    }
}

/// An offload and its trigger, as a driver in C has them.
///
/// They are put when the device goes, if not before; then there is nothing that it can do.
///
/// # Invariants
///
/// `raw` came from `axi_engine_consumer_get()` and was not put.
pub struct Consumer<'a> {
    raw: NonNull<ffi::Consumer>,
    _device: PhantomData<&'a SpiDevice<'a>>,
}

impl<'a> Consumer<'a> {
    /// # Safety
    ///
    /// `raw` has to come from `axi_engine_consumer_get()`, and to be the caller's to put.
    pub(super) unsafe fn new(raw: *mut ffi::Consumer) -> Result<Self> {
        // INVARIANT: By this function's requirements.
        Ok(Self {
            raw: NonNull::new(raw).ok_or(ENODEV)?,
            _device: PhantomData,
        })
    }

    /// Has the offload record a message of these transfers.
    ///
    /// # Errors
    ///
    /// What `spi_optimize_message()` returns.
    pub fn prepare(&self, transfers: &mut [Transfer<'_>]) -> Result<Program<'_>> {
        let count = u32::try_from(transfers.len())?;
        // SAFETY: By the type invariant the consumer is valid, and so are the transfers. What they
        // send is recorded, and not used afterwards.
        let raw = from_err_ptr(unsafe {
            ffi::axi_engine_program_prepare(self.raw.as_ptr(), transfers.as_ptr().cast(), count)
        })?;

        // INVARIANT: It came from there.
        Ok(Program {
            raw: NonNull::new(raw).ok_or(ENODEV)?,
            _consumer: PhantomData,
        })
    }

    /// Lets the trigger start what is recorded.
    ///
    /// # Errors
    ///
    /// What `spi_offload_trigger_enable()` returns.
    pub fn enable(&self) -> Result {
        // SAFETY: By the type invariant the consumer is valid.
        to_result(unsafe { ffi::axi_engine_consumer_enable(self.raw.as_ptr()) })
    }

    /// Stops it.
    pub fn disable(&self) {
        // SAFETY: By the type invariant the consumer is valid.
        unsafe { ffi::axi_engine_consumer_disable(self.raw.as_ptr()) };
    }
}

impl Drop for Consumer<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the consumer is valid, and nobody has it after this.
        unsafe { ffi::axi_engine_consumer_put(self.raw.as_ptr()) };
    }
}

/// A message that an offload has recorded. It is forgotten when this is dropped.
///
/// # Invariants
///
/// `raw` came from `axi_engine_program_prepare()` and was not forgotten.
pub struct Program<'c> {
    raw: NonNull<ffi::Program>,
    _consumer: PhantomData<&'c Consumer<'c>>,
}

impl Program<'_> {
    /// Sends it as if it were a plain message.
    ///
    /// # Errors
    ///
    /// What `spi_sync()` returns.
    pub fn send(&self) -> Result {
        // SAFETY: By the type invariant the program is valid.
        to_result(unsafe { ffi::axi_engine_program_send(self.raw.as_ptr()) })
    }
}

impl Drop for Program<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the program is valid, and nobody has it after this.
        unsafe { ffi::axi_engine_program_forget(self.raw.as_ptr()) };
    }
}
