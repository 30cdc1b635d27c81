// SPDX-License-Identifier: GPL-2.0

//! What a message comes back to is called by another thread.
//! error: E0277

use kernel::{
    prelude::*,
    spi::AsyncMessage, //
};

fn point(message: AsyncMessage, data: KBox<u32>) -> Result {
    #[cfg(not(compile_pass))]
    let data = KBox::into_raw(data);

    let closure = KBox::new(
        move |_: AsyncMessage, _: Result| {
            let _ = &data;
        },
        GFP_KERNEL,
    )?;
    message.submit_with(closure)?;
    Ok(())
}
