// SPDX-License-Identifier: GPL-2.0

//! An offload is armed once, and disarmed before it is armed again.
//! error: E0382
//! defect: offload-F2, offload-F5

use kernel::{
    prelude::*,
    spi::offload::{
        Periodic,
        Prepared,
        Trigger, //
    }, //
};

fn arm(
    prepared: Prepared<'_>,
    trigger: Trigger<Periodic>,
    slow: Periodic,
    fast: Periodic,
) -> Result {
    let armed = prepared.arm(trigger, slow)?;

    #[cfg(not(compile_pass))]
    let again = prepared.arm(trigger, fast)?;
    #[cfg(compile_pass)]
    let again = {
        let (prepared, trigger) = armed.disarm();
        prepared.arm(trigger, fast)?
    };

    drop(again);
    Ok(())
}
