// SPDX-License-Identifier: GPL-2.0

//! Tests of drivers on the model.

mod bench;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod both;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod brief;
#[cfg(all(CONFIG_SAMPLE_RUST_SPI_CAPTURE = "y", CONFIG_SPI_AXI_SPI_ENGINE_RUST))]
mod capture;
mod crash;
mod data;
mod defects;
mod devicetree;
mod echo;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod messages;
pub(crate) mod offload;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod polarity;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod random;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod speed;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod storm;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
mod unbind;
