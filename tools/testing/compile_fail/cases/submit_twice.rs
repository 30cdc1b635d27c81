// SPDX-License-Identifier: GPL-2.0

//! A message is submitted again when it has come back, not before.
//! error: E0382

use kernel::{
    prelude::*,
    spi::AsyncMessage, //
};

fn twice(message: AsyncMessage) -> Result {
    let pending = message.start()?;
    #[cfg(compile_pass)]
    let (message, _) = pending.wait();

    message.start()?.wait().1?;
    #[cfg(not(compile_pass))]
    pending.wait().1?;
    Ok(())
}
