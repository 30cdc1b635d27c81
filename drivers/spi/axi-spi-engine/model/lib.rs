// SPDX-License-Identifier: GPL-2.0

//! The model of the AXI SPI Engine as a crate of its own, for programs outside the kernel.
//!
//! It is the same code that the kernel's tests have as a module, see [`hw`].

#![cfg_attr(not(test), no_std)]

pub mod hw;
