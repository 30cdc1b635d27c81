// SPDX-License-Identifier: GPL-2.0

//! What a message comes back to owns what it uses: the sender may be gone by then.
//! error: E0597

use kernel::{
    prelude::*,
    spi::AsyncMessage,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc, //
    }, //
};

fn count(message: AsyncMessage) -> Result {
    #[cfg(not(compile_pass))]
    let counter = Atomic::new(0);
    #[cfg(not(compile_pass))]
    let count = &counter;
    #[cfg(compile_pass)]
    let count = Arc::new(Atomic::new(0), GFP_KERNEL)?;

    let closure = KBox::new(
        move |_: AsyncMessage, _: Result| count.add(1, Relaxed),
        GFP_KERNEL,
    )?;
    message.submit_with(closure)?;
    Ok(())
}
