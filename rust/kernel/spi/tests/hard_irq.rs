// SPDX-License-Identifier: GPL-2.0

//! Running code in a hard interrupt.

use crate::{
    impl_has_hr_timer,
    new_spinlock_irq,
    prelude::*,
    sync::{
        Arc,
        ArcBorrow,
        Completion,
        SpinLockIrq, //
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
        Delta,
        Monotonic, //
    }, //
};

type Job = KBox<dyn FnMut() + Send>;

#[pin_data]
struct Interrupt {
    #[pin]
    timer: HrTimer<Self>,
    #[pin]
    job: SpinLockIrq<Option<Job>>,
    #[pin]
    done: Completion,
}

impl_has_hr_timer! {
    impl HasHrTimer<Self> for Interrupt {
        mode: RelativeMode<Monotonic>, field: self.timer
    }
}

impl HrTimerCallback for Interrupt {
    type Pointer<'a> = Arc<Self>;

    fn run(
        this: ArcBorrow<'_, Self>,
        _context: HrTimerCallbackContext<'_, Self>,
    ) -> HrTimerRestart {
        let job = this.job.lock().take();
        if let Some(mut job) = job {
            job();
        }
        this.done.complete();
        HrTimerRestart::NoRestart
    }
}

/// Calls `job` in the interrupt of a timer, and returns when it has returned.
pub(super) fn in_hard_irq(job: impl FnOnce() + Send + 'static) -> Result {
    let mut job = Some(job);
    let job: Job = KBox::new(
        move || {
            if let Some(job) = job.take() {
                job();
            }
        },
        GFP_KERNEL,
    )?;
    let interrupt = Arc::pin_init(
        pin_init!(Interrupt {
            timer <- HrTimer::new(),
            job <- new_spinlock_irq!(Some(job)),
            done <- Completion::new(),
        }),
        GFP_KERNEL,
    )?;

    let _handle: ArcHrTimerHandle<_> = interrupt.clone().start(Delta::from_micros(100));
    interrupt.done.wait_for_completion();
    Ok(())
}
