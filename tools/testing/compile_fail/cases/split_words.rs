// SPDX-License-Identifier: GPL-2.0

//! What a message sends and what it receives may be the same memory, so they are not used apart.
//! error: E0308

use kernel::spi::controller::CurrentMessage;

fn send(message: &mut CurrentMessage<'_>) {
    #[cfg(not(compile_pass))]
    {
        let (mut tx, mut rx) = message.words();
        tx.take(1, |_| {});
        rx.fill(1, || 0);
    }
    #[cfg(compile_pass)]
    {
        let mut words = message.words();
        words.take(1, |_| {});
        words.fill(1, || 0);
    }
}
