// SPDX-License-Identifier: GPL-2.0

//! Engines on the bus of this kernel: the safe side of `axi_spi_engine_platform.c`.
//!
//! All that is unsafe in the model is in the files of this module. There is no abstraction in the
//! kernel crate for emulated I/O memory, interrupt controllers and clock providers, so that these
//! are in C; and messages are sent in C, since tests of *both* drivers need things that a message
//! of the kernel crate can't say.
//!
//! An engine is either the model in this kernel, an [`Instance`], or in another process, a
//! [`Remote`]. Both are a [`Board`], to which drivers can be bound.

mod capture;
mod device;
mod ffi;
mod file;
mod instance;
mod offload;
mod remote;

pub use capture::{
    Capture,
    Part, //
};
pub use device::{
    SpiDevice,
    Transfer, //
};
pub use ffi::{
    Device,
    DriverName,
    FloodEnds, //
};
pub use file::{
    Events,
    File, //
};
pub use instance::{
    Instance,
    KernelBus,
    KernelSocket, //
};
pub use offload::{
    Consumer,
    Program,
    Streams, //
};
pub use remote::Remote;

use crate::hw::Picoseconds;
use core::{
    ffi::c_void,
    ptr::NonNull, //
};
use kernel::{
    error::{
        from_err_ptr,
        to_result, //
    },
    prelude::*, //
};

/// A driver that can be bound to an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// `spi-axi-spi-engine.c`.
    C,
    /// The one in Rust.
    Rust,
}

impl Driver {
    /// What it is written in.
    pub fn label(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Rust => "Rust",
        }
    }

    fn name(self) -> &'static CStr {
        match self {
            Self::C => c"spi-engine",
            Self::Rust => c"axi_spi_engine_rust",
        }
    }
}

/// How many times as much storms and random tests are to do: the parameter
/// `axi_spi_engine_platform.effort`.
pub fn effort() -> u32 {
    // SAFETY: It returns a number.
    unsafe { ffi::axi_engine_effort() }
}

/// How often to do what is usually done `usual` times: as much oftener as [`effort()`] says, until
/// it is `enough`.
pub fn cycles(usual: u32, enough: u32) -> u32 {
    usual.saturating_mul(effort()).min(enough)
}

/// A board with an engine on it: registers, an interrupt and clocks, for a driver to find.
///
/// # Invariants
///
/// The pointer came from `axi_engine_create()` and was not destroyed.
pub struct Board(NonNull<ffi::Platform>);

impl Board {
    /// A board for an engine that these operations are for.
    ///
    /// # Safety
    ///
    /// The operations have to be for `core`, which has to stay until the result is dropped.
    /// Others may access it with the lock held only.
    unsafe fn new(ops: &'static ffi::Ops, core: *mut c_void, rates: [u32; 2]) -> Result<Self> {
        let [axi_hz, spi_hz] = rates;
        // SAFETY: By this function's requirements.
        let platform = from_err_ptr(unsafe { ffi::axi_engine_create(ops, core, axi_hz, spi_hz) })?;

        // INVARIANT: It came from there.
        Ok(Self(NonNull::new(platform).ok_or(ENOMEM)?))
    }

    fn as_raw(&self) -> *mut ffi::Platform {
        self.0.as_ptr()
    }

    /// Connects a trigger to the offload, and these streams; firmware tells of them. Only for a
    /// board that is not in use yet.
    fn connect_offload(&mut self, streams: Streams) -> Result {
        // SAFETY: By the type invariant the platform is valid.
        to_result(unsafe { ffi::axi_engine_connect_offload(self.0.as_ptr(), streams.bits()) })
    }

    /// Whether a driver has enabled the trigger of the offload.
    pub fn is_triggered(&self) -> bool {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_is_triggered(self.0.as_ptr()) }
    }

    /// Lets a driver probe the engine.
    ///
    /// # Errors
    ///
    /// [`ENODEV`] if the driver does not take it or is not there.
    pub fn bind(&self, driver: Driver) -> Result {
        // SAFETY: By the type invariant the platform is valid; the name ends with a NUL.
        to_result(unsafe { ffi::axi_engine_bind(self.0.as_ptr(), driver.name().as_char_ptr()) })
    }

    /// Lets a driver probe the engine, which a node with `compatible` in the devicetree tells of.
    /// Only for an engine whose offload is not connected.
    ///
    /// # Errors
    ///
    /// [`ENODEV`] if the driver does not take it or is not there.
    pub fn bind_node(&self, driver: Driver, compatible: &CStr) -> Result {
        // SAFETY: By the type invariant the platform is valid; the strings end with a NUL.
        to_result(unsafe {
            ffi::axi_engine_bind_node(
                self.0.as_ptr(),
                driver.name().as_char_ptr(),
                compatible.as_char_ptr(),
            )
        })
    }

    /// Finds the device on the bus of the driver that [`bind_node`](Self::bind_node) has bound: at
    /// chip select 2, of 4, in mode 1, of 5 MHz. To be called once.
    ///
    /// # Errors
    ///
    /// [`ENODEV`] if there is none.
    pub fn find_device(&self) -> Result<SpiDevice<'_>> {
        // SAFETY: By the type invariant the platform is valid.
        let spi = from_err_ptr(unsafe { ffi::axi_engine_find_device(self.0.as_ptr()) })?;

        // SAFETY: The device came from there, and is nobody else's.
        unsafe { SpiDevice::new(spi) }
    }

    /// Takes the driver off the engine.
    pub fn unbind(&self) {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_unbind(self.0.as_ptr()) };
    }

    /// Calls `body` with the lock held, and the present.
    fn locked<R>(&self, body: impl FnOnce(Picoseconds) -> R) -> R {
        let mut now = 0;
        // SAFETY: By the type invariant the platform is valid.
        let flags = unsafe { ffi::axi_engine_lock(self.0.as_ptr(), &mut now) };
        let result = body(now);
        // SAFETY: This has the lock, and gives back what it got.
        unsafe { ffi::axi_engine_unlock(self.0.as_ptr(), flags) };
        result
    }

    /// Sets the time from the rise of the interrupt line to the handler, 300 ns at first.
    pub fn set_latency(&self, ns: u32) {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_set_latency(self.0.as_ptr(), ns) };
    }

    /// Lets the next `count` interrupts get lost: the line stays high, and nobody is told. With 0
    /// an interrupt that is lost just now comes after all.
    pub fn lose_interrupts(&self, count: u32) {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_lose_interrupts(self.0.as_ptr(), count) };
    }

    /// Lets the CPU take so many interrupts, and no more: what would go on without an end does
    /// not. [`u32::MAX`] are any number.
    pub fn limit_interrupts(&self, count: u32) {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_limit_interrupts(self.0.as_ptr(), count) };
    }

    /// Lets an interrupt come, whatever the line says.
    pub fn raise(&self) {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_raise(self.0.as_ptr()) };
    }

    /// How many interrupts the CPU took.
    pub fn interrupts(&self) -> u64 {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_interrupts(self.0.as_ptr()) }
    }

    /// How many interrupts no handler took for its own, lately.
    pub fn unhandled(&self) -> u32 {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_unhandled(self.0.as_ptr()) }
    }

    /// How many accesses to registers drivers made.
    pub fn accesses(&self) -> u64 {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_accesses(self.0.as_ptr()) }
    }

    /// Adds a device to the bus of the driver that is bound.
    ///
    /// # Errors
    ///
    /// - [`ENODEV`] if there is no controller.
    /// - What `spi_add_device()` returns, so that of the driver's setup.
    pub fn add_device(&self, device: &Device) -> Result<SpiDevice<'_>> {
        // SAFETY: By the type invariant the platform is valid.
        let spi = from_err_ptr(unsafe { ffi::axi_engine_add_device(self.0.as_ptr(), device) })?;

        // SAFETY: The device came from there just now, and is nobody else's.
        unsafe { SpiDevice::new(spi) }
    }

    /// Reads a register, behind the driver's back and without the time that this takes.
    pub fn peek(&self, register: u32) -> u32 {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_peek(self.0.as_ptr(), register) }
    }

    /// Writes a register, behind the driver's back and without the time that this takes.
    pub fn poke(&self, register: u32, value: u32) {
        // SAFETY: By the type invariant the platform is valid.
        unsafe { ffi::axi_engine_poke(self.0.as_ptr(), register, value) };
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the platform is valid, and nobody has it after this.
        unsafe { ffi::axi_engine_destroy(self.0.as_ptr()) };
    }
}
