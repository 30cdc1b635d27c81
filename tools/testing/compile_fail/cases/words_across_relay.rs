// SPDX-License-Identifier: GPL-2.0

//! The words of a message can't be used while its transfers are lent to a relay.
//! error: E0499

use kernel::{
    prelude::*,
    spi::controller::{
        CurrentMessage,
        Relay, //
    }, //
};

fn pass_on(message: &mut CurrentMessage<'_>, relay: Pin<&mut Relay<'_>>) -> Result<u32> {
    let mut sum = 0;

    #[cfg(not(compile_pass))]
    {
        let mut words = message.words();
        let _active = relay.activate(message)?;
        words.take(u32::MAX, |word| sum += word);
    }
    #[cfg(compile_pass)]
    {
        message.words().take(u32::MAX, |word| sum += word);
        let _active = relay.activate(message)?;
    }
    Ok(sum)
}
