// SPDX-License-Identifier: GPL-2.0

//! What a controller driver implements.

use super::{
    CurrentMessage,
    OptimizingMessage,
    SettingUp, //
};
use crate::{
    build_error,
    error::VTABLE_DEFAULT_ERROR,
    prelude::*,
    spi::Device, //
};

/// The operations of an SPI controller.
///
/// The SPI core calls them from the registration of the controller until its unregistration, from
/// several threads at once; the transfer of messages is serialized.
///
/// Lifetimes tell apart what a callback is given: `'a` is that of the registration, `'p` is the
/// time from [`optimize_message`](Self::optimize_message) until the message is unoptimized.
///
/// Implementations write the types of parameters as they are written here, for example
/// `&Self::Data<'a>`; the compiler does not accept the type that it stands for (E0195).
#[vtable]
pub trait Operations: Sized + 'static {
    /// What belongs to the registered controller.
    type Data<'a>: Send + Sync + 'a;

    /// What belongs to one device on the bus, from its first setup until it is removed.
    type DeviceState<'a>: Send + Sync + 'a;

    /// What belongs to one optimized message.
    type Prepared<'p>: Send + 'p;

    /// Creates the state of a device.
    ///
    /// Called before the first [`setup`](Self::setup) of `dev`, when it is added. May sleep.
    fn new_device_state<'a>(
        data: &Self::Data<'a>,
        dev: &Device,
    ) -> impl PinInit<Self::DeviceState<'a>, Error>;

    /// Applies the settings of a device.
    ///
    /// Called when `dev` is added, and whenever its driver changes its settings. An error refuses
    /// the device, or the change. Messages to other devices may be in flight, but none through this
    /// controller. May sleep.
    ///
    /// C operation: `setup` of `struct spi_controller`.
    fn setup<'a>(
        data: &Self::Data<'a>,
        dev: &SettingUp<'_>,
        state: Pin<&Self::DeviceState<'a>>,
    ) -> Result;

    /// Returns the length of the longest transfer to the device, in bytes; longer ones are split.
    ///
    /// Must not sleep: messages may be sent from atomic context. Must not depend on the moment.
    ///
    /// C operation: `max_transfer_size` of `struct spi_controller`.
    fn max_transfer_size<'a>(data: &Self::Data<'a>, state: Pin<&Self::DeviceState<'a>>) -> usize {
        let _ = (data, state);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns the length of the longest message to the device, in bytes.
    ///
    /// Must not sleep: messages may be sent from atomic context. Must not depend on the moment.
    ///
    /// C operation: `max_message_size` of `struct spi_controller`.
    fn max_message_size<'a>(data: &Self::Data<'a>, state: Pin<&Self::DeviceState<'a>>) -> usize {
        let _ = (data, state);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Prepares a message that has been validated.
    ///
    /// What this returns is handed to [`transfer_one_message`](Self::transfer_one_message) each
    /// time the message is sent, and dropped when the message is unoptimized, which may sleep. An
    /// error refuses the message.
    ///
    /// Messages that a driver did not optimize are optimized for each send, and that may happen
    /// where sleeping is forbidden: this must not sleep, unless it has to do more than a message
    /// that is sent from atomic context may ask for.
    ///
    /// C operations: `optimize_message` and `unoptimize_message` of `struct spi_controller`.
    fn optimize_message<'a, 'p>(
        data: &'p Self::Data<'a>,
        state: Pin<&'p Self::DeviceState<'a>>,
        message: OptimizingMessage<'p>,
    ) -> impl PinInit<Self::Prepared<'p>, Error>
    where
        'a: 'p,
    {
        let _ = (data, state, message);
        // The type that `build_error!` has can't stand for an initializer.
        build_error!(VTABLE_DEFAULT_ERROR);
        #[expect(unreachable_code)]
        Err::<Self::Prepared<'p>, Error>(ENOTSUPP)
    }

    /// Sends one message, to the end.
    ///
    /// What is returned is the status of the message, which is finished right afterwards. The
    /// number of bytes that were transferred is told with [`CurrentMessage::set_actual_length`],
    /// also before an error.
    ///
    /// `prepared` is what [`optimize_message`](Self::optimize_message) made; `None` if that is not
    /// implemented. May sleep; runs in the thread that sends the message or in one of the core's.
    ///
    /// C operation: `transfer_one_message` of `struct spi_controller`.
    fn transfer_one_message<'a, 'p>(
        data: &Self::Data<'a>,
        message: &mut CurrentMessage<'_>,
        prepared: Option<Pin<&mut Self::Prepared<'p>>>,
    ) -> Result;
}
