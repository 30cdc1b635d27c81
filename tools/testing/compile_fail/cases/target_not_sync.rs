// SPDX-License-Identifier: GPL-2.0

//! What several messages come back to is called by several threads at once.
//! error: E0277

use core::cell::Cell;

use kernel::{
    prelude::*,
    spi::{
        AsyncMessage,
        Complete, //
    },
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc, //
    }, //
};

#[cfg(not(compile_pass))]
struct Count(Cell<u32>);
#[cfg(compile_pass)]
struct Count(Atomic<u32>);

impl Complete for Count {
    fn complete(this: Arc<Self>, _message: AsyncMessage, _result: Result) {
        #[cfg(not(compile_pass))]
        this.0.set(this.0.get() + 1);
        #[cfg(compile_pass)]
        this.0.add(1, Relaxed);
    }
}
