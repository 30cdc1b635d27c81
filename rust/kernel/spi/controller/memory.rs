// SPDX-License-Identifier: GPL-2.0

//! Memory operations (spi-mem), passed on to another controller.
//!
//! Some controllers do the operations of flash memories as a whole: command, address, dummy cycles
//! and data, on several lines.
//!
//! C header: [`include/linux/spi/spi-mem.h`](srctree/include/linux/spi/spi-mem.h)

use super::Proxy;
use crate::{
    bindings,
    prelude::*,
    types::NotThreadSafe, //
};

use core::marker::PhantomData;

/// An operation of a memory on the bus, as a controller sees it.
///
/// # Invariants
///
/// Both pointers are valid as long as `'o`, and nobody changes the operation meanwhile: it belongs
/// to the driver of the memory.
pub struct MemoryOperation<'o> {
    memory: *const bindings::spi_mem,
    op: *const bindings::spi_mem_op,
    _lifetime: PhantomData<&'o bindings::spi_mem_op>,
    _callback: NotThreadSafe,
}

impl MemoryOperation<'_> {
    /// # Safety
    ///
    /// The type invariant must hold.
    #[inline]
    pub(super) unsafe fn from_raw(
        memory: *const bindings::spi_mem,
        op: *const bindings::spi_mem_op,
    ) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            memory,
            op,
            _lifetime: PhantomData,
            _callback: NotThreadSafe,
        }
    }

    /// Returns whether the controller of `proxy` supports the operation.
    ///
    /// C function: `spi_mem_supports_op()`.
    pub fn is_supported(&self, proxy: &Proxy<'_>) -> bool {
        // SAFETY: By the type invariant.
        let mut memory = unsafe { proxy.memory(self.memory) };

        // SAFETY: As above; the memory's device is that of the proxy.
        unsafe { supports(&raw mut memory, self.op) }
    }

    /// Has the controller of `proxy` use its settings, as
    /// [`Relay::activate`](super::Relay::activate) does.
    ///
    /// # Errors
    ///
    /// What `spi_setup()` returns.
    pub fn activate<'r>(self, proxy: &'r Proxy<'_>) -> Result<ActiveOperation<'r>>
    where
        Self: 'r,
    {
        let again = proxy.activate()?;

        // INVARIANT: By the type invariant; `self` is alive as long as `'r`.
        Ok(ActiveOperation {
            proxy,
            memory: self.memory,
            op: self.op,
            again,
            _callback: NotThreadSafe,
        })
    }
}

/// An operation of a memory that its driver asks to be adjusted to what the controller can do.
///
/// # Invariants
///
/// Both pointers are valid as long as `'o`, and nobody else uses the operation meanwhile.
pub struct AdjustableOperation<'o> {
    memory: *const bindings::spi_mem,
    op: *mut bindings::spi_mem_op,
    _lifetime: PhantomData<&'o mut bindings::spi_mem_op>,
    _callback: NotThreadSafe,
}

impl AdjustableOperation<'_> {
    /// # Safety
    ///
    /// The type invariant must hold.
    #[inline]
    pub(super) unsafe fn from_raw(
        memory: *const bindings::spi_mem,
        op: *mut bindings::spi_mem_op,
    ) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            memory,
            op,
            _lifetime: PhantomData,
            _callback: NotThreadSafe,
        }
    }

    /// Shortens the data to what the controller of `proxy` can do at once.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if it can't do the operation, however short.
    /// - What else its driver returns.
    ///
    /// C function: `spi_mem_adjust_op_size()`.
    pub fn adjust_size(self, proxy: &Proxy<'_>) -> Result {
        // SAFETY: By the type invariant.
        let mut memory = unsafe { proxy.memory(self.memory) };

        // SAFETY: As above.
        unsafe { adjust(&raw mut memory, self.op) }
    }
}

/// A [`MemoryOperation`] that can be executed now.
///
/// # Invariants
///
/// Those of [`MemoryOperation`].
pub struct ActiveOperation<'r> {
    proxy: &'r Proxy<'r>,
    memory: *const bindings::spi_mem,
    op: *const bindings::spi_mem_op,
    again: bool,
    _callback: NotThreadSafe,
}

impl ActiveOperation<'_> {
    /// Returns whether the last message was one to the same proxy, and has made the chip select
    /// inactive in the end.
    #[inline]
    pub fn is_again(&self) -> bool {
        self.again
    }

    /// Executes the operation. This sleeps.
    ///
    /// # Errors
    ///
    /// - `EOPNOTSUPP` if the other controller does not support the operation.
    /// - What else its driver returns.
    ///
    /// C function: `spi_mem_exec_op()`.
    pub fn exec(self) -> Result {
        // SAFETY: By the type invariant.
        let mut memory = unsafe { self.proxy.memory(self.memory) };

        // The core writes to what it executes, const or not: the frequency of the device.
        //
        // SAFETY: By the type invariant it is valid, and does not change.
        let mut op = unsafe { self.op.read() };

        self.proxy.without_counting(|| {
            // SAFETY: Both are valid; the memory's device is that of the proxy, which was set up.
            unsafe { exec(&raw mut memory, &raw mut op) }
        })
    }
}

/// # Safety
///
/// Both must be valid.
#[cfg(CONFIG_SPI_MEM)]
unsafe fn supports(memory: *mut bindings::spi_mem, op: *const bindings::spi_mem_op) -> bool {
    // SAFETY: By the safety requirement.
    unsafe { bindings::spi_mem_supports_op(memory, op) }
}

/// # Safety
///
/// Both must be valid.
#[cfg(CONFIG_SPI_MEM)]
unsafe fn adjust(memory: *mut bindings::spi_mem, op: *mut bindings::spi_mem_op) -> Result {
    // SAFETY: By the safety requirement.
    crate::error::to_result(unsafe { bindings::spi_mem_adjust_op_size(memory, op) })
}

/// # Safety
///
/// Both must be valid, and the device of `memory` set up.
#[cfg(CONFIG_SPI_MEM)]
unsafe fn exec(memory: *mut bindings::spi_mem, op: *mut bindings::spi_mem_op) -> Result {
    // SAFETY: By the safety requirement.
    crate::error::to_result(unsafe { bindings::spi_mem_exec_op(memory, op) })
}

/// # Safety
///
/// That of the function that does something.
#[cfg(not(CONFIG_SPI_MEM))]
unsafe fn supports(_memory: *mut bindings::spi_mem, _op: *const bindings::spi_mem_op) -> bool {
    false
}

/// # Safety
///
/// That of the function that does something.
#[cfg(not(CONFIG_SPI_MEM))]
unsafe fn adjust(_memory: *mut bindings::spi_mem, _op: *mut bindings::spi_mem_op) -> Result {
    Err(EOPNOTSUPP)
}

/// # Safety
///
/// That of the function that does something.
#[cfg(not(CONFIG_SPI_MEM))]
unsafe fn exec(_memory: *mut bindings::spi_mem, _op: *mut bindings::spi_mem_op) -> Result {
    Err(EOPNOTSUPP)
}
