// SPDX-License-Identifier: GPL-2.0

//! A controller that has an interrupt handler work on whole messages.

use crate::{
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
            ChipSelectTiming,
            CurrentMessage,
            Loan,
            Operations,
            OptimizingMessage,
            Registration,
            SettingUp,
            Settings,
            Words, //
        },
        Device, //
    },
    sync::{
        Arc,
        ArcBorrow,
        Mutex, //
    },
    time::{
        hrtimer::{
            ArcHrTimerHandle,
            HrTimer,
            HrTimerCallback,
            HrTimerCallbackContext,
            HrTimerPointer,
            HrTimerRestart,
            RelativeMode, //
        },
        msecs_to_jiffies,
        Delta,
        Monotonic, //
    },
    types::ForLt, //
};

use core::ops::ControlFlow;

/// What the interrupt handler is to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// All of it.
    Work,
    /// Nothing; the hardware hangs.
    Hang,
    /// It finds an error.
    Fail(Error),
}

/// The program that was made of a message: how many words there are.
pub(super) struct Program(usize);

/// A message that the interrupt handler works on.
pub(super) struct Job<'w> {
    words: Words<'w>,
    count: usize,
    moved: usize,
    ended: Option<Result>,
}

type AnyJob = ForLt!(Job<'_>);

/// The words that an interrupt moves.
const FIFO: u32 = 4;

impl Job<'_> {
    /// What goes out comes in; returns whether it has ended.
    fn shift(&mut self) -> bool {
        // CAST: A small constant.
        let mut fifo = [0; FIFO as usize];
        let mut words = fifo.iter_mut();
        let sent = self.words.take(FIFO, |word| {
            if let Some(slot) = words.next() {
                *slot = word;
            }
        });

        let mut words = fifo.iter();
        let count = self.words.fill(sent, || words.next().copied().unwrap_or(0));

        // CAST: A few words.
        self.moved += count as usize;
        if self.moved == self.count {
            self.ended = Some(Ok(()));
        }
        self.ended.is_some()
    }
}

#[pin_data]
pub(super) struct Machine {
    #[pin]
    timer: HrTimer<Self>,
    /// The number of interrupts, and the message.
    #[pin]
    loan: Loan<usize, AnyJob>,
    #[pin]
    script: Mutex<Script>,
    #[pin]
    running: Mutex<Option<ArcHrTimerHandle<Self>>>,
    #[pin]
    pub(super) timing: Mutex<Option<ChipSelectTiming>>,
    #[pin]
    pub(super) word_delay: Mutex<Option<Delta>>,
}

/// The longest time between chip select and clock.
pub(super) const MAX_CS_SETUP: Delta = Delta::from_micros(100);

impl_has_hr_timer! {
    impl HasHrTimer<Self> for Machine {
        mode: RelativeMode<Monotonic>, field: self.timer
    }
}

impl HrTimerCallback for Machine {
    type Pointer<'a> = Arc<Self>;

    fn run(this: ArcBorrow<'_, Self>, mut ctx: HrTimerCallbackContext<'_, Self>) -> HrTimerRestart {
        if this.interrupt() == Some(false) {
            ctx.forward_now(Delta::from_micros(10));
            return HrTimerRestart::Restart;
        }
        HrTimerRestart::NoRestart
    }
}

impl Machine {
    /// The interrupt handler; returns whether it has ended a message, `None` if there is none.
    pub(super) fn interrupt(&self) -> Option<bool> {
        let mut ended = None;
        self.loan.handle(|interrupts, job| {
            *interrupts += 1;
            ended = job.map(|job| job.shift());
            match ended {
                Some(true) => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
        ended
    }

    pub(super) fn interrupts(&self) -> usize {
        self.loan.with(|interrupts| *interrupts)
    }

    /// Has the interrupt handler called, or not.
    fn follow(this: &Arc<Self>, script: Script) {
        match script {
            Script::Work => {
                let mut running = this.running.lock();

                // Dropping the handle of the last time stops the timer, so it goes first.
                drop(running.take());
                *running = Some(this.clone().start(Delta::from_micros(50)));
            }
            Script::Hang => {}
            Script::Fail(_) => this.loan.handle(|_, _| ControlFlow::Break(())),
        }
    }

    fn send(this: &Arc<Self>, message: &mut CurrentMessage<'_>, count: usize) -> Result<usize> {
        let script = *this.script.lock();
        let mut job = Job {
            words: message.words(),
            count,
            moved: 0,
            ended: None,
        };

        this.loan.lend(
            &mut job,
            |_, job| {
                if let Script::Fail(error) = script {
                    job.ended = Some(Err(error));
                }
            },
            || Self::follow(this, script),
            msecs_to_jiffies(30),
        )?;
        job.ended.unwrap_or(Err(EIO)).map(|()| job.moved)
    }
}

#[vtable]
impl Operations for Machine {
    type Data<'a> = Arc<Machine>;
    type DeviceState<'a> = ();
    type Prepared<'p> = Program;

    fn new_device_state<'a>(_machine: &Self::Data<'a>, _dev: &Device) -> impl PinInit<(), Error> {
        Ok::<_, Error>(())
    }

    fn setup<'a>(machine: &Self::Data<'a>, dev: &SettingUp<'_>, _state: Pin<&()>) -> Result {
        *machine.word_delay.lock() = Some(dev.word_delay());
        Ok(())
    }

    fn set_cs_timing<'a>(
        machine: &Self::Data<'a>,
        dev: &SettingUp<'_>,
        _state: Pin<&()>,
    ) -> Result {
        let timing = dev.cs_timing();
        if timing.setup > MAX_CS_SETUP {
            return Err(EINVAL);
        }
        *machine.timing.lock() = Some(timing);
        Ok(())
    }

    fn optimize_message<'a, 'p>(
        _machine: &'p Self::Data<'a>,
        _state: Pin<&'p ()>,
        message: OptimizingMessage<'p>,
    ) -> impl PinInit<Program, Error>
    where
        'a: 'p,
    {
        Ok::<_, Error>(Program(
            message.transfers().map(|transfer| transfer.len()).sum(),
        ))
    }

    fn transfer_one_message<'a, 'p>(
        machine: &Self::Data<'a>,
        _state: Pin<&()>,
        message: &mut CurrentMessage<'_>,
        program: Option<Pin<&mut Program>>,
    ) -> Result {
        let program = program.ok_or(EINVAL)?;
        message.count();
        message.trace_start();

        let result = Machine::send(machine, message, program.0);
        match result {
            Ok(moved) => message.set_actual_length(moved),
            Err(error) => message.count_error(error),
        }
        message.trace_stop();
        result.map(|_| ())
    }
}

/// A registered controller with a device on it.
///
/// Fields are dropped in this order.
pub(super) struct MachineRig<'a> {
    controller: Registration<'a, Machine>,
    pub(super) machine: Arc<Machine>,
    _stop: Stop,
}

/// Stops the timer when it is dropped; its handle holds a reference to what it is in.
struct Stop(Arc<Machine>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.running.lock().take();
    }
}

impl<'a> MachineRig<'a> {
    pub(super) fn new(parent: &'a faux::Registration) -> Result<Self> {
        let parent: &'a device::Device<Bound> = parent.as_ref().as_ref();
        let machine = Arc::pin_init(
            pin_init!(Machine {
                timer <- HrTimer::new(),
                loan <- Loan::new(0),
                script <- new_mutex!(Script::Work),
                running <- new_mutex!(None),
                timing <- new_mutex!(None),
                word_delay <- new_mutex!(None),
            }),
            GFP_KERNEL,
        )?;
        let data = machine.clone();

        // SAFETY: A rig is a local variable of a test, and not forgotten.
        let controller =
            unsafe { Registration::new(parent, &Settings::new(1), Ok::<_, Error>(data)) }?;
        Ok(Self {
            controller,
            _stop: Stop(machine.clone()),
            machine,
        })
    }

    pub(super) fn add(&self) -> Result<&Device<Bound>> {
        let info = BoardInfo::new(c"rust_spi_kunit")?;
        Ok(super::bus::Added::new(&self.controller, &info)?.0)
    }

    pub(super) fn script(&self, script: Script) {
        *self.machine.script.lock() = script;
    }
}
