// SPDX-License-Identifier: GPL-2.0

//! What a controller driver implements.

#[cfg(CONFIG_DMA_ENGINE)]
use super::DmaChannels;
use super::{
    AdjustableOperation,
    CurrentMessage,
    CurrentTransfer,
    Level,
    MemoryOperation,
    OptimizingMessage,
    SettingUp,
    Starting,
    TransferRef,
    Transferred, //
};
use crate::{
    build_error,
    device::{
        self,
        Bound, //
    },
    error::VTABLE_DEFAULT_ERROR,
    prelude::*,
    spi::{
        offload::provider::Slot,
        Device, //
    }, //
};

/// The operations of an SPI controller.
///
/// The SPI core calls them from the registration of the controller until its unregistration, from
/// several threads at once; all that has to do with messages in flight, and
/// [`setup`](Self::setup), is serialized.
///
/// Either [`transfer_one`](Self::transfer_one) is implemented, and the core does the rest: the chip
/// select, delays, time limits, statistics. Or
/// [`transfer_one_message`](Self::transfer_one_message) does all of it. All others are optional;
/// what is not implemented is NULL for the core.
///
/// Lifetimes tell apart what a callback is given: `'a` is that of the registration, `'p` is the
/// time from [`optimize_message`](Self::optimize_message) until the message is unoptimized, `'t`
/// that of one transfer, and `'d` that of the data for that transfer and all later ones.
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

    /// Undoes what messages to a device have left behind.
    ///
    /// Called when the device is removed, or could not be added after all, if its first
    /// [`setup`](Self::setup) has succeeded; its state is dropped afterwards. No message is in
    /// flight. May sleep.
    ///
    /// C operation: `cleanup` of `struct spi_controller`.
    fn cleanup<'a>(data: &Self::Data<'a>, state: Pin<&Self::DeviceState<'a>>) {
        let _ = (data, state);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns the length of the longest transfer to the device, in bytes; longer ones are split.
    ///
    /// It is rounded down to a whole number of the longest words that the controller supports, and
    /// is such a word at least. The core splits before
    /// [`optimize_message`](Self::optimize_message); that can do so as well, with
    /// [`OptimizingMessage::split_transfers_maxsize`].
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

    /// Applies the timing of the chip select of a device.
    ///
    /// Called after each [`setup`](Self::setup), for devices whose chip select is not a GPIO. The
    /// times are in [`SettingUp::cs_timing`]. A controller that implements this sees to them
    /// itself; otherwise the core waits. An error refuses the device, or the change. May sleep.
    ///
    /// C operation: `set_cs_timing` of `struct spi_controller`.
    fn set_cs_timing<'a>(
        data: &Self::Data<'a>,
        dev: &SettingUp<'_>,
        state: Pin<&Self::DeviceState<'a>>,
    ) -> Result {
        let _ = (data, dev, state);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Drives the chip select line of a device, if it is not a GPIO.
    ///
    /// `level` is what is on the line: [`Level::Low`] makes the chip select active, unless
    /// [`Mode::ChipSelectHigh`](crate::spi::Mode::ChipSelectHigh) is set. Called for a controller
    /// that implements [`transfer_one`](Self::transfer_one), around and between transfers, and
    /// after each [`setup`](Self::setup). May sleep.
    ///
    /// C operation: `set_cs` of `struct spi_controller`.
    fn set_cs<'a>(
        data: &Self::Data<'a>,
        dev: &Device,
        state: Pin<&Self::DeviceState<'a>>,
        level: Level,
    ) {
        let _ = (data, dev, state, level);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns whether a memory operation (spi-mem) can be executed.
    ///
    /// May sleep. Must not depend on the moment.
    ///
    /// C operation: `supports_op` of `struct spi_controller_mem_ops`.
    fn supports_mem_op<'a>(
        data: &Self::Data<'a>,
        state: Pin<&Self::DeviceState<'a>>,
        op: &MemoryOperation<'_>,
    ) -> bool {
        let _ = (data, state, op);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Shortens the data of a memory operation to what can be done at once.
    ///
    /// May sleep.
    ///
    /// C operation: `adjust_op_size` of `struct spi_controller_mem_ops`.
    fn adjust_mem_op<'a>(
        data: &Self::Data<'a>,
        state: Pin<&Self::DeviceState<'a>>,
        op: AdjustableOperation<'_>,
    ) -> Result {
        let _ = (data, state, op);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Executes a memory operation of `dev`.
    ///
    /// No message is in flight. With `EOPNOTSUPP` the core makes a message of the operation. May
    /// sleep.
    ///
    /// C operation: `exec_op` of `struct spi_controller_mem_ops`.
    fn exec_mem_op<'a>(
        data: &Self::Data<'a>,
        dev: &Device,
        state: Pin<&Self::DeviceState<'a>>,
        op: MemoryOperation<'_>,
    ) -> Result {
        let _ = (data, dev, state, op);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns whether the core is to map the buffers of a transfer for DMA.
    ///
    /// Asked for each transfer whenever a message is sent. May sleep.
    ///
    /// C operation: `can_dma` of `struct spi_controller`.
    fn can_dma<'a>(
        data: &Self::Data<'a>,
        state: Pin<&Self::DeviceState<'a>>,
        transfer: &TransferRef<'_>,
    ) -> bool {
        let _ = (data, state, transfer);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns the device that the buffers are mapped for; by default the parent of the controller.
    ///
    /// Asked once, before the controller is registered. It is an error to implement this without
    /// [`can_dma`](Self::can_dma).
    ///
    /// C field: `dma_map_dev` of `struct spi_controller`.
    fn dma_device<'x, 'a>(data: &'x Self::Data<'a>) -> &'x device::Device<Bound> {
        let _ = data;
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns the DMA channels that the buffers are mapped for; see [`DmaChannels::run`]. With
    /// `None` nothing is mapped, and [`can_dma`](Self::can_dma) not asked.
    ///
    /// Asked once, before the controller is registered. It is an error to implement this without
    /// [`can_dma`](Self::can_dma), or with [`dma_device`](Self::dma_device).
    ///
    /// C fields: `dma_tx` and `dma_rx` of `struct spi_controller`.
    #[cfg(CONFIG_DMA_ENGINE)]
    fn dma_channels<'x, 'a>(data: &'x Self::Data<'a>) -> Option<&'x DmaChannels<'a>> {
        let _ = data;
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Makes the hardware ready for messages, after it was idle.
    ///
    /// An error fails the message that is to be sent; it is asked again for the next one. May
    /// sleep.
    ///
    /// C operation: `prepare_transfer_hardware` of `struct spi_controller`.
    fn prepare_transfer_hardware(data: &Self::Data<'_>) -> Result {
        let _ = data;
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Undoes [`prepare_transfer_hardware`](Self::prepare_transfer_hardware), when there are no
    /// more messages.
    ///
    /// Called once for each success of that, before the controller is unregistered at the latest.
    /// May sleep.
    ///
    /// C operation: `unprepare_transfer_hardware` of `struct spi_controller`.
    fn unprepare_transfer_hardware(data: &Self::Data<'_>) {
        let _ = data;
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Makes the hardware ready for one message.
    ///
    /// Called each time the message is sent, optimized or not, before its chip select is active. An
    /// error fails the message. May sleep.
    ///
    /// C operation: `prepare_message` of `struct spi_controller`.
    fn prepare_message<'a, 'p>(
        data: &Self::Data<'a>,
        state: Pin<&Self::DeviceState<'a>>,
        message: &mut CurrentMessage<'_>,
        prepared: Option<Pin<&mut Self::Prepared<'p>>>,
    ) -> Result {
        let _ = (data, state, message, prepared);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Undoes [`prepare_message`](Self::prepare_message).
    ///
    /// Called once for each success of that, whatever became of the message. May sleep.
    ///
    /// C operation: `unprepare_message` of `struct spi_controller`.
    fn unprepare_message<'a, 'p>(
        data: &Self::Data<'a>,
        state: Pin<&Self::DeviceState<'a>>,
        message: &mut CurrentMessage<'_>,
        prepared: Option<Pin<&mut Self::Prepared<'p>>>,
    ) {
        let _ = (data, state, message, prepared);
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
    /// To leave work to an interrupt handler there is [`Loan`](super::Loan).
    ///
    /// Chip select, delays and statistics are up to the driver; the core does not even look for the
    /// end: this has to have a time limit of its own.
    ///
    /// C operation: `transfer_one_message` of `struct spi_controller`.
    fn transfer_one_message<'a, 'p>(
        data: &Self::Data<'a>,
        state: Pin<&Self::DeviceState<'a>>,
        message: &mut CurrentMessage<'_>,
        prepared: Option<Pin<&mut Self::Prepared<'p>>>,
    ) -> Result {
        let _ = (data, state, message, prepared);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Does one transfer, if it can't fail and nothing has to be waited for; returns whether it has
    /// done so.
    ///
    /// For controllers of which most transfers are like that, as it costs less than
    /// [`transfer_one`](Self::transfer_one). That is called for the transfers for which this
    /// returns `false`; they must be left alone. May sleep.
    ///
    /// C operation: `transfer_one` of `struct spi_controller`.
    fn transfer_at_once<'a>(
        data: &Self::Data<'a>,
        state: Pin<&Self::DeviceState<'a>>,
        transfer: &mut CurrentTransfer<'_>,
    ) -> bool {
        let _ = (data, state, transfer);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Does one transfer, or starts it.
    ///
    /// Called for each transfer of a message that has data, in their order, with the chip select
    /// active. A transfer that is [started](Starting::later) is finished by an interrupt handler.
    /// If that does not happen within [`TransferRef::timeout`], the core takes the transfer back,
    /// and the message fails with `ETIMEDOUT`; in target mode it waits without a limit, until
    /// [`target_abort`](Self::target_abort) or a signal ends it.
    ///
    /// An error fails the message. May sleep; runs in the thread that sends the message or in one
    /// of the core's.
    ///
    /// C operation: `transfer_one` of `struct spi_controller`.
    fn transfer_one<'t, 'd, 'a, 'p>(
        data: &'d Self::Data<'a>,
        state: Pin<&'t Self::DeviceState<'a>>,
        transfer: Starting<'t, 'd>,
        prepared: Option<Pin<&'t mut Self::Prepared<'p>>>,
    ) -> Result<Transferred<'t>> {
        let _ = (data, state, transfer, prepared);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Brings the hardware to rest after a transfer has failed, or was given up.
    ///
    /// For controllers that implement [`transfer_one`](Self::transfer_one). No interrupt handler
    /// has the transfer any more. When this returns the hardware must not access the buffers, as
    /// they go back to the owner of the message then. May sleep.
    ///
    /// C operation: `handle_err` of `struct spi_controller`.
    fn handle_err<'a>(
        data: &Self::Data<'a>,
        state: Pin<&Self::DeviceState<'a>>,
        message: &mut CurrentMessage<'_>,
        error: Error,
    ) {
        let _ = (data, state, message, error);
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Ends the transfer that waits for the host, in target mode.
    ///
    /// Called at any time, from any thread, also if no transfer is pending. What it does of it is
    /// up to the driver, usually [`pending.finish(Err(EINTR))`](super::Pending::finish). May sleep.
    ///
    /// C operation: `target_abort` of `struct spi_controller`.
    fn target_abort(data: &Self::Data<'_>) -> Result {
        let _ = data;
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns offload number `index` of the controller, counted from 0; `None` if there is none.
    ///
    /// Consumers get the first one that is free and has what they ask for. Must always return the
    /// same; called at any time.
    ///
    /// C operations: `get_offload` and `put_offload` of `struct spi_controller`.
    fn offload<'x, 'a>(data: &'x Self::Data<'a>, index: usize) -> Option<Pin<&'x Slot>> {
        let _ = (data, index);
        build_error!(VTABLE_DEFAULT_ERROR)
    }
}
