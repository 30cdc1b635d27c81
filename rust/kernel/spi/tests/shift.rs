// SPDX-License-Identifier: GPL-2.0

//! A controller that implements all operations of single transfers, and writes down their calls.

use crate::{
    clk::Hertz,
    device::{
        self,
        Bound, //
    },
    faux,
    impl_has_hr_timer,
    new_mutex,
    prelude::*,
    spi::{
        controller::{
            BoardInfo,
            CurrentMessage,
            CurrentTransfer,
            Level,
            Operations,
            OptimizingMessage,
            Pending,
            Progress,
            Registration,
            SettingUp,
            Settings,
            Starting,
            TransferRef,
            Transferred, //
        },
        Device,
        Mode, //
    },
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc,
        ArcBorrow,
        Mutex, //
    },
    time::{
        delay::fsleep,
        hrtimer::{
            ArcHrTimerHandle,
            HrTimer,
            HrTimerCallback,
            HrTimerCallbackContext,
            HrTimerPointer,
            HrTimerRestart,
            RelativeMode, //
        },
        Delta,
        Monotonic, //
    },
    types::ForLt, //
};

/// An operation that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    PrepareHardware,
    UnprepareHardware,
    PrepareMessage,
    UnprepareMessage,
    ChipSelect(Level),
    /// The length, of one that was done at once.
    AtOnce(usize),
    /// The length, and whether the core has mapped the buffers.
    Transfer(usize, bool),
    Error(Error),
    Abort,
}

/// What becomes of transfers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// They are done at once.
    Now,
    /// They fail at once.
    Fail(Error),
    /// A hard interrupt does them.
    Later,
    /// A hard interrupt says that they have failed.
    FailLater(Error),
    /// Nothing happens any more.
    Never,
    /// The same, but they are only begun when somebody has tried to abort them.
    Aborted,
    /// They are handed over, and then fail at once all the same.
    HandedOver(Error),
    /// DMA can't be started.
    NotStarted,
    /// An interrupt says that they have failed, but they can't be started, with DMA or without.
    NeverStarted,
    /// An interrupt ends them like that, but DMA can't be started; without DMA, a later one does
    /// them.
    EndedNotStarted(Result),
}

/// What the operations are to do.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) outcome: Outcome,
    pub(super) hardware: Result,
    pub(super) message: Result,
    pub(super) can_dma: bool,
    /// Transfers of at most so many bytes are done at once.
    pub(super) at_once: usize,
    /// Transfers are split into parts of so many bytes when a message is prepared.
    pub(super) split: Option<usize>,
    /// The limit of the controller, in bytes.
    pub(super) max_transfer_size: usize,
    /// What preparing a message returns after splitting.
    pub(super) optimize: Result,
}

/// What the interrupt handler knows of a transfer; it borrows from the state of the device.
pub(super) struct Work<'t> {
    step: &'t usize,
    done: usize,
}

/// A shift register with an interrupt.
#[pin_data]
pub(super) struct Shift {
    #[pin]
    timer: HrTimer<Self>,
    #[pin]
    pub(super) pending: Pending<ForLt!(Work<'_>)>,
    #[pin]
    plan: Mutex<Plan>,
    #[pin]
    events: Mutex<KVec<Event>>,
    #[pin]
    running: Mutex<Option<ArcHrTimerHandle<Self>>>,
    /// The interrupts that found no transfer.
    pub(super) spurious: Atomic<i32>,
    pub(super) prepared: Atomic<i32>,
    pub(super) transfers: Atomic<i32>,
}

impl_has_hr_timer! {
    impl HasHrTimer<Self> for Shift {
        mode: RelativeMode<Monotonic>, field: self.timer
    }
}

impl HrTimerCallback for Shift {
    type Pointer<'a> = Arc<Self>;

    /// The interrupt handler; the timer is one that expires in hard interrupts.
    fn run(this: ArcBorrow<'_, Self>, mut ctx: HrTimerCallbackContext<'_, Self>) -> HrTimerRestart {
        match this.pending.handle(Work::shift) {
            Some(Progress::Pending) => {
                ctx.forward_now(Delta::from_micros(10));
                HrTimerRestart::Restart
            }
            Some(_) => HrTimerRestart::NoRestart,
            None => {
                this.spurious.add(1, Relaxed);
                HrTimerRestart::NoRestart
            }
        }
    }
}

impl Work<'_> {
    /// Moves some bytes: what goes out comes in.
    fn shift(transfer: &mut CurrentTransfer<'_>, work: &mut Work<'_>) -> Progress {
        let mut bytes = [0; 8];
        let len = (transfer.len() - work.done).min(*work.step);
        let moved = transfer
            .read_tx(work.done, &mut bytes[..len])
            .and_then(|()| transfer.write_rx(work.done, &bytes[..len]));
        if let Err(error) = moved {
            return Progress::Failed(error);
        }

        work.done += len;
        if work.done < transfer.len() {
            Progress::Pending
        } else {
            Progress::Done
        }
    }
}

impl Shift {
    pub(super) fn new() -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                timer <- HrTimer::new(),
                pending <- Pending::new(),
                plan <- new_mutex!(Plan {
                    outcome: Outcome::Now,
                    hardware: Ok(()),
                    message: Ok(()),
                    can_dma: false,
                    at_once: 0,
                    split: None,
                    max_transfer_size: usize::MAX,
                    optimize: Ok(()),
                }),
                events <- new_mutex!(KVec::new()),
                running <- new_mutex!(None),
                spurious: Atomic::new(0),
                prepared: Atomic::new(0),
                transfers: Atomic::new(0),
            }),
            GFP_KERNEL,
        )
    }

    /// Changes what the operations do from now on.
    pub(super) fn plan(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan.lock());
    }

    /// Returns the calls since the last time.
    pub(super) fn take_events(&self) -> KVec<Event> {
        core::mem::take(&mut *self.events.lock())
    }

    /// Raises an interrupt, not from hardware, and returns what the handler makes of it.
    pub(super) fn interrupt(&self) -> Option<Progress> {
        self.pending.handle(Work::shift)
    }

    fn record(&self, event: Event) -> Result {
        Ok(self.events.lock().push(event, GFP_KERNEL)?)
    }

    fn note(&self, event: Event) {
        if self.record(event).is_err() {
            pr_err!("no memory\n");
        }
    }

    fn start_timer(self: &Arc<Self>) {
        let mut running = self.running.lock();

        // Dropping the handle of the last time stops the timer, so it goes first.
        drop(running.take());
        *running = Some(self.clone().start(Delta::from_micros(50)));
    }
}

/// What the controller keeps for a message.
pub(super) struct Kept(Arc<Shift>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.prepared.add(-1, Relaxed);
    }
}

#[vtable]
impl Operations for Shift {
    type Data<'a> = Arc<Shift>;
    /// How many bytes an interrupt moves.
    type DeviceState<'a> = usize;
    type Prepared<'p> = Kept;

    fn new_device_state<'a>(
        _shift: &Self::Data<'a>,
        _dev: &Device,
    ) -> impl PinInit<Self::DeviceState<'a>, Error> {
        Ok::<_, Error>(3)
    }

    fn setup<'a>(
        _shift: &Self::Data<'a>,
        _dev: &SettingUp<'_>,
        _step: Pin<&Self::DeviceState<'a>>,
    ) -> Result {
        Ok(())
    }

    fn set_cs<'a>(
        shift: &Self::Data<'a>,
        _dev: &Device,
        _step: Pin<&Self::DeviceState<'a>>,
        level: Level,
    ) {
        shift.note(Event::ChipSelect(level));
    }

    fn max_transfer_size<'a>(shift: &Self::Data<'a>, _step: Pin<&Self::DeviceState<'a>>) -> usize {
        shift.plan.lock().max_transfer_size
    }

    fn can_dma<'a>(
        shift: &Self::Data<'a>,
        _step: Pin<&Self::DeviceState<'a>>,
        transfer: &TransferRef<'_>,
    ) -> bool {
        transfer.len() > 1 && shift.plan.lock().can_dma
    }

    fn prepare_transfer_hardware(shift: &Self::Data<'_>) -> Result {
        shift.record(Event::PrepareHardware)?;
        shift.plan.lock().hardware
    }

    fn unprepare_transfer_hardware(shift: &Self::Data<'_>) {
        shift.note(Event::UnprepareHardware);
    }

    fn optimize_message<'a, 'p>(
        shift: &'p Self::Data<'a>,
        _step: Pin<&'p Self::DeviceState<'a>>,
        mut message: OptimizingMessage<'p>,
    ) -> impl PinInit<Self::Prepared<'p>, Error>
    where
        'a: 'p,
    {
        let plan = *shift.plan.lock();
        if let Some(max) = plan.split {
            message.split_transfers_maxsize(max)?;
        }
        plan.optimize?;

        shift.prepared.add(1, Relaxed);
        Ok(Kept(shift.clone()))
    }

    fn prepare_message<'a, 'p>(
        shift: &Self::Data<'a>,
        _step: Pin<&Self::DeviceState<'a>>,
        _message: &mut CurrentMessage<'_>,
        _kept: Option<Pin<&mut Self::Prepared<'p>>>,
    ) -> Result {
        shift.record(Event::PrepareMessage)?;
        shift.plan.lock().message
    }

    fn unprepare_message<'a, 'p>(
        shift: &Self::Data<'a>,
        _step: Pin<&Self::DeviceState<'a>>,
        _message: &mut CurrentMessage<'_>,
        _kept: Option<Pin<&mut Self::Prepared<'p>>>,
    ) {
        shift.note(Event::UnprepareMessage);
    }

    fn transfer_at_once<'a>(
        shift: &Self::Data<'a>,
        _step: Pin<&Self::DeviceState<'a>>,
        transfer: &mut CurrentTransfer<'_>,
    ) -> bool {
        if transfer.len() > shift.plan.lock().at_once {
            return false;
        }
        shift.note(Event::AtOnce(transfer.len()));
        transfer.loop_back();
        true
    }

    fn transfer_one<'t, 'd, 'a, 'p>(
        shift: &'d Self::Data<'a>,
        step: Pin<&'t Self::DeviceState<'a>>,
        mut transfer: Starting<'t, 'd>,
        kept: Option<Pin<&'t mut Self::Prepared<'p>>>,
    ) -> Result<Transferred<'t>> {
        kept.ok_or(EINVAL)?;
        shift.transfers.add(1, Relaxed);
        shift.record(Event::Transfer(
            transfer.len(),
            transfer.tx_sg().is_some() && transfer.rx_sg().is_some(),
        ))?;
        let work = Work {
            step: step.get_ref(),
            done: 0,
        };

        let outcome = shift.plan.lock().outcome;
        match outcome {
            Outcome::Now => {
                transfer.loop_back();
                Ok(transfer.finish())
            }
            Outcome::Fail(error) => Err(error),
            Outcome::Later => {
                let started = transfer.later(&shift.pending, work)?;
                shift.start_timer();
                Ok(Transferred::Started(started))
            }
            Outcome::FailLater(error) => {
                let started = transfer.later(&shift.pending, work)?;
                shift.pending.finish(Err(error));
                Ok(Transferred::Started(started))
            }
            Outcome::Never => Ok(Transferred::Started(transfer.later(&shift.pending, work)?)),
            Outcome::Aborted => {
                while !shift.events.lock().contains(&Event::Abort) {
                    fsleep(Delta::from_millis(1));
                }
                Ok(Transferred::Started(transfer.later(&shift.pending, work)?))
            }
            Outcome::HandedOver(error) => {
                let _ = transfer.later(&shift.pending, work)?;
                Err(error)
            }
            Outcome::NotStarted if transfer.tx_sg().is_some() => Ok(Transferred::NotStarted),
            Outcome::NotStarted => {
                transfer.loop_back();
                Ok(transfer.finish())
            }
            Outcome::NeverStarted => {
                let _ = transfer.later(&shift.pending, work)?;
                shift.pending.finish(Err(EIO));
                Ok(Transferred::NotStarted)
            }
            Outcome::EndedNotStarted(result) => {
                let is_mapped = transfer.tx_sg().is_some();
                let started = transfer.later(&shift.pending, work)?;
                if is_mapped {
                    shift.pending.finish(result);
                    return Ok(Transferred::NotStarted);
                }
                shift.start_timer();
                Ok(Transferred::Started(started))
            }
        }
    }

    fn handle_err<'a>(
        shift: &Self::Data<'a>,
        _step: Pin<&Self::DeviceState<'a>>,
        _message: &mut CurrentMessage<'_>,
        error: Error,
    ) {
        shift.note(Event::Error(error));
    }

    fn target_abort(shift: &Self::Data<'_>) -> Result {
        shift.record(Event::Abort)?;
        shift.pending.finish(Err(EINTR));
        Ok(())
    }
}

/// A registered controller with a device on it.
///
/// Fields are dropped in this order.
pub(super) struct ShiftRig<'a> {
    pub(super) controller: Registration<'a, Shift>,
    pub(super) shift: Arc<Shift>,
    _stop: Stop,
}

/// Stops the timer when it is dropped; its handle holds a reference to what it is in.
struct Stop(Arc<Shift>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.running.lock().take();
    }
}

fn usual(settings: Settings) -> Result<Settings> {
    Ok(settings
        .modes(Mode::ClockPhase | Mode::ClockPolarity)
        .word_sizes(&[8, 16, 32])?
        .max_speed(Hertz::from_mhz(20)))
}

impl<'a> ShiftRig<'a> {
    pub(super) fn new(parent: &'a faux::Registration) -> Result<Self> {
        Self::with(parent, usual(Settings::new(2))?)
    }

    /// Registers the controller as an SPI target.
    pub(super) fn target(parent: &'a faux::Registration) -> Result<Self> {
        Self::with(parent, usual(Settings::target())?)
    }

    /// Registers the controller with these settings.
    pub(super) fn with(parent: &'a faux::Registration, settings: Settings) -> Result<Self> {
        let parent: &'a device::Device<Bound> = parent.as_ref().as_ref();
        let shift = Shift::new()?;
        let data = shift.clone();

        // SAFETY: A rig is a local variable of a test, and not forgotten.
        let controller = unsafe { Registration::new(parent, &settings, Ok::<_, Error>(data)) }?;
        Ok(Self {
            controller,
            _stop: Stop(shift.clone()),
            shift,
        })
    }

    /// Adds the device.
    pub(super) fn add(&self) -> Result<&Device<Bound>> {
        let info = BoardInfo::new(c"rust_spi_kunit")?.max_speed(Hertz::from_mhz(1));
        let dev = super::bus::Added::new(&self.controller, &info)?.0;

        // What setup has done.
        self.shift.take_events();
        Ok(dev)
    }
}
