// SPDX-License-Identifier: GPL-2.0

//! A message whose words are lent to an interrupt handler is not used besides.
//! error: E0500

use kernel::{
    prelude::*,
    spi::controller::{
        CurrentMessage,
        Loan,
        Words, //
    },
    types::ForLt, //
};

fn send(loan: &Loan<(), ForLt!(Words<'_>)>, message: &mut CurrentMessage<'_>) -> Result {
    let mut words = message.words();

    loan.lend(
        &mut words,
        |(), _| {},
        || {
            #[cfg(not(compile_pass))]
            message.set_actual_length(1);
        },
        100,
    )?;
    message.set_actual_length(1);
    Ok(())
}
