// SPDX-License-Identifier: GPL-2.0

//! The driver in C, as far as it compiles messages.

use kernel::prelude::*;

/// The most transfers of a message.
pub(super) const MAX_TRANSFERS: u32 = 8;

/// `struct axi_spi_engine_twin_device`, in `c_twin.h`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Device {
    pub(super) mode: u32,
    pub(super) max_speed_hz: u32,
    pub(super) chip_select: u8,
    pub(super) num_rx_lanes: u8,
    pub(super) num_tx_lanes: u8,
    pub(super) lanes: [u8; 8],
}

/// `struct axi_spi_engine_twin_transfer`, in `c_twin.h`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Transfer {
    pub(super) len: u32,
    pub(super) speed_hz: u32,
    pub(super) delay: u16,
    pub(super) cs_change_delay: u16,
    pub(super) delay_unit: u8,
    pub(super) cs_change_delay_unit: u8,
    pub(super) bits_per_word: u8,
    pub(super) lane_mode: u8,
    pub(super) writes: bool,
    pub(super) reads: bool,
    pub(super) cs_change: bool,
    pub(super) cs_off: bool,
}

extern "C" {
    fn axi_spi_engine_twin_messages() -> u32;
    fn axi_spi_engine_twin_compile(
        device: *const Device,
        transfers: *const Transfer,
        count: u32,
        words: *mut u16,
        max: u32,
    ) -> c_int;
    fn axi_spi_engine_twin_record(
        device: *const Device,
        transfers: *const Transfer,
        count: u32,
        requires_sync: bool,
    ) -> c_int;
}

/// How many messages are to be compared.
pub(super) fn messages() -> u32 {
    // SAFETY: It returns a number.
    unsafe { axi_spi_engine_twin_messages() }
}

/// Compiles a message, and returns the instructions, which are put into `words`.
///
/// # Errors
///
/// Those of the C driver, and `E2BIG` if `words` is too small.
pub(super) fn compile<'w>(
    device: &Device,
    transfers: &[Transfer],
    words: &'w mut [u16],
) -> Result<&'w [u16]> {
    let count = u32::try_from(transfers.len())?;
    let max = u32::try_from(words.len())?;

    // SAFETY: The structures have the layout that C has, and there are as many transfers and words
    // as it says.
    let length = unsafe {
        axi_spi_engine_twin_compile(device, transfers.as_ptr(), count, words.as_mut_ptr(), max)
    };
    if length < 0 {
        return Err(Error::from_errno(length));
    }
    words.get(..usize::try_from(length)?).ok_or(EINVAL)
}

/// Returns how many instructions a program of the offload has. What is received goes to the stream.
///
/// # Errors
///
/// Those of the C driver.
pub(super) fn record(
    device: &Device,
    transfers: &[Transfer],
    requires_sync: bool,
) -> Result<usize> {
    let count = u32::try_from(transfers.len())?;

    // SAFETY: The structures have the layout that C has, and there are as many transfers as it
    // says.
    let length =
        unsafe { axi_spi_engine_twin_record(device, transfers.as_ptr(), count, requires_sync) };
    if length < 0 {
        return Err(Error::from_errno(length));
    }
    Ok(usize::try_from(length)?)
}
