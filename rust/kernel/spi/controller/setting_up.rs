// SPDX-License-Identifier: GPL-2.0

//! Devices whose settings are about to be applied.

use crate::{
    spi::Device,
    types::NotThreadSafe, //
};

use core::ops::Deref;

/// A device that is in [`Operations::setup`](super::Operations::setup).
///
/// It is an ordinary [`Device`], and the proof that its settings do not change: whoever changes the
/// settings of a device is in `spi_setup()` now.
pub struct SettingUp<'a> {
    dev: &'a Device,
    _callback: NotThreadSafe,
}

impl<'a> SettingUp<'a> {
    /// # Safety
    ///
    /// The SPI core must be in the setup callback for `dev`, as long as `'a`.
    #[inline]
    pub(super) unsafe fn new(dev: &'a Device) -> Self {
        Self {
            dev,
            _callback: NotThreadSafe,
        }
    }
}

impl Deref for SettingUp<'_> {
    type Target = Device;

    #[inline]
    fn deref(&self) -> &Device {
        self.dev
    }
}
