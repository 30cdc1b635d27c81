// SPDX-License-Identifier: GPL-2.0

//! Serial Peripheral Interface (SPI).
//!
//! A [`Driver`] binds to a [`Device`] and exchanges [`Message`]s with it. A message is a list of
//! [`Transfer`]s that happen under one chip select, and owns the [`Buffer`]s they use:
//!
//! ```text
//!            Message::sync(&Device)
//!              +-------+
//!              |       v
//!   new ----> Message ----- optimize(&'bound Device) -----> Optimized<'bound> <--+
//!              ^ ^                    |                        |   |             |
//!              | +- Refused<Message> -+                        |   +-- sync() ---+
//!              +------------------ into_message ---------------+
//! ```
//!
//! A [`Message`] can be changed, and sent to any device. An [`Optimized`] message has been
//! validated and translated by the controller of one device, once, and is then sent to that device
//! any number of times at less cost; only the contents of its transmit buffers can still change.
//!
//! A message can also be sent without waiting, see [`AsyncMessage`]; and several messages without
//! others' in between, see [`BusLock`].
//!
//! The other side of the bus, a controller driver, is in [`controller`].
//!
//! C header: [`include/linux/spi/spi.h`](srctree/include/linux/spi/spi.h)
//!
//! Reference: <https://docs.kernel.org/driver-api/spi.html>

#![cfg(CONFIG_RUST_SPI_ABSTRACTIONS)]

mod anchor;
mod async_message;
mod buffer;
mod bus_lock;
pub mod controller;
mod delay;
mod device;
mod driver;
mod lines;
mod lock_class;
mod message;
mod notify;
pub mod offload;
mod optimized;
mod pending;
mod raw_transfers;
mod speed;
#[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
mod tests;
mod transfer;
mod word;

pub use self::{
    async_message::{
        AsyncMessage,
        Complete, //
    },
    buffer::{
        Buffer,
        Part, //
    },
    bus_lock::BusLock,
    delay::Delay,
    device::{
        ControllerRef,
        Device,
        Mode,
        Modes,
        Settings,
        Statistics, //
    },
    driver::{
        Adapter,
        DeviceId,
        Driver,
        IdTable, //
    },
    lines::{
        LaneMode,
        Lines, //
    },
    message::{
        Message,
        Refused, //
    },
    optimized::Optimized,
    pending::Pending,
    transfer::Transfer,
    word::Word, //
};

#[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
#[doc(hidden)]
pub use self::tests::with_example_device;

use self::word::Words;

/// Creates an SPI [`IdTable`] with its alias for modpost.
#[macro_export]
macro_rules! spi_device_table {
    ($($tt:tt)*) => {
        $crate::module_device_table!("spi", $crate::spi::DeviceId, $($tt)*);
    };
}

/// Declares a kernel module that exposes a single SPI driver.
///
/// # Examples
///
/// ```ignore
/// kernel::module_spi_driver! {
///     type: MyDriver,
///     name: "my_driver",
///     authors: ["Author name"],
///     description: "Description",
///     license: "GPL",
/// }
/// ```
#[macro_export]
macro_rules! module_spi_driver {
    ($($f:tt)*) => {
        $crate::module_driver!(<T>, $crate::spi::Adapter<T>, { $($f)* });
    };
}
