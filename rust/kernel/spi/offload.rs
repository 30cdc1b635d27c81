// SPDX-License-Identifier: GPL-2.0

//! SPI offload: messages that hardware starts, again and again, without the CPU.
//!
//! Some controllers can record a message. A trigger, for example a clock, then starts it, and what
//! it moves can come from a DMA channel, and go to one. A driver goes up these steps, and each step
//! takes what the one before gave, so that none can be left out or done twice:
//!
//! ```text
//!   Offload::get(&'bound Device, Capabilities) ---> Offload
//!                                                     |  ^
//!                              prepare(self, Message) |  | into_parts
//!                                                     v  |
//!   Trigger::get(&Offload) ---> Trigger           Prepared
//!                                   |                 |  ^
//!                                   +-----------------+  | disarm
//!                            arm(self, Trigger, settings)|
//!                                                     v  |
//!                                                    Armed
//! ```
//!
//! A step that fails gives back what it took. Dropping any of them goes all the way down, in this
//! order: disarm, put the trigger, forget the message, put the offload. Forgetting one leaks it,
//! and the hardware stays as it is.
//!
//! [`provider`] is the other side, for drivers of controllers and of triggers.
//!
//! C headers:
//! [`include/linux/spi/offload/consumer.h`](srctree/include/linux/spi/offload/consumer.h),
//! [`include/linux/spi/offload/types.h`](srctree/include/linux/spi/offload/types.h)
//!
//! # Examples
//!
//! ```
//! use kernel::{
//!     clk::Hertz,
//!     device::Bound,
//!     prelude::*,
//!     spi::{
//!         self,
//!         offload::{
//!             Armed,
//!             Capability,
//!             Offload,
//!             Periodic,
//!             Trigger, //
//!         },
//!         Message, //
//!     }, //
//! };
//!
//! /// Has `message` sent 100 000 times in a second.
//! fn start(dev: &spi::Device<Bound>, message: Message) -> Result<Armed<'_, Periodic>> {
//!     let offload = Offload::get(dev, Capability::Trigger | Capability::TxStaticData)?;
//!
//!     let trigger = Trigger::get(&offload)?;
//!     let settings = trigger.validate(Periodic::new(Hertz::from_khz(100))?)?;
//!     if settings.frequency_hz() < 90_000 {
//!         return Err(ERANGE);
//!     }
//!
//!     let prepared = offload.prepare(message)?;
//!     Ok(prepared.arm(trigger, settings)?)
//! }
//! ```

mod capabilities;
mod consumer;
mod kind;
mod managed;
mod prepared;
pub mod provider;
mod trigger;

pub use self::{
    capabilities::{
        Capabilities,
        Capability, //
    },
    consumer::Offload,
    kind::{
        DataReady,
        Kind,
        Periodic, //
    },
    prepared::{
        Armed,
        Prepared, //
    },
    trigger::Trigger, //
};
