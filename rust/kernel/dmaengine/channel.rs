// SPDX-License-Identifier: GPL-2.0

//! Channels.

use super::{
    Config,
    Direction,
    Handler,
    Idle,
    Prepared,
    Refused,
    Transfer, //
};
use crate::{
    bindings,
    device::{
        Bound,
        Device, //
    },
    error::{
        from_err_ptr,
        to_result, //
    },
    prelude::*, //
};

use core::ptr::NonNull;

// Bindgen does not evaluate `BIT()`; `rust/helpers/mux.c` asserts that this is the same.
const DL_FLAG_AUTOREMOVE_CONSUMER: u32 = 1 << 1;

/// How exactly a channel tells what is left of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Residue {
    /// Only whether it is done (`DMA_RESIDUE_GRANULARITY_DESCRIPTOR`).
    Transfer,
    /// To the period (`DMA_RESIDUE_GRANULARITY_SEGMENT`).
    Period,
    /// To the burst, or the byte (`DMA_RESIDUE_GRANULARITY_BURST`).
    Burst,
}

/// A channel of a DMA controller, that nobody else uses.
///
/// It is released when this is dropped, which sleeps.
///
/// # Invariants
///
/// - `raw` points to a valid channel, of which `self` owns the reference that requesting it gave.
/// - Its driver can terminate transfers, and wait until they have stopped.
/// - While `dev` is bound the driver of the DMA controller is bound, too.
/// - The channel is idle: nothing has been prepared on it that was not terminated.
pub struct Channel<'bound> {
    raw: NonNull<bindings::dma_chan>,
    dev: &'bound Device<Bound>,
}

impl<'bound> Channel<'bound> {
    /// Requests the channel that firmware has given `dev` under `name`.
    ///
    /// A device link is made, so that `dev` is unbound before the driver of the DMA controller is.
    /// This sleeps, and is meant for probe.
    ///
    /// # Errors
    ///
    /// - `EPROBE_DEFER` if the DMA controller is not there yet, or nobody has such a channel.
    /// - `EOPNOTSUPP` if its driver can't tell when it has stopped.
    /// - `EINVAL` if there can be no device link.
    /// - What else the driver of the DMA controller returns, `EBUSY` if the channel is taken.
    ///
    /// C function: `dma_request_chan()`.
    pub fn request(dev: &'bound Device<Bound>, name: &CStr) -> Result<Self> {
        // SAFETY: `dev` is a valid device, `name` a C string.
        let raw =
            from_err_ptr(unsafe { bindings::dma_request_chan(dev.as_raw(), name.as_char_ptr()) })?;

        // SAFETY: The channel was requested just now.
        unsafe { Self::from_raw(dev, raw) }
    }

    /// Takes over a channel that was requested for `dev`; an error releases it.
    ///
    /// Errors are those of [`request`](Self::request).
    ///
    /// # Safety
    ///
    /// `raw` must be NULL, or a channel that was requested and that nobody else uses or releases.
    pub(crate) unsafe fn from_raw(
        dev: &'bound Device<Bound>,
        raw: *mut bindings::dma_chan,
    ) -> Result<Self> {
        // SAFETY: By the safety requirement.
        let this = unsafe { Self::without_link(dev, raw) }?;

        this.link()?;
        Ok(this)
    }

    /// Takes over a channel whose driver stays bound while `dev` is bound.
    ///
    /// # Safety
    ///
    /// That of [`from_raw`](Self::from_raw), and the driver of the DMA controller must stay bound,
    /// once this has succeeded and [`link`](Self::link) as well.
    pub(super) unsafe fn without_link(
        dev: &'bound Device<Bound>,
        raw: *mut bindings::dma_chan,
    ) -> Result<Self> {
        // INVARIANT: By the safety requirement. What is checked below is not relied on when `this`
        // is dropped.
        let this = Self {
            raw: NonNull::new(raw).ok_or(ENODEV)?,
            dev,
        };

        let device = this.device();
        // SAFETY: By the type invariant the channel is valid, and so is its controller. The
        // operations do not change.
        let stops = unsafe {
            (*device).device_terminate_all.is_some() && (*device).device_synchronize.is_some()
        };
        if !stops {
            return Err(EOPNOTSUPP);
        }
        Ok(this)
    }

    /// Makes the consumer unbind before the driver of the DMA controller does.
    ///
    /// The references that the dmaengine core takes keep the module and the memory of the driver,
    /// not its being bound.
    fn link(&self) -> Result {
        // SAFETY: By the type invariant the channel is valid, and so is its controller.
        let supplier = unsafe { (*self.device()).dev };

        let consumer = self.dev.as_raw();

        // SAFETY: Both are valid devices.
        let link =
            unsafe { bindings::device_link_add(consumer, supplier, DL_FLAG_AUTOREMOVE_CONSUMER) };
        let link = NonNull::new(link).ok_or(EINVAL)?;

        // SAFETY: The link stays until the consumer unbinds; the driver core changes the field
        // under a lock of its own, hence the volatile read.
        let status = unsafe { (&raw const (*link.as_ptr()).status).read_volatile() };
        match status {
            bindings::device_link_state_DL_STATE_CONSUMER_PROBE
            | bindings::device_link_state_DL_STATE_ACTIVE => Ok(()),
            _ => Err(EPROBE_DEFER),
        }
    }

    /// Returns the device that the channel was requested for.
    #[inline]
    pub(super) fn consumer(&self) -> &'bound Device<Bound> {
        self.dev
    }

    #[inline]
    pub(crate) fn as_raw(&self) -> *mut bindings::dma_chan {
        self.raw.as_ptr()
    }

    #[inline]
    fn device(&self) -> *mut bindings::dma_device {
        // SAFETY: By the type invariant the channel is valid. The field does not change.
        unsafe { (*self.as_raw()).device }
    }

    /// Returns the device that memory for the channel is mapped for.
    ///
    /// C function: `dmaengine_get_dma_device()`.
    #[inline]
    pub(crate) fn dma_device(&self) -> &Device<Bound> {
        // SAFETY: By the type invariant the channel is valid.
        let dev = unsafe { bindings::dmaengine_get_dma_device(self.as_raw()) };

        // SAFETY: By the type invariant the driver of the controller is bound as long as the
        // channel is there.
        unsafe { Device::from_raw(dev) }
    }

    /// Returns the capabilities of the channel.
    fn capabilities(&self) -> Result<bindings::dma_slave_caps> {
        let mut caps = pin_init::zeroed();

        // SAFETY: By the type invariant the channel is valid; `caps` is written to.
        to_result(unsafe { bindings::dma_get_slave_caps(self.as_raw(), &mut caps) })?;
        Ok(caps)
    }

    /// Returns whether the channel moves data in a direction.
    ///
    /// # Errors
    ///
    /// - `ENXIO` if the driver of the channel does not tell.
    ///
    /// C function: `dma_get_slave_caps()`.
    #[inline]
    pub fn supports(&self, direction: Direction) -> Result<bool> {
        Ok(self.capabilities()?.directions & direction.to_bit() != 0)
    }

    /// Returns how exactly the channel tells what is left of a transfer.
    ///
    /// # Errors
    ///
    /// - `ENXIO` if the driver of the channel does not tell.
    ///
    /// C function: `dma_get_slave_caps()`.
    pub fn residue_granularity(&self) -> Result<Residue> {
        match self.capabilities()?.residue_granularity {
            bindings::dma_residue_granularity_DMA_RESIDUE_GRANULARITY_BURST => Ok(Residue::Burst),
            bindings::dma_residue_granularity_DMA_RESIDUE_GRANULARITY_SEGMENT => {
                Ok(Residue::Period)
            }
            _ => Ok(Residue::Transfer),
        }
    }

    /// Tells the channel how to talk to its device.
    ///
    /// Channels that are wired to their device do without. This does not sleep.
    ///
    /// # Errors
    ///
    /// - `ENOSYS` if the channel can't be configured.
    /// - `EINVAL` and what else the driver of the channel returns.
    ///
    /// C function: `dmaengine_slave_config()`.
    pub fn configure(&mut self, config: Config) -> Result {
        let mut raw = config.to_raw();

        // SAFETY: By the type invariant the channel is valid. Drivers copy `raw`.
        to_result(unsafe { bindings::dmaengine_slave_config(self.as_raw(), &mut raw) })
    }

    /// Makes a descriptor of `transfer` for the hardware.
    ///
    /// This neither sleeps nor allocates; the driver of the channel may allocate with `GFP_NOWAIT`.
    ///
    /// # Errors
    ///
    /// The channel and the transfer come back with each of them.
    ///
    /// - `EINVAL` if the memory of the transfer was allocated for another DMA controller.
    /// - `EIO` if the channel refuses the transfer: it can't do such ones, is not configured, or
    ///   has no more descriptors. It does not tell which.
    ///
    /// C functions: `dmaengine_prep_slave_sg()`, `dmaengine_prep_dma_cyclic()`.
    pub fn prepare<H: Handler>(
        self,
        transfer: Pin<KBox<Transfer<H>>>,
    ) -> Result<Prepared<'bound, H>, Refused<Idle<'bound, H>>> {
        let descriptor = transfer.as_ref().describe(&self);

        match descriptor {
            // SAFETY: The descriptor was prepared just now, on this channel for this transfer.
            Ok(descriptor) => Ok(unsafe { Prepared::new(self, transfer, descriptor) }),
            Err(error) => Err(Refused {
                error,
                returned: (self, transfer),
            }),
        }
    }

    /// Returns whether memory for the channel is mapped for a device other than the DMA controller.
    // SPI controllers are the only ones that ask.
    #[cfg(CONFIG_RUST_SPI_ABSTRACTIONS)]
    pub(crate) fn has_own_device(&self) -> bool {
        // SAFETY: By the type invariant the channel is valid, and so is its controller.
        let controller = unsafe { (*self.device()).dev };

        !core::ptr::eq(controller, self.dma_device().as_raw())
    }

    /// Makes a descriptor for a list of memory, if the channel can do that.
    ///
    /// This neither sleeps nor allocates; the driver of the channel may allocate with `GFP_NOWAIT`.
    ///
    /// C function: `dmaengine_prep_slave_sg()`.
    ///
    /// # Safety
    ///
    /// Until `call` was made, or the channel was [terminated](Self::terminate), the list must be
    /// mapped for [`dma_device`](Self::dma_device), and nobody rely on what is in the memory, or
    /// use it for something else. What `call` needs must be there until it has returned, or the
    /// channel was terminated.
    pub(crate) unsafe fn describe(
        &self,
        (list, len): (*mut bindings::scatterlist, c_uint),
        direction: Direction,
        call: Call,
    ) -> Option<Descriptor> {
        // SAFETY: By the type invariant the channel is valid. The rest is the safety requirement.
        let raw = unsafe {
            bindings::dmaengine_prep_slave_sg(
                self.as_raw(),
                list,
                len,
                direction.to_raw(),
                DESCRIPTOR_FLAGS,
            )
        };

        // SAFETY: It was prepared just now.
        unsafe { Descriptor::new(raw, call) }
    }

    /// Makes a descriptor for memory in periods, if the channel can do that.
    ///
    /// C function: `dmaengine_prep_dma_cyclic()`.
    ///
    /// # Safety
    ///
    /// That of [`describe`](Self::describe), but no call is the last one.
    pub(super) unsafe fn describe_cyclic(
        &self,
        (address, len): (bindings::dma_addr_t, usize),
        period: usize,
        direction: Direction,
        call: Call,
    ) -> Option<Descriptor> {
        // SAFETY: By the type invariant the channel is valid. The rest is the safety requirement.
        let raw = unsafe {
            bindings::dmaengine_prep_dma_cyclic(
                self.as_raw(),
                address,
                len,
                period,
                direction.to_raw(),
                DESCRIPTOR_FLAGS,
            )
        };

        // SAFETY: It was prepared just now.
        unsafe { Descriptor::new(raw, call) }
    }

    /// Tells the channel to look into its queue, and to start.
    ///
    /// C function: `dma_async_issue_pending()`.
    #[inline]
    pub(crate) fn issue_pending(&self) {
        // SAFETY: By the type invariant the channel is valid.
        unsafe { bindings::dma_async_issue_pending(self.as_raw()) };
    }

    /// Stops all that was prepared, and waits until neither hardware nor callbacks are at it.
    ///
    /// C function: `dmaengine_terminate_sync()`.
    pub(crate) fn terminate(&mut self) -> Result {
        // SAFETY: By the type invariant the channel is valid.
        to_result(unsafe { bindings::dmaengine_terminate_sync(self.as_raw()) })
    }
}

impl Drop for Channel<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant `self` owns the reference that is put here.
        unsafe { bindings::dma_release_channel(self.as_raw()) };
    }
}

// SAFETY: A channel has no ties to a thread.
unsafe impl Send for Channel<'_> {}

// SAFETY: What takes `&self` reads what does not change, or calls operations of the DMA driver, for
// which that has a lock of its own: `prep_slave_sg`, `prep_dma_cyclic` and `issue_pending` may be
// called from everywhere.
unsafe impl Sync for Channel<'_> {}

/// What is called when data were moved, and with what.
pub(crate) struct Call {
    pub(crate) callback:
        unsafe extern "C" fn(param: *mut c_void, result: *const bindings::dmaengine_result),
    pub(crate) param: *mut c_void,
}

// CAST: `unsigned long` has 32 bits at least.
const DESCRIPTOR_FLAGS: c_ulong = (bindings::dma_ctrl_flags_DMA_PREP_INTERRUPT
    | bindings::dma_ctrl_flags_DMA_CTRL_ACK) as c_ulong;

/// A descriptor that was prepared on a channel, and not submitted.
pub(crate) struct Descriptor(NonNull<bindings::dma_async_tx_descriptor>);

impl Descriptor {
    /// # Safety
    ///
    /// `raw` must be NULL, or a descriptor that was prepared just now.
    unsafe fn new(raw: *mut bindings::dma_async_tx_descriptor, call: Call) -> Option<Self> {
        let raw = NonNull::new(raw)?;

        // SAFETY: The descriptor is new, and ours until it is submitted.
        unsafe {
            (*raw.as_ptr()).callback_result = Some(call.callback);
            (*raw.as_ptr()).callback_param = call.param;
        }
        Some(Self(raw))
    }

    /// Puts the descriptor into the queue of its channel; returns the number that it has there.
    ///
    /// Errors are those of the driver of the channel.
    ///
    /// C function: `dmaengine_submit()`.
    ///
    /// # Safety
    ///
    /// The channel must be there still, and not have been terminated since.
    #[inline]
    pub(crate) unsafe fn submit(self) -> Result<bindings::dma_cookie_t> {
        // SAFETY: It is submitted once. The rest is the safety requirement.
        let cookie = unsafe { bindings::dmaengine_submit(self.0.as_ptr()) };

        to_result(cookie)?;
        Ok(cookie)
    }
}

// SAFETY: A descriptor has no ties to a thread.
unsafe impl Send for Descriptor {}

// SAFETY: There is nothing to do with `&Descriptor`.
unsafe impl Sync for Descriptor {}
