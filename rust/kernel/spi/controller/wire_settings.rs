// SPDX-License-Identifier: GPL-2.0

//! Settings that one device takes over from another.

use crate::bindings;

/// The settings of a device that concern the wire and may change: not the chip select, and not the
/// lanes.
#[derive(Clone, Copy)]
pub(super) struct WireSettings {
    mode: u32,
    max_speed_hz: u32,
    bits_per_word: u8,
    rt: bool,
    word_delay: bindings::spi_delay,
    cs_setup: bindings::spi_delay,
    cs_hold: bindings::spi_delay,
    cs_inactive: bindings::spi_delay,
}

impl WireSettings {
    /// # Safety
    ///
    /// `spi` must be valid, and no other thread may change its settings.
    pub(super) unsafe fn read(spi: *const bindings::spi_device) -> Self {
        // SAFETY: By the safety requirements.
        unsafe {
            Self {
                mode: (*spi).mode,
                max_speed_hz: (*spi).max_speed_hz,
                bits_per_word: (*spi).bits_per_word,
                rt: (*spi).rt,
                word_delay: (*spi).word_delay,
                cs_setup: (*spi).cs_setup,
                cs_hold: (*spi).cs_hold,
                cs_inactive: (*spi).cs_inactive,
            }
        }
    }

    /// # Safety
    ///
    /// `spi` must be valid, and no other thread may change its settings.
    pub(super) unsafe fn write(self, spi: *mut bindings::spi_device) {
        // SAFETY: By the safety requirement.
        unsafe {
            (*spi).mode = self.mode;
            (*spi).max_speed_hz = self.max_speed_hz;
            (*spi).bits_per_word = self.bits_per_word;
            (*spi).rt = self.rt;
            (*spi).word_delay = self.word_delay;
            (*spi).cs_setup = self.cs_setup;
            (*spi).cs_hold = self.cs_hold;
            (*spi).cs_inactive = self.cs_inactive;
        }
    }
}
