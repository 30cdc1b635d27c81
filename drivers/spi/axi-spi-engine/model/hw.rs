// SPDX-License-Identifier: GPL-2.0

//! A model of the Analog Devices AXI SPI Engine, in simulated time.
//!
//! It is the test partner of the drivers: what the hardware does on register accesses, and what
//! it does on the SPI pins, as measured on the RTL of the versions 1.00 to 2.00, their defects
//! included. It shares no constant and no code with a driver, so that a mistake in one of them
//! shows.
//!
//! An [`Engine`] is built from [`Params`] and from what is connected to its pins, a [`Wire`];
//! that is mostly a [`Bus`], with [`Chip`]s on it and a [`Log`] of what happened. Time goes on
//! only by [`Engine::advance`], in picoseconds. Whoever owns the engine calls it before each
//! access with the time of the access, and again at [`Engine::next_event`] at the latest if it
//! wants to see the interrupt line change:
//!
//! ```text
//!            registers            command, SDO, SDI FIFOs
//!   driver <-----------> Engine <========================> execution <--> Wire (Bus: chips, log)
//!            interrupt             offload memories, streams
//! ```
//!
//! The code needs no allocator and no kernel: the owner provides the memory of the log and of
//! the chips, and FIFOs have a fixed capacity, see [`Params::MAX_ADDRESS_WIDTH`].

mod bits;
mod bus;
mod chip;
mod crossing;
mod engine;
mod execution;
mod faults;
mod instruction;
mod interconnect;
mod interrupts;
mod level;
mod loader;
mod log;
mod offload;
mod params;
mod queue;
mod registers;
mod ring;
mod sdi;
mod timing;
mod transfer;
mod version;
mod wire;

#[cfg(test)]
mod tests;

pub use bus::{
    Bus,
    Socket, //
};
pub use chip::{
    Adc,
    Chip,
    Memory,
    Script, //
};
pub use engine::Engine;
use execution::Execution;
pub use faults::Faults;
pub use log::{
    Event,
    Log, //
};
pub use params::{
    BadParams,
    Params, //
};
pub use version::Version;
pub use wire::{
    Lanes,
    Wire,
    Word, //
};

/// A point in simulated time, or a span of it.
pub type Picoseconds = u64;

/// The most data lanes that the hardware can have.
pub const MAX_LANES: usize = 8;
