// SPDX-License-Identifier: GPL-2.0

//! A controller can't adjust a memory operation that it is to execute, which its owner keeps.
//! error: E0599

use kernel::{
    prelude::*,
    spi::controller::Proxy, //
};

#[cfg(not(compile_pass))]
use kernel::spi::controller::MemoryOperation as Operation;

#[cfg(compile_pass)]
use kernel::spi::controller::AdjustableOperation as Operation;

fn adjust(op: Operation<'_>, proxy: &Proxy<'_>) -> Result {
    op.adjust_size(proxy)
}
