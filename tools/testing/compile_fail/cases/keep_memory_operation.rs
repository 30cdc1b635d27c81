// SPDX-License-Identifier: GPL-2.0

//! A controller can't keep a memory operation beyond the callback that it was given in.
//! error: lifetime may not live long enough

use kernel::spi::controller::MemoryOperation;

#[cfg(not(compile_pass))]
type Kept<'o> = MemoryOperation<'static>;
#[cfg(compile_pass)]
type Kept<'o> = MemoryOperation<'o>;

fn keep<'o>(op: MemoryOperation<'o>) -> Kept<'o> {
    op
}
