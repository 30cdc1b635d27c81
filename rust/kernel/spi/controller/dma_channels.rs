// SPDX-License-Identifier: GPL-2.0

//! Moving the buffers of transfers by DMA channels.
//!
//! The buffers belong to the owner of the message, who gets them back when the transfer has ended,
//! so a channel must not have them for longer. [`DmaChannels::run`] sees to that: it returns when
//! both channels are done, or were stopped. The thread in which it waits is the one in which the
//! core would wait otherwise.

#![cfg(CONFIG_DMA_ENGINE)]

use super::Starting;
use crate::{
    bindings,
    dmaengine::{
        Call,
        Channel,
        Config,
        Descriptor,
        Direction, //
    },
    prelude::*,
    scatterlist::SGTable,
    spi::lock_class::lock_class,
    sync::{
        Completion,
        Mutex,
        SpinLockIrq, //
    },
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// What became of a transfer that was to be moved by DMA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a transfer that was not started has to be done without DMA"]
pub enum Moved {
    /// All data were moved to and from memory.
    All,
    /// The channels have no descriptors for it, and nothing was started. With
    /// [`Transferred::NotStarted`](super::Transferred::NotStarted) the core asks for the transfer
    /// again, to be done without DMA.
    NotStarted,
}

/// The DMA channels of a controller: one for what is sent, one for what comes in.
///
/// They belong to the data of the controller. With
/// [`Operations::dma_channels`](super::Operations::dma_channels) the core maps buffers for them,
/// and [`run`](Self::run) moves what was mapped.
///
/// # Examples
///
/// ```
/// use kernel::{
///     device::{
///         Bound,
///         Device, //
///     },
///     dmaengine::Channel,
///     prelude::*,
///     spi::controller::{
///         DmaChannels,
///         Moved,
///         Starting,
///         Transferred, //
///     }, //
/// };
///
/// fn request(dev: &Device<Bound>) -> Result<Pin<KBox<DmaChannels<'_>>>> {
///     let tx = Channel::request(dev, c"tx")?;
///     let rx = Channel::request(dev, c"rx")?;
///
///     KBox::pin_init(DmaChannels::new(tx, rx), GFP_KERNEL)
/// }
///
/// /// Part of `transfer_one`, for a transfer that is mapped.
/// fn transfer<'t>(
///     channels: &DmaChannels<'_>,
///     mut transfer: Starting<'t, '_>,
///     start: impl FnOnce() -> Result,
/// ) -> Result<Transferred<'t>> {
///     match channels.run(&mut transfer, start)? {
///         Moved::All => Ok(transfer.finish()),
///         Moved::NotStarted => Ok(Transferred::NotStarted),
///     }
/// }
/// ```
#[pin_data]
pub struct DmaChannels<'bound> {
    // Dropped first: no callback comes after it.
    #[pin]
    pair: Mutex<Pair<'bound>>,
    #[pin]
    news: News,
}

/// The channels; both are idle while nobody has the lock.
struct Pair<'bound> {
    tx: Channel<'bound>,
    rx: Channel<'bound>,
}

impl<'bound> DmaChannels<'bound> {
    /// Takes the channels that send and receive the data of transfers.
    ///
    /// They are [configured](Channel::configure) for the registers of the controller, if that is
    /// needed at all.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if one can't move data in its direction.
    /// - `EOPNOTSUPP` if memory for one is mapped for a device of its own, while the core maps
    ///   buffers for that of the DMA controller.
    pub fn new(
        tx: Channel<'bound>,
        rx: Channel<'bound>,
    ) -> impl PinInit<Self, Error> + use<'bound> {
        pin_init::pin_init_scope(move || {
            check_channel(&tx, Direction::ToDevice)?;
            check_channel(&rx, Direction::FromDevice)?;

            let (name, class) = lock_class!(c"spi::controller::DmaChannels::pair");

            Ok(try_pin_init!(Self {
                pair <- Mutex::new(Pair { tx, rx }, name, class),
                news <- News::new(),
            }))
        })
    }

    /// Tells the channel of a direction how to talk to the controller from now on, where that
    /// depends on the device or on the words of a transfer.
    ///
    /// This sleeps while the channels are moving something.
    ///
    /// # Errors
    ///
    /// Those of [`Channel::configure`].
    pub fn configure(&self, config: Config) -> Result {
        let mut pair = self.pair.lock();

        match config.direction {
            Direction::ToDevice => pair.tx.configure(config),
            Direction::FromDevice => pair.rx.configure(config),
        }
    }

    /// Returns the channels for the core.
    pub(super) fn as_raw(&self) -> (*mut bindings::dma_chan, *mut bindings::dma_chan) {
        let pair = self.pair.lock();

        (pair.tx.as_raw(), pair.rx.as_raw())
    }

    /// Moves the data of a transfer whose buffers the core has mapped.
    ///
    /// The channels are told first, the one that receives before the other; then `start` starts the
    /// hardware of the controller, and both are waited for. If that takes longer than
    /// [`TransferRef::timeout`](super::TransferRef::timeout), which does not hold in target mode,
    /// or `start` returns an error, the channels are stopped. When this returns no channel accesses
    /// the buffers any more; what the hardware of the controller has in its FIFOs is up to the
    /// driver.
    ///
    /// Only the directions are moved in which the message's owner, or the core for a controller
    /// that [needs](super::Settings::needs_rx) it, has buffers.
    ///
    /// This sleeps, also for as long as a channel can't be stopped.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the buffers are not mapped, or for other channels.
    /// - `EIO` if a channel could not read or write memory.
    /// - `ETIMEDOUT` if it took too long.
    /// - `EINTR` in target mode, if a signal or [`abort`](Self::abort) has ended it.
    /// - What the driver of a channel returns that does not take a descriptor, and what `start`
    ///   returns.
    ///
    /// C functions: `dmaengine_prep_slave_sg()`, `dmaengine_submit()`,
    /// `dma_async_issue_pending()`, `dmaengine_terminate_sync()`.
    pub fn run(
        &self,
        transfer: &mut Starting<'_, '_>,
        start: impl FnOnce() -> Result,
    ) -> Result<Moved> {
        let mut pair = self.pair.lock();
        let is_target = check_transfer(transfer, &pair)?;

        self.news.begin(transfer.tx_sg(), transfer.rx_sg());
        let running = Running(&mut pair);
        // SAFETY: `running` stops the channels before this returns, unless they are done. `self` is
        // borrowed as long.
        if !unsafe { running.prepare(transfer, &self.news) }? {
            return Ok(Moved::NotStarted);
        }

        start()?;
        if is_target {
            self.news.wait()?;
        } else {
            self.news.wait_timeout(transfer.timeout())?;
        }
        running.done();
        Ok(Moved::All)
    }

    /// Ends what [`run`](Self::run) waits for, if it does, with `EINTR`.
    ///
    /// For [`target_abort`](super::Operations::target_abort). To be called in any context.
    #[inline]
    pub fn abort(&self) {
        self.news.abort();
    }
}

fn check_channel(channel: &Channel<'_>, direction: Direction) -> Result {
    if !channel.supports(direction)? {
        return Err(EINVAL);
    }
    if channel.has_own_device() {
        return Err(EOPNOTSUPP);
    }
    Ok(())
}

/// Checks that a transfer is mapped for these channels; returns whether it is one in target mode.
fn check_transfer(transfer: &Starting<'_, '_>, pair: &Pair<'_>) -> Result<bool> {
    // SAFETY: The core calls with a valid message, whose device is on its controller.
    let ctlr = unsafe { (*(*transfer.message()).spi).controller };

    // SAFETY: As above; these do not change.
    let is_ours = unsafe {
        core::ptr::eq((*ctlr).dma_tx, pair.tx.as_raw())
            && core::ptr::eq((*ctlr).dma_rx, pair.rx.as_raw())
    };
    if !is_ours || (transfer.tx_sg().is_none() && transfer.rx_sg().is_none()) {
        return Err(EINVAL);
    }

    // SAFETY: As above.
    Ok(unsafe { (*ctlr).__bindgen_anon_1.target })
}

/// Channels that have to be stopped.
struct Running<'r, 'bound>(&'r mut Pair<'bound>);

impl Running<'_, '_> {
    /// Has the channels move the data of a transfer; returns whether they do.
    ///
    /// # Safety
    ///
    /// Before the transfer ends, and `news` goes, the channels must be done, or `self` be dropped.
    unsafe fn prepare(&self, transfer: &Starting<'_, '_>, news: &News) -> Result<bool> {
        let Pair { tx, rx } = &*self.0;
        let parts = [
            (rx, transfer.rx_sg(), Direction::FromDevice),
            (tx, transfer.tx_sg(), Direction::ToDevice),
        ];
        let mut descriptors = [None, None];

        for ((channel, table, direction), descriptor) in parts.iter().zip(&mut descriptors) {
            let Some(table) = table else {
                continue;
            };
            // SAFETY: The core has mapped the table for this channel, until after the transfer. The
            // rest is the safety requirement.
            *descriptor = unsafe { describe(channel, table, *direction, news) };
            if descriptor.is_none() {
                return Ok(false);
            }
        }
        for descriptor in descriptors.into_iter().flatten() {
            // SAFETY: It was prepared just now.
            unsafe { descriptor.submit() }?;
        }
        for (channel, table, _) in parts {
            if table.is_some() {
                channel.issue_pending();
            }
        }
        Ok(true)
    }

    /// Leaves the channels alone, as they are done.
    fn done(self) {
        core::mem::forget(self);
    }
}

impl Drop for Running<'_, '_> {
    fn drop(&mut self) {
        stop(&mut self.0.tx);
        stop(&mut self.0.rx);
    }
}

/// Has a channel make a descriptor, which tells `news` when it is done.
///
/// # Safety
///
/// The table must be mapped for the channel, and it and `news` stay until the channel is done, or
/// was terminated.
unsafe fn describe(
    channel: &Channel<'_>,
    table: &SGTable,
    direction: Direction,
    news: &News,
) -> Option<Descriptor> {
    let call = Call {
        callback: match direction {
            Direction::ToDevice => News::callback::<TX>,
            Direction::FromDevice => News::callback::<RX>,
        },
        param: core::ptr::from_ref(news).cast_mut().cast(),
    };

    // The type is a C `struct sg_table`, and nothing else.
    let table = core::ptr::from_ref(table).cast::<bindings::sg_table>();
    // SAFETY: By the safety requirement.
    let list = unsafe { ((*table).sgl, (*table).nents) };

    // SAFETY: As above.
    unsafe { channel.describe(list, direction, call) }
}

/// Stops a channel. The memory that it has is somebody else's, so there is no way out if it can't
/// be stopped.
fn stop(channel: &mut Channel<'_>) {
    let mut is_told = false;

    while let Err(error) = channel.terminate() {
        if !is_told {
            dev_err!(
                channel.dma_device(),
                "a channel can't be stopped, waiting until it can be: {error:?}\n"
            );
            is_told = true;
        }
        fsleep(Delta::from_millis(10));
    }
}

/// What the channels tell of a transfer.
#[pin_data]
struct News {
    #[pin]
    ended: Completion,
    // Drivers of channels call back in any context.
    #[pin]
    state: SpinLockIrq<State>,
}

/// The channel that sends, in [`State::left`].
const TX: u8 = 1 << 0;
/// The channel that receives.
const RX: u8 = 1 << 1;

struct State {
    /// The channels that are not done. A set, as a driver may call back more than once for a
    /// transfer.
    left: u8,
    failed: bool,
    aborted: bool,
}

impl News {
    fn new() -> impl PinInit<Self> {
        let (name, class) = lock_class!(c"spi::controller::DmaChannels::news");
        let none = State {
            left: 0,
            failed: false,
            aborted: false,
        };

        pin_init!(Self {
            ended <- Completion::new(),
            state <- SpinLockIrq::new(none, name, class),
        })
    }

    /// Forgets the last transfer, and expects news of these.
    fn begin(&self, tx: Option<&SGTable>, rx: Option<&SGTable>) {
        let mut state = self.state.lock();

        *state = State {
            left: tx.map_or(0, |_| TX) | rx.map_or(0, |_| RX),
            failed: false,
            aborted: false,
        };
        self.ended.reinit();
    }

    /// What the driver of a channel calls.
    extern "C" fn callback<const CHANNEL: u8>(
        param: *mut c_void,
        result: *const bindings::dmaengine_result,
    ) {
        // SAFETY: `describe()` has passed it, and its caller sees to it that it is there.
        let news = unsafe { &*param.cast::<Self>() };

        // SAFETY: The dmaengine core always passes a result.
        let is_ok = unsafe { (*result).result } == bindings::dmaengine_tx_result_DMA_TRANS_NOERROR;

        // `news` may go as soon as the lock is released.
        let mut state = news.state.lock();
        state.left &= !CHANNEL;
        state.failed |= !is_ok;
        if state.left == 0 || state.failed {
            news.ended.complete();
        }
    }

    fn abort(&self) {
        let mut state = self.state.lock();

        state.aborted = true;
        self.ended.complete();
    }

    /// Waits for the end, whenever it comes.
    fn wait(&self) -> Result {
        self.ended.wait_for_completion_interruptible()?;
        self.outcome()
    }

    fn wait_timeout(&self, timeout: Delta) -> Result {
        self.ended.wait_for_completion_timeout(timeout)?;
        self.outcome()
    }

    /// Returns whether all channels are done. None is in a callback then, as these have the lock.
    fn outcome(&self) -> Result {
        let state = self.state.lock();

        if state.failed {
            Err(EIO)
        } else if state.aborted || state.left != 0 {
            Err(EINTR)
        } else {
            Ok(())
        }
    }
}
