// SPDX-License-Identifier: GPL-2.0

//! What is around the offload of an engine: a trigger and a DMA controller.

use super::{
    ffi,
    Driver,
    Instance, //
};
use core::ptr::NonNull;
use kernel::{
    error::{
        from_err_ptr,
        to_result, //
    },
    prelude::*, //
};

/// A part of the board that can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The DMA controller that takes what the offload receives.
    Dma,
    /// The clock.
    Pwm,
    /// The driver that makes a trigger of the clock.
    Trigger,
}

impl Part {
    /// All, in the order in which they need each other.
    pub const ALL: [Self; 3] = [Self::Dma, Self::Pwm, Self::Trigger];

    fn to_raw(self) -> c_uint {
        match self {
            Self::Dma => 0,
            Self::Pwm => 1,
            Self::Trigger => 2,
        }
    }
}

/// A trigger and a DMA controller around an engine in this kernel.
///
/// Dropping it takes the driver off the engine, and then all of this away. If it is forgotten, it
/// goes with the engine.
///
/// # Invariants
///
/// `raw` came from `axi_engine_add_capture()` for `instance`, and was not removed.
pub struct Capture<'a> {
    raw: NonNull<ffi::Capture>,
    instance: &'a Instance,
}

impl<'a> Capture<'a> {
    /// Puts both around an engine, all plugged in, with this driver of the trigger. Drivers of the
    /// engine find it if they are bound after this.
    ///
    /// # Errors
    ///
    /// What stands in the way.
    pub fn new(instance: &'a Instance, trigger: Driver) -> Result<Self> {
        instance.unbind();
        let trigger = match trigger {
            Driver::C => c"pwm-trigger",
            Driver::Rust => c"spi_offload_trigger_pwm_rust",
        };

        // SAFETY: The board is valid, and one whose operations have all that is needed. It has no
        // driver. The name stays.
        let raw = from_err_ptr(unsafe {
            ffi::axi_engine_add_capture(instance.as_raw(), trigger.as_char_ptr())
        })?;

        // INVARIANT: It came from there.
        Ok(Self {
            raw: NonNull::new(raw).ok_or(ENOMEM)?,
            instance,
        })
    }

    /// Puts back a part that was taken away.
    ///
    /// # Errors
    ///
    /// What stands in the way.
    pub fn plug(&mut self, part: Part) -> Result {
        self.unplug(part);
        // SAFETY: By the type invariant; the part is not there.
        to_result(unsafe { ffi::axi_engine_plug(self.raw.as_ptr(), part.to_raw()) })
    }

    /// Takes a part away.
    pub fn unplug(&mut self, part: Part) {
        // SAFETY: By the type invariant.
        unsafe { ffi::axi_engine_unplug(self.raw.as_ptr(), part.to_raw()) };
    }
}

impl Drop for Capture<'_> {
    fn drop(&mut self) {
        self.instance.unbind();
        // SAFETY: By the type invariant, and the engine has no driver.
        unsafe { ffi::axi_engine_remove_capture(self.raw.as_ptr()) };
    }
}
