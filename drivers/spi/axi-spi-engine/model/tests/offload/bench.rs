// SPDX-License-Identifier: GPL-2.0

//! An engine with a connected offload, and what tests ask of it.

use crate::{
    hw::{
        Chip,
        Params,
        Socket, //
    },
    platform::{
        Driver,
        Instance,
        Streams, //
    }, //
};
use kernel::{
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// `SPI_OFFLOAD_CAP_TRIGGER` and so on.
pub(in crate::tests) const TRIGGER: u32 = 1 << 0;
pub(in crate::tests) const TX_STREAM: u32 = 1 << 2;
pub(in crate::tests) const RX_STREAM: u32 = 1 << 3;

/// What is recorded is sent.
pub(in crate::tests) const RECORDED: Streams = Streams {
    rx: false,
    tx: false,
};

/// That, and what comes in goes to a stream.
pub(in crate::tests) const RECEIVING: Streams = Streams {
    rx: true,
    tx: false,
};

/// What is sent comes from a stream.
pub(in crate::tests) const STREAMING: Streams = Streams {
    rx: false,
    tx: true,
};

/// An engine with a driver, and a loopback on all lanes of the first two chip selects.
pub(in crate::tests) fn offloading(
    params: &Params,
    driver: Driver,
    streams: Streams,
) -> Result<Instance> {
    let params = Params {
        streaming: streams.tx,
        ..*params
    };
    let instance = Instance::with_offload(&params, streams)?;
    instance.bind(driver)?;
    for chip_select in 0..2 {
        instance.attach(Socket {
            chip_select,
            lanes: 0xff,
            ..Socket::new(Chip::Loopback)
        })?;
    }
    Ok(instance)
}

/// Lets the trigger fire, and waits until what it starts has ended.
pub(in crate::tests) fn run(instance: &Instance) {
    instance.fire();
    fsleep(Delta::from_millis(2));
}
