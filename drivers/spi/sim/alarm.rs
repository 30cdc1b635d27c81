// SPDX-License-Identifier: GPL-2.0

//! The interrupt of a simulated controller: a timer.

use kernel::{
    impl_has_hr_timer,
    new_mutex,
    prelude::*,
    spi::controller::{
        Pending,
        Started,
        Starting, //
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
            RelativeHardMode, //
        },
        Delta,
        Monotonic, //
    },
    types::ForLt, //
};

/// A transfer that waits for its end, and the timer that ends it.
#[pin_data]
struct Shared {
    #[pin]
    pending: Pending<ForLt!(())>,
    #[pin]
    timer: HrTimer<Self>,
}

impl HrTimerCallback for Shared {
    type Pointer<'a> = Arc<Self>;

    /// Ends the transfer, in a hard interrupt; there is none if the core has given it up.
    fn run(
        this: ArcBorrow<'_, Self>,
        _context: HrTimerCallbackContext<'_, Self>,
    ) -> HrTimerRestart {
        this.pending.finish(Ok(()));
        HrTimerRestart::NoRestart
    }
}

impl_has_hr_timer! {
    impl HasHrTimer<Self> for Shared {
        mode: RelativeHardMode<Monotonic>, field: self.timer
    }
}

/// Ends transfers later, or never.
#[pin_data]
pub(crate) struct Alarm {
    shared: Arc<Shared>,
    /// The timer that was started last. It is stopped when this is dropped.
    #[pin]
    running: Mutex<Option<ArcHrTimerHandle<Shared>>>,
}

impl Alarm {
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            shared: Arc::pin_init(
                pin_init!(Shared {
                    pending <- Pending::new(),
                    timer <- HrTimer::new(),
                }),
                GFP_KERNEL,
            )?,
            running <- new_mutex!(None),
        })
    }

    /// Leaves a transfer alone; the core gives it up after a while.
    pub(crate) fn never<'t, 'd>(&'d self, transfer: Starting<'t, 'd>) -> Result<Started<'t>> {
        // A timer that is late must not end another transfer than its own.
        *self.running.lock() = None;
        transfer.later(&self.shared.pending, ())
    }

    /// Ends a transfer after so many microseconds, in a hard interrupt.
    pub(crate) fn after_us<'t, 'd>(
        &'d self,
        transfer: Starting<'t, 'd>,
        delay_us: u32,
    ) -> Result<Started<'t>> {
        let started = self.never(transfer)?;
        let timer = self.shared.clone();

        *self.running.lock() = Some(timer.start(Delta::from_micros(i64::from(delay_us))));
        Ok(started)
    }
}
