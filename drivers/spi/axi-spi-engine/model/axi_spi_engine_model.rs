// SPDX-License-Identifier: GPL-2.0

//! The model of the AXI SPI Engine in the kernel, and KUnit tests of drivers on it.
//!
//! [`hw`] is the hardware, without anything of the kernel. [`platform`] is a board around it: a
//! driver finds registers, an interrupt and clocks, in simulated time. [`tests`] run a driver on
//! that, be it the one in C or that in Rust. [`demo`] lets user space capture from one.

#[cfg(CONFIG_SAMPLE_RUST_SPI_CAPTURE = "y")]
mod demo;
pub mod hw;
pub mod platform;
#[cfg(CONFIG_KUNIT = "y")]
mod tests;

#[cfg(CONFIG_KUNIT = "y")]
kernel::module_spi_driver! {
    type: tests::offload::consumer::Chip,
    name: "axi_spi_engine_model",
    authors: ["The Rust SPI developers"],
    description: "Driver of a device on the model of the AXI SPI Engine",
    license: "GPL",
}
