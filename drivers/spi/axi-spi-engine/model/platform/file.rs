// SPDX-License-Identifier: GPL-2.0

//! Character devices as user space has them.

use super::ffi;
use core::ptr::NonNull;
use kernel::{
    error::from_err_ptr,
    prelude::*, //
};

/// What `poll()` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    /// There is something to read.
    pub readable: bool,
    /// The device is gone.
    pub gone: bool,
}

/// An open character device.
///
/// # Invariants
///
/// The pointer came from `axi_engine_open()` and was not closed.
pub struct File(NonNull<ffi::RawFile>);

impl File {
    /// Opens a device for reading. With `wait`, reads wait until there is something.
    ///
    /// # Errors
    ///
    /// As `open()` has them.
    pub fn open(name: &CStr, wait: bool) -> Result<Self> {
        // SAFETY: The name ends with a NUL.
        let file = from_err_ptr(unsafe { ffi::axi_engine_open(name.as_char_ptr(), wait) })?;

        // INVARIANT: It came from there.
        Ok(Self(NonNull::new(file).ok_or(ENODEV)?))
    }

    /// Reads, and says how many bytes.
    ///
    /// # Errors
    ///
    /// As `read()` has them.
    pub fn read(&self, data: &mut [u8]) -> Result<usize> {
        // SAFETY: By the type invariant; `data` is as long as told.
        let read =
            unsafe { ffi::axi_engine_read(self.0.as_ptr(), data.as_mut_ptr().cast(), data.len()) };
        // CAST: What is negative is an error number, and those are small.
        usize::try_from(read).map_err(|_| Error::from_errno(read as c_int))
    }

    /// What `poll()` says.
    pub fn poll(&self) -> Events {
        // SAFETY: By the type invariant.
        let events = unsafe { ffi::axi_engine_poll(self.0.as_ptr()) };

        // `POLLIN` and `POLLHUP`.
        Events {
            readable: events & 0x1 != 0,
            gone: events & 0x10 != 0,
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, and it is not used any more.
        unsafe { ffi::axi_engine_close(self.0.as_ptr()) };
    }
}

// SAFETY: A file has no ties to a thread.
unsafe impl Send for File {}

// SAFETY: Reads and polls may run at the same time.
unsafe impl Sync for File {}
