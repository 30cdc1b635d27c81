// SPDX-License-Identifier: GPL-2.0

//! The offload of a driver: what it sends when the trigger fires, and who has the bus.

pub(super) mod bench;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod bus;
pub(crate) mod consumer;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod storm;
mod wire;
