// SPDX-License-Identifier: GPL-2.0

//! A mux control can't be put back while a state is selected.
//! error: E0505

use kernel::{
    mux::Control,
    prelude::*, //
};

fn select(control: Control<'_>) -> Result {
    let selected = control.select(0)?;

    #[cfg(not(compile_pass))]
    drop(control);

    drop(selected);
    Ok(())
}
