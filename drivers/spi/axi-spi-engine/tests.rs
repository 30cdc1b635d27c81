// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of programs, and of how they are handed to an engine.

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE)]
mod c_twin;
mod compile;
mod effect;
mod flat;
mod flow;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE)]
mod lane_masks;
mod random;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE)]
mod recorded_lengths;
mod recording;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE)]
mod same_programs;
mod usual;
