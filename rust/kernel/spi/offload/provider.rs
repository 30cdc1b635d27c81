// SPDX-License-Identifier: GPL-2.0

//! Providers of offloads and of triggers.
//!
//! A controller driver makes a [`Provided`] for each offload of the hardware, keeps them in its
//! data, and hands them out with [`Operations::offload`]. From there on the steps of a consumer are
//! checked, those of C drivers as well:
//!
//! ```text
//!   get_offload ---> taken ---> optimize_message ---> Recorded ---> trigger_enable ---> armed
//!               EBUSY if taken                   EBUSY if recorded       EINVAL if not recorded,
//!                                                                        EBUSY if armed
//! ```
//!
//! Going back a step out of turn takes the ones in between back first, so the hardware is at rest
//! when a message is forgotten, when the offload is put, and when the controller goes. While the
//! trigger is enabled, [`Traffic`] says what becomes of other messages on the bus.
//!
//! The driver of a trigger implements [`TriggerOperations`], and creates a [`TriggerRegistration`].
//!
//! C header: [`include/linux/spi/offload/provider.h`](srctree/include/linux/spi/offload/provider.h)
//!
//! [`Operations::offload`]: crate::spi::controller::Operations::offload

mod offload;
mod slot;
mod trigger;

pub use self::{
    offload::{
        OffloadOperations,
        Provided,
        Recorded,
        Traffic, //
    },
    slot::Slot,
    trigger::{
        TriggerOperations,
        TriggerRegistration, //
    }, //
};
