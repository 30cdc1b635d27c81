// SPDX-License-Identifier: GPL-2.0

//! An offload is armed when it has recorded a message, and not before.
//! error: E0599
//! defect: offload-F2

use kernel::{
    prelude::*,
    spi::{
        offload::{
            Offload,
            Periodic,
            Trigger, //
        },
        Message, //
    }, //
};

fn start(
    offload: Offload<'_>,
    message: Message,
    trigger: Trigger<Periodic>,
    settings: Periodic,
) -> Result {
    #[cfg(not(compile_pass))]
    let armed = {
        let _ = message;
        offload.arm(trigger, settings)?
    };
    #[cfg(compile_pass)]
    let armed = offload.prepare(message)?.arm(trigger, settings)?;

    drop(armed);
    Ok(())
}
