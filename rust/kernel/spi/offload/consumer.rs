// SPDX-License-Identifier: GPL-2.0

//! Offloads, consumer side.

use super::{
    Capabilities,
    Prepared, //
};
use crate::{
    bindings,
    device::{
        self,
        Bound, //
    },
    error::from_err_ptr,
    prelude::*,
    spi::{
        Device,
        Message,
        Refused, //
    }, //
};

#[cfg(CONFIG_DMA_ENGINE)]
use crate::dmaengine::Channel;

use core::ptr::NonNull;

/// A part of a controller that sends a message without the CPU.
///
/// As long as it exists no other driver gets it. It is put back when this is dropped.
///
/// # Invariants
///
/// The `get_offload` operation of the controller of `dev` returned `raw`, which has not been put
/// since. It is valid as long as the controller is registered, hence as long as `'bound`.
pub struct Offload<'bound> {
    dev: &'bound Device<Bound>,
    raw: NonNull<bindings::spi_offload>,
}

impl<'bound> Offload<'bound> {
    /// Gets an offload of the controller of `dev` that has all of `capabilities`.
    ///
    /// This sleeps, and is meant for probe.
    ///
    /// # Errors
    ///
    /// - `ENODEV` if the controller has no such offload; drivers then do without.
    /// - `EBUSY` if all such offloads are taken.
    /// - What else the controller's driver returns.
    ///
    /// C function: `devm_spi_offload_get()`, but `EINVAL` becomes `ENODEV`: controllers may return
    /// that for capabilities which they lack, and there is nothing else that could be wrong.
    pub fn get(dev: &'bound Device<Bound>, capabilities: Capabilities) -> Result<Self> {
        // SAFETY: `dev` is bound, hence its controller is registered, and not configured any more.
        let ctlr = unsafe { (*dev.as_raw()).controller };

        // SAFETY: As above.
        let operations = unsafe { ((*ctlr).get_offload, (*ctlr).put_offload) };
        let (Some(get), Some(_)) = operations else {
            return Err(ENODEV);
        };
        let config = bindings::spi_offload_config {
            capability_flags: capabilities.as_raw(),
        };

        // SAFETY: The operation is called as the C function does it, with a device of the
        // controller and a configuration.
        let raw =
            from_err_ptr(unsafe { get(dev.as_raw(), &raw const config) }).map_err(|error| {
                if error == EINVAL {
                    ENODEV
                } else {
                    error
                }
            })?;

        // INVARIANT: Got just now; `'bound` ends before the controller is unregistered.
        Ok(Self {
            dev,
            raw: NonNull::new(raw).ok_or(ENODEV)?,
        })
    }

    #[inline]
    pub(in crate::spi) fn as_raw(&self) -> *mut bindings::spi_offload {
        self.raw.as_ptr()
    }

    #[inline]
    pub(super) fn as_ptr(&self) -> NonNull<bindings::spi_offload> {
        self.raw
    }

    /// Returns the device that firmware describes the trigger in.
    pub(super) fn provider(&self) -> &device::Device {
        // SAFETY: By the type invariant `raw` is valid. A provider sets the field to its device
        // when it makes the offload.
        unsafe { device::Device::from_raw((*self.as_raw()).provider_dev) }
    }

    /// Has the controller record `message`, so that a trigger can start it.
    ///
    /// What the message sends is recorded as well. This may sleep.
    ///
    /// # Errors
    ///
    /// The offload and the message come back with each of them.
    ///
    /// - `EINVAL` if the device or the offload can't do what a transfer asks for; the latter is so
    ///   if a transfer has a buffer to receive into, on controllers that only receive into a
    ///   stream.
    /// - `ENOMEM` if there is no memory.
    /// - What else the controller's driver returns, `ENOSPC` or `EINVAL` if the message is too
    ///   long.
    ///
    /// C function: `spi_optimize_message()`.
    pub fn prepare(self, message: Message) -> Result<Prepared<'bound>, Refused<(Self, Message)>> {
        // SAFETY: The offload is one of the controller of `dev`, and by the type invariant valid.
        // `Prepared` keeps it until it has unoptimized the message.
        match unsafe { message.optimize_for(self.dev, self.as_raw()) } {
            Ok(optimized) => Ok(Prepared::new(optimized, self)),
            Err(Refused { error, returned }) => Err(Refused::new(error, (self, returned))),
        }
    }
}

#[cfg(CONFIG_DMA_ENGINE)]
impl<'bound> Offload<'bound> {
    /// Requests the DMA channel that the data come from which stream transfers send
    /// (`SPI_OFFLOAD_XFER_TX_STREAM`).
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `EOPNOTSUPP` if the offload has no such channel, or its driver can't tell when it has
    ///   stopped.
    /// - `EPROBE_DEFER` if the DMA controller is not there yet.
    /// - `EINVAL` if there can be no device link to it.
    /// - What else the driver of the DMA controller returns, `EBUSY` if the channel is taken.
    ///
    /// C function: `devm_spi_offload_tx_stream_request_dma_chan()`.
    pub fn tx_stream(&self) -> Result<Channel<'bound>> {
        self.channel(self.operations()?.tx_stream_request_dma_chan)
    }

    /// Requests the DMA channel that the data go to which stream transfers receive
    /// (`SPI_OFFLOAD_XFER_RX_STREAM`).
    ///
    /// Errors are those of [`tx_stream`](Self::tx_stream).
    ///
    /// C function: `devm_spi_offload_rx_stream_request_dma_chan()`.
    pub fn rx_stream(&self) -> Result<Channel<'bound>> {
        self.channel(self.operations()?.rx_stream_request_dma_chan)
    }

    /// Returns the operations of the offload.
    fn operations(&self) -> Result<&bindings::spi_offload_ops> {
        // SAFETY: By the type invariant `raw` is valid. A provider sets the field when it makes the
        // offload, to operations that are there as long.
        unsafe { (*self.as_raw()).ops.as_ref() }.ok_or(EOPNOTSUPP)
    }

    fn channel(&self, request: Option<Request>) -> Result<Channel<'bound>> {
        let request = request.ok_or(EOPNOTSUPP)?;

        // SAFETY: The operation is called as the C function does it, with an offload that is taken.
        let channel = from_err_ptr(unsafe { request(self.as_raw()) })?;

        // SAFETY: The channel was requested just now.
        unsafe { Channel::from_raw(self.dev.as_ref(), channel) }
    }
}

/// An operation that requests a channel.
#[cfg(CONFIG_DMA_ENGINE)]
type Request = unsafe extern "C" fn(*mut bindings::spi_offload) -> *mut bindings::dma_chan;

impl Drop for Offload<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the device is bound, hence its controller is registered.
        let ctlr = unsafe { (*self.dev.as_raw()).controller };

        // SAFETY: As above.
        if let Some(put) = unsafe { (*ctlr).put_offload } {
            // SAFETY: By the type invariant the offload is one of this controller's, and not put.
            unsafe { put(self.as_raw()) };
        }
    }
}

// SAFETY: An offload has no ties to a thread.
unsafe impl Send for Offload<'_> {}

// SAFETY: What takes `&self` reads fields that do not change, or calls what is serialized by the
// provider's own locks.
unsafe impl Sync for Offload<'_> {}
