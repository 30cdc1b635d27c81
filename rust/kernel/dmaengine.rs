// SPDX-License-Identifier: GPL-2.0

//! DMA channels that move data to or from a device, consumer side.
//!
//! A [`Transfer`] is memory, in one piece or in several, and what is to be done with it: move it
//! once, or again and again in periods. It goes through these states, together with the [`Channel`]
//! that moves it:
//!
//! ```text
//!   Channel, Transfer ---prepare---> Prepared ---submit---> Submitted ---issue---> Issued
//!        ^                              |                       |                     |
//!        +-------------------------- terminate ---------------- + --------------------+
//! ```
//!
//! Each step takes what the one before gave, so nothing is submitted twice. A [`Queue`] is for
//! several transfers, of which the next begins as soon as the one before is done.
//!
//! The memory is with the channel until it has been terminated: dropping any of the states
//! terminates, waits until the hardware has stopped and no callback runs, and then frees the
//! memory. Forgetting one leaks the memory, which the hardware may go on using.
//!
//! [`prepare`](Channel::prepare), `submit` and `issue` neither sleep nor allocate. They may be
//! called in any context but a hard interrupt. What ends a state sleeps.
//!
//! C header: [`include/linux/dmaengine.h`](srctree/include/linux/dmaengine.h)
//!
//! Reference: <https://docs.kernel.org/driver-api/dmaengine/client.html>
//!
//! # Examples
//!
//! ```
//! use kernel::{
//!     device::{
//!         Bound,
//!         Device, //
//!     },
//!     dmaengine::{
//!         Channel,
//!         Direction,
//!         Handler,
//!         Issued,
//!         Layout,
//!         Transfer, //
//!     },
//!     prelude::*,
//!     sync::{
//!         Arc,
//!         Completion, //
//!     }, //
//! };
//!
//! struct Period(Arc<Completion>);
//!
//! impl Handler for Period {
//!     fn finished(&self, _result: Result) {
//!         self.0.complete();
//!     }
//! }
//!
//! /// Captures into four periods of 1024 bytes, over and over.
//! fn capture(dev: &Device<Bound>, done: Arc<Completion>) -> Result<Issued<'_, Period>> {
//!     let channel = Channel::request(dev, c"rx")?;
//!     let layout = Layout::cyclic(1024, 4)?;
//!     let told = Period(done);
//!     let ring = Transfer::new(&channel, layout, Direction::FromDevice, told, GFP_KERNEL)?;
//!
//!     let prepared = channel.prepare(ring)?;
//!     Ok(prepared.submit()?.issue())
//! }
//! ```

#![cfg(CONFIG_DMA_ENGINE)]

mod channel;
mod config;
mod cursor;
mod memory;
mod queue;
mod refused;
mod states;
#[cfg(CONFIG_RUST_DMAENGINE_KUNIT_TEST)]
pub(crate) mod tests;
mod transfer;

pub(crate) use self::channel::{
    Call,
    Descriptor, //
};

pub use self::{
    channel::{
        Channel,
        Residue, //
    },
    config::{
        BusWidth,
        Config,
        Direction, //
    },
    cursor::Cursor,
    queue::{
        IdleQueue,
        NotQueued,
        Queue, //
    },
    refused::Refused,
    states::{
        DevresIssued,
        Idle,
        Issued,
        Prepared,
        Progress,
        Stopping,
        Submitted, //
    },
    transfer::{
        Handler,
        Layout,
        Transfer, //
    },
};
