// SPDX-License-Identifier: GPL-2.0

//! KUnit tests.

mod bus;
#[cfg(CONFIG_SPI_SLAVE)]
mod peer;
mod record;
mod settings;
mod targets;
