// SPDX-License-Identifier: GPL-2.0

//! A message comes back once.
//! error: E0382

use kernel::{
    prelude::*,
    spi::{
        AsyncMessage,
        Pending, //
    },
    time::Delta, //
};

fn wait(pending: Pending) -> Result<AsyncMessage> {
    let waited = pending.wait_timeout(Delta::from_secs(1));

    #[cfg(not(compile_pass))]
    if waited.is_err() {
        return Ok(pending.wait().0);
    }
    #[cfg(compile_pass)]
    if let Err(pending) = waited {
        return Ok(pending.wait().0);
    }
    waited.map(|(message, _)| message).map_err(|_| ETIMEDOUT)
}
