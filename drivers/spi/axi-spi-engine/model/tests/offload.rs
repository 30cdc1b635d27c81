// SPDX-License-Identifier: GPL-2.0

//! The offload of a driver: who has the bus.

pub(super) mod bench;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod bus;
