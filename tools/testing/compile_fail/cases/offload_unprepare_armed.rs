// SPDX-License-Identifier: GPL-2.0

//! A message is not taken out of an offload that is armed.
//! error: E0382
//! defect: offload-F2

use kernel::{
    prelude::*,
    spi::{
        offload::{
            Armed,
            Periodic,
            Prepared,
            Trigger, //
        },
        Message, //
    }, //
};

fn stop(prepared: Prepared<'_>, trigger: Trigger<Periodic>, settings: Periodic) -> Result<Message> {
    let armed: Armed<'_, Periodic> = prepared.arm(trigger, settings)?;

    #[cfg(compile_pass)]
    let (prepared, _trigger) = armed.disarm();
    let (_offload, message) = prepared.into_parts();

    #[cfg(not(compile_pass))]
    drop(armed);
    Ok(message)
}
