// SPDX-License-Identifier: GPL-2.0

//! Clocks that run as long as somebody needs them.

#![cfg(CONFIG_COMMON_CLK)]

use super::{
    Clk,
    Hertz, //
};
use crate::{
    device::{
        Bound,
        Device, //
    },
    prelude::*, //
};

/// A clock that runs, until this is dropped.
///
/// # Examples
///
/// ```
/// use kernel::{
///     clk::{
///         enabled::EnabledClk,
///         Hertz, //
///     },
///     device::{
///         Bound,
///         Device, //
///     }, //
/// };
///
/// fn start(dev: &Device<Bound>) -> Result<(EnabledClk, Hertz)> {
///     let clk = EnabledClk::get(dev, c"bus")?;
///     let rate = clk.rate();
///     Ok((clk, rate))
/// }
/// ```
///
/// # Invariants
///
/// The clock was prepared and enabled once for this.
pub struct EnabledClk(Clk);

impl EnabledClk {
    /// Gets the clock of `dev` that firmware calls `name`, and starts it.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `ENOENT` if there is no such clock.
    /// - `EPROBE_DEFER` if its provider is not there yet.
    /// - Those of the provider.
    ///
    /// C function: `devm_clk_get_enabled()`.
    pub fn get(dev: &Device<Bound>, name: &CStr) -> Result<Self> {
        let clk = Clk::get(dev, Some(name))?;
        clk.prepare_enable()?;

        // INVARIANT: It was enabled just now.
        Ok(Self(clk))
    }

    /// Returns its current frequency.
    ///
    /// C function: `clk_get_rate()`.
    #[inline]
    pub fn rate(&self) -> Hertz {
        self.0.rate()
    }
}

impl Drop for EnabledClk {
    #[inline]
    fn drop(&mut self) {
        // By the type invariant it was enabled.
        self.0.disable_unprepare();
    }
}
