// SPDX-License-Identifier: GPL-2.0

//! PWM outputs, consumer side.

#![cfg(CONFIG_RUST_SPI_ABSTRACTIONS)]

use super::{
    Device,
    RoundingOutcome,
    Waveform, //
};
use crate::{
    bindings,
    device::{
        self,
        Bound, //
    },
    error::from_err_ptr,
    prelude::*, //
};

use core::{
    marker::PhantomData,
    ptr::NonNull, //
};

/// A PWM output that nobody else uses.
///
/// If its chip goes away all calls fail. Dropping this does not change what is put out.
///
/// # Invariants
///
/// `raw` points to a valid PWM device, of which `self` owns the reference that `pwm_get()` gave.
pub struct Output<'bound> {
    raw: NonNull<bindings::pwm_device>,
    _dev: PhantomData<&'bound device::Device<Bound>>,
}

impl<'bound> Output<'bound> {
    /// Gets the output that firmware has given `dev`, the only one or the first.
    ///
    /// A device link is made, so that `dev` is unbound before the driver of the chip is. This
    /// sleeps, and is meant for probe.
    ///
    /// # Errors
    ///
    /// - `EPROBE_DEFER` if the chip is not there yet.
    /// - `ENODEV` or `ENOENT` if firmware names no output.
    /// - `EBUSY` if it is taken.
    ///
    /// C function: `pwm_get()`.
    #[inline(never)]
    pub fn get(dev: &'bound device::Device<Bound>) -> Result<Self> {
        // SAFETY: `dev` is a valid device.
        let raw = from_err_ptr(unsafe { bindings::pwm_get(dev.as_raw(), core::ptr::null()) })?;

        // INVARIANT: Got just now.
        Ok(Self {
            raw: NonNull::new(raw).ok_or(ENODEV)?,
            _dev: PhantomData,
        })
    }

    /// Has the output put out `waveform`, or with `exact` fails if it can't do just that.
    ///
    /// This sleeps.
    ///
    /// C function: `pwm_set_waveform_might_sleep()`.
    #[inline]
    pub fn set_waveform(&self, waveform: &Waveform, exact: bool) -> Result {
        self.device().set_waveform(waveform, exact)
    }

    /// Makes `waveform` what the output would put out for it. This sleeps.
    ///
    /// C function: `pwm_round_waveform_might_sleep()`.
    #[inline]
    pub fn round_waveform(&self, waveform: &mut Waveform) -> Result<RoundingOutcome> {
        self.device().round_waveform(waveform)
    }

    /// Views the output as its provider does.
    ///
    /// Consumers must not get hold of that: they do not know the type of the chip's data, which
    /// [`Device::chip`] has its caller choose.
    #[inline]
    fn device(&self) -> &Device {
        // SAFETY: By the type invariant it is valid as long as `self`.
        unsafe { Device::from_raw(self.raw.as_ptr()) }
    }
}

impl Drop for Output<'_> {
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: By the type invariant `self` owns the reference.
        unsafe { bindings::pwm_put(self.raw.as_ptr()) };
    }
}

// SAFETY: A PWM device has no ties to a thread.
unsafe impl Send for Output<'_> {}

// SAFETY: What takes `&Output` is serialized by the lock of the chip.
unsafe impl Sync for Output<'_> {}
