// SPDX-License-Identifier: GPL-2.0

//! Short exchanges that copy their data.

use super::Device;
use crate::{
    bindings,
    device::Bound,
    error::to_result,
    prelude::*,
    spi::{
        bus_lock,
        word, //
    }, //
};

/// Exchanges of a few bytes, in any memory.
///
/// All of these **copy** the data to or from memory of the core's that is fit for DMA, and build a
/// message each time. They are for configuration and the like; for what is sent often use
/// [`Optimized`](crate::spi::Optimized). The device's words must have no more than 8 bits.
impl Device<Bound> {
    /// Sends a copy of `tx`, then fills `rx` by copying what has come in, under one chip select.
    ///
    /// This sleeps, without a time limit. `rx` is left alone if it fails.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the device's words have more than 8 bits, nothing is to be sent or received,
    ///   or it is longer than [`u32::MAX`] bytes.
    /// - Those of [`Message::sync`](crate::spi::Message::sync).
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::{
    ///     device::Bound,
    ///     prelude::*,
    ///     spi, //
    /// };
    ///
    /// fn read_id(dev: &spi::Device<Bound>) -> Result<[u8; 3]> {
    ///     let mut id = [0; 3];
    ///     dev.write_then_read(&[0x9f], &mut id)?;
    ///     Ok(id)
    /// }
    /// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
    /// # kernel::spi::with_example_device(|dev| {
    /// # assert_eq!(read_id(dev)?, [0; 3]);
    /// # Ok(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// C function: `spi_write_then_read()`.
    pub fn write_then_read(&self, tx: &[u8], rx: &mut [u8]) -> Result {
        let (tx_len, rx_len) = lengths(tx, rx)?;
        if !word::legal_bits::<u8>().contains(&self.bits_per_word()) {
            return Err(EINVAL);
        }
        bus_lock::check_unlocked(self)?;

        // SAFETY: The device is bound, hence its controller is registered. The function only copies
        // from and to the slices, which are as long as it is told.
        to_result(unsafe {
            bindings::spi_write_then_read(
                self.as_raw(),
                tx.as_ptr().cast(),
                tx_len,
                rx.as_mut_ptr().cast(),
                rx_len,
            )
        })
    }

    /// Sends a copy of `tx`.
    ///
    /// This sleeps, without a time limit. Errors are those of
    /// [`write_then_read`](Self::write_then_read).
    ///
    /// C function: `spi_write()`, which does not copy.
    #[inline]
    pub fn write(&self, tx: &[u8]) -> Result {
        self.write_then_read(tx, &mut [])
    }

    /// Fills `rx` by copying what has come in.
    ///
    /// This sleeps, without a time limit. Errors are those of
    /// [`write_then_read`](Self::write_then_read).
    ///
    /// C function: `spi_read()`, which does not copy.
    #[inline]
    pub fn read(&self, rx: &mut [u8]) -> Result {
        self.write_then_read(&[], rx)
    }

    /// Sends one byte, such as the command to read a register, and returns a copy of the `N` bytes
    /// that come next.
    ///
    /// This sleeps, without a time limit. Errors are those of
    /// [`write_then_read`](Self::write_then_read).
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::{
    ///     device::Bound,
    ///     prelude::*,
    ///     spi, //
    /// };
    ///
    /// /// A register of 16 bits, most significant byte first.
    /// fn temperature(dev: &spi::Device<Bound>) -> Result<i16> {
    ///     Ok(i16::from_be_bytes(dev.read_register(0x80 | 0x02)?))
    /// }
    ///
    /// fn set_limit(dev: &spi::Device<Bound>, limit: i16) -> Result {
    ///     dev.write_register(0x03, limit.to_be_bytes())
    /// }
    /// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
    /// # kernel::spi::with_example_device(|dev| {
    /// # set_limit(dev, -1)?;
    /// # assert_eq!(temperature(dev)?, 0);
    /// # Ok(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// C functions: `spi_w8r8()`, `spi_w8r16()`, `spi_w8r16be()`.
    #[inline]
    pub fn read_register<const N: usize>(&self, command: u8) -> Result<[u8; N]> {
        let mut value = [0; N];

        self.write_then_read(&[command], &mut value)?;
        Ok(value)
    }

    /// Sends one byte, such as the command to write a register, and a copy of `value`, of at most
    /// 15 bytes.
    ///
    /// This sleeps, without a time limit. Errors are those of
    /// [`write_then_read`](Self::write_then_read). See [`read_register`](Self::read_register) for
    /// an example.
    #[inline]
    pub fn write_register<const N: usize>(&self, command: u8, value: [u8; N]) -> Result {
        const { assert!(N < 16, "a register has 15 bytes at most") };
        let mut bytes = [0; 16];

        let [first, rest @ ..] = &mut bytes;
        *first = command;
        for (to, from) in rest.iter_mut().zip(value) {
            *to = from;
        }
        self.write(bytes.get(..=N).ok_or(EINVAL)?)
    }
}

/// Returns the lengths, if they can be those of one message.
fn lengths(tx: &[u8], rx: &[u8]) -> Result<(u32, u32)> {
    let tx_len = u32::try_from(tx.len()).map_err(|_| EINVAL)?;
    let rx_len = u32::try_from(rx.len()).map_err(|_| EINVAL)?;

    tx_len.checked_add(rx_len).ok_or(EINVAL)?;
    Ok((tx_len, rx_len))
}
