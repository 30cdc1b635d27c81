// SPDX-License-Identifier: GPL-2.0

//! An interrupt handler can't keep the words of the message that it works on.
//! error: E0521

use core::ops::ControlFlow;
use kernel::{
    prelude::*,
    spi::controller::{
        Loan,
        Words, //
    },
    types::ForLt, //
};

fn interrupt(loan: &Loan<(), ForLt!(Words<'_>)>) {
    let mut kept: Option<&mut Words<'_>> = None;

    loan.handle(|(), words| {
        #[cfg(not(compile_pass))]
        {
            kept = words;
        }
        #[cfg(compile_pass)]
        words.map(|words| words.take(1, |_| {}));
        ControlFlow::Break(())
    });
    drop(kept);
}
