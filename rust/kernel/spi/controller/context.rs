// SPDX-License-Identifier: GPL-2.0

//! What a controller has besides the data of its driver.

use super::{
    pending::Handed,
    spare::Spare,
    Operations, //
};
use crate::{
    bindings,
    prelude::*, //
};

use core::cell::Cell;

/// The device data of a controller.
///
/// Only the thread in which the core sends messages, with `io_mutex` held, accesses `handed` and
/// `hardware_ready`.
#[pin_data]
#[repr(C)]
pub(super) struct Context<'a, T: Operations> {
    /// Who has the current transfer. It comes first, see [`Handed::of`].
    pub(super) handed: Handed,
    #[pin]
    pub(super) data: T::Data<'a>,
    /// What the core is told of memory operations.
    pub(super) mem_caps: Option<bindings::spi_controller_mem_caps>,
    /// Room for what is prepared for the next message.
    pub(super) spare: Spare<T>,
    /// Whether the hardware is prepared for transfers.
    pub(super) hardware_ready: Cell<bool>,
}

impl<'a, T: Operations> Context<'a, T> {
    pub(super) fn new(
        data: impl PinInit<T::Data<'a>, Error>,
        mem_caps: Option<bindings::spi_controller_mem_caps>,
    ) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            handed: Handed::new(),
            data <- data,
            mem_caps,
            spare: Spare::new(),
            hardware_ready: Cell::new(false),
        })
    }
}
