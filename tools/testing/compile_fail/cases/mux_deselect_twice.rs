// SPDX-License-Identifier: GPL-2.0

//! A mux state is deselected once.
//! error: E0382

use kernel::mux::Selected;

fn deselect(selected: Selected<'_>) {
    drop(selected);
    #[cfg(not(compile_pass))]
    drop(selected);
}
