// SPDX-License-Identifier: GPL-2.0

//! A message can't be copied; a copy would share its buffers.
//! error: E0599

use kernel::spi::Message;

fn two(message: Message) {
    #[cfg(not(compile_pass))]
    drop(message.clone());
    #[cfg(compile_pass)]
    let _ = message.transfers();
}
