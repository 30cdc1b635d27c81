// SPDX-License-Identifier: GPL-2.0

//! A message in flight stays in the thread that the controller was called in.
//! error: E0277

use kernel::spi::controller::CurrentMessage;

fn give_away<T: Send>(_: T) {}

fn transfer_one_message(message: &mut CurrentMessage<'_>) {
    #[cfg(not(compile_pass))]
    give_away(message);
    #[cfg(compile_pass)]
    give_away(message.transfers().count());
}
