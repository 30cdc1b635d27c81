// SPDX-License-Identifier: GPL-2.0

//! An engine with a connected offload, and what tests ask of it.

use crate::{
    hw::{
        Chip,
        Event,
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
pub(in crate::tests) const TX_STATIC: u32 = 1 << 1;
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

/// A build with one clock, which does not miss the short reset of the memory that the C driver
/// does (C21).
pub(in crate::tests) fn one_clock(params: &Params) -> Params {
    Params {
        asynchronous: false,
        spi_hz: params.axi_hz,
        ..*params
    }
}

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

/// The words that the stream of what was received got since the log was cleared, of 8 bits.
pub(in crate::tests) fn streamed(instance: &Instance) -> Result<KVec<u8>> {
    let mut bytes = KVec::with_capacity(1024, GFP_KERNEL)?;

    instance.with(|engine| {
        for event in engine.wire().log().events() {
            if let Event::Streamed(_, sdi) = event {
                let [byte, ..] = sdi[0].to_le_bytes();
                bytes.push_within_capacity(byte).map_err(|_| ENOMEM)?;
            }
        }
        Ok(bytes)
    })
}

/// Turns what should be the case into the result of a test.
///
/// # Errors
///
/// [`EBADMSG`] if it is not.
pub(in crate::tests) fn ensure(condition: bool) -> Result {
    if condition {
        Ok(())
    } else {
        Err(EBADMSG)
    }
}
