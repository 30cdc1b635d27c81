// SPDX-License-Identifier: GPL-2.0

//! Callbacks for memory operations.

use super::Adapter;
use crate::{
    bindings,
    error::from_result,
    prelude::*,
    spi::{
        controller::{
            AdjustableOperation,
            MemoryOperation,
            Operations, //
        },
        Device, //
    }, //
};

impl<T: Operations> Adapter<T> {
    const MEM_OPS: &'static bindings::spi_controller_mem_ops = &bindings::spi_controller_mem_ops {
        supports_op: Some(Self::supports_op_callback),
        adjust_op_size: Some(Self::adjust_op_size_callback),
        exec_op: Some(Self::exec_op_callback),
        ..pin_init::zeroed()
    };

    /// # Safety
    ///
    /// That of [`install`](Self::install).
    pub(super) unsafe fn install_memory(ctlr: *mut bindings::spi_controller) {
        if T::HAS_EXEC_MEM_OP {
            // SAFETY: By the safety requirement `ctlr` is valid, and nobody uses it yet.
            unsafe { (*ctlr).mem_ops = Self::MEM_OPS };
        }
    }

    extern "C" fn supports_op_callback(
        memory: *mut bindings::spi_mem,
        op: *const bindings::spi_mem_op,
    ) -> bool {
        // SAFETY: The core calls with a valid memory.
        let spi = unsafe { (*memory).spi };

        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let data = unsafe { Self::data((*spi).controller) };

        // SAFETY: The core calls with a valid operation, which does not change.
        let op = unsafe { MemoryOperation::from_raw(memory, op) };

        // SAFETY: This is a callback for the device.
        unsafe { Self::state(spi) }.is_some_and(|state| T::supports_mem_op(data, state, &op))
    }

    extern "C" fn adjust_op_size_callback(
        memory: *mut bindings::spi_mem,
        op: *mut bindings::spi_mem_op,
    ) -> c_int {
        // SAFETY: The core calls with a valid memory.
        let spi = unsafe { (*memory).spi };

        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let data = unsafe { Self::data((*spi).controller) };

        from_result(|| {
            // SAFETY: This is a callback for the device.
            let state = unsafe { Self::state(spi) }.ok_or(EINVAL)?;

            // SAFETY: The core calls with a valid operation, which nobody else uses.
            T::adjust_mem_op(data, state, unsafe {
                AdjustableOperation::from_raw(memory, op)
            })?;
            Ok(0)
        })
    }

    extern "C" fn exec_op_callback(
        memory: *mut bindings::spi_mem,
        op: *const bindings::spi_mem_op,
    ) -> c_int {
        // SAFETY: The core calls with a valid memory.
        let spi = unsafe { (*memory).spi };

        // SAFETY: `spi` is valid, and on the controller that this callback is for.
        let data = unsafe { Self::data((*spi).controller) };

        from_result(|| {
            // SAFETY: This is a callback for the device.
            let state = unsafe { Self::state(spi) }.ok_or(EINVAL)?;

            // SAFETY: The core calls with a valid device.
            let dev = unsafe { Device::from_raw(spi) };

            // SAFETY: The core calls with a valid operation, which does not change.
            let op = unsafe { MemoryOperation::from_raw(memory, op) };

            T::exec_mem_op(data, dev, state, op)?;
            Ok(0)
        })
    }
}
