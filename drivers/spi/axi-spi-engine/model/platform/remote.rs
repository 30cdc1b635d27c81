// SPDX-License-Identifier: GPL-2.0

//! An engine in another process.

use super::{
    ffi,
    Board,
    Driver, //
};
use crate::hw::Params;
use core::{
    ops::Deref,
    ptr::NonNull, //
};
use kernel::{
    error::from_err_ptr,
    prelude::*,
    str::CString, //
};

/// A connection with a process.
///
/// # Invariants
///
/// The pointer came from `axi_engine_socket_connect()` and was not closed.
struct Connection(NonNull<ffi::Socket>);

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the socket is valid, and nobody has it after this.
        unsafe { ffi::axi_engine_socket_close(self.0.as_ptr()) };
    }
}

/// How the process is asked to build the engine.
fn build(params: &Params) -> Result<CString> {
    CString::try_from_fmt(fmt!(
        "version={:#x} async={} width={} lanes={} pins={} cmd={} sync={} sdo={} sdi={} \
         axi_hz={} spi_hz={}",
        params.version.register(),
        u8::from(params.asynchronous),
        params.data_width,
        params.lanes,
        params.chip_selects,
        params.cmd_width,
        params.sync_width,
        params.sdo_width,
        params.sdi_width,
        params.axi_hz,
        params.spi_hz
    ))
}

/// An engine in another process, in which each chip select has a loopback.
pub struct Remote {
    // The board goes first, since it has the connection.
    board: Board,
    _connection: Connection,
}

impl Remote {
    /// Whether the kernel was told of such a process.
    pub fn is_given() -> bool {
        // SAFETY: This can always be called.
        unsafe { ffi::axi_engine_socket_given() }
    }

    /// Connects with the process, has it build the engine if it can, and lets a driver probe it.
    ///
    /// # Errors
    ///
    /// - [`ENODEV`] if there is no such process, or the driver does not take the engine.
    /// - [`EIO`] if it does not answer as it should; the log has the reason.
    pub fn bound(params: &Params, driver: Driver) -> Result<Self> {
        let build = build(params)?;
        let [mut axi_hz, mut spi_hz] = [0; 2];
        // SAFETY: The string ends with a NUL; the rates are valid for writes.
        let socket = from_err_ptr(unsafe {
            ffi::axi_engine_socket_connect(build.as_char_ptr(), &mut axi_hz, &mut spi_hz)
        })?;
        // INVARIANT: It came from there.
        let connection = Connection(NonNull::new(socket).ok_or(ENODEV)?);
        // SAFETY: A static of C that is never written.
        let ops = unsafe { &ffi::axi_engine_socket_ops };
        // SAFETY: The operations are for sockets. This one stays, and nobody else accesses it.
        let board = unsafe { Board::new(ops, socket.cast(), [axi_hz, spi_hz]) }?;

        board.bind(driver)?;
        Ok(Self {
            board,
            _connection: connection,
        })
    }
}

impl Deref for Remote {
    type Target = Board;

    fn deref(&self) -> &Board {
        &self.board
    }
}
