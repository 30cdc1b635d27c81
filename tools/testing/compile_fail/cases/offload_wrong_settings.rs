// SPDX-License-Identifier: GPL-2.0

//! A trigger gets settings of its own kind.
//! error: E0308

use kernel::{
    prelude::*,
    spi::offload::{
        DataReady,
        Periodic,
        Prepared,
        Trigger, //
    }, //
};

fn arm(prepared: Prepared<'_>, trigger: Trigger<DataReady>, periodic: Periodic) -> Result {
    #[cfg(not(compile_pass))]
    let armed = prepared.arm(trigger, periodic)?;
    #[cfg(compile_pass)]
    let armed = {
        let _ = periodic;
        prepared.arm(trigger, DataReady)?
    };

    drop(armed);
    Ok(())
}
