// SPDX-License-Identifier: GPL-2.0

//! What can be made to go wrong.

use kernel::{
    new_mutex,
    prelude::*,
    spi::controller::Racy,
    sync::{
        Arc,
        Mutex, //
    }, //
};

/// One fault that can be asked for, with a number that says more; 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The transfer with this number, counted from now on, fails with `EIO`.
    FailNth,
    /// So many transfers time out.
    Timeout,
    /// The next transfer breaks off so many bytes before its end, and fails with `EIO`.
    Short,
    /// One bit in so many received ones is wrong.
    BitError,
    /// Memory chips are busy for ever.
    StuckBusy,
    /// No settings of a device are accepted.
    RefuseSetup,
    /// Each transfer takes so many microseconds longer.
    DelayUs,
    /// Transfers end in a hard interrupt.
    HardIrq,
}

const COUNT: usize = 8;

impl Fault {
    /// All faults, with their names.
    pub(crate) const ALL: [(&'static CStr, Self); COUNT] = [
        (c"fail_nth", Self::FailNth),
        (c"timeout", Self::Timeout),
        (c"short", Self::Short),
        (c"bit_error", Self::BitError),
        (c"stuck_busy", Self::StuckBusy),
        (c"refuse_setup", Self::RefuseSetup),
        (c"delay_us", Self::DelayUs),
        (c"hard_irq", Self::HardIrq),
    ];
}

/// What happens to one transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// It fails.
    pub(crate) fails: bool,
    /// It never ends.
    pub(crate) times_out: bool,
    /// It breaks off so many bytes before its end.
    pub(crate) short: u32,
    /// It takes so many microseconds longer.
    pub(crate) delay_us: u32,
    /// It ends in a hard interrupt.
    pub(crate) hard_irq: bool,
}

/// The numbers of all faults.
#[derive(Default)]
pub(crate) struct Knobs {
    values: [u32; COUNT],
    /// The number of bits received since the last wrong one.
    bits: u32,
}

impl Knobs {
    /// Returns the number of a fault.
    pub(crate) fn get(&self, fault: Fault) -> u32 {
        // CAST: The discriminants are those of the table.
        self.values[fault as usize]
    }

    /// Asks for a fault.
    pub(crate) fn set(&mut self, fault: Fault, value: u32) {
        // CAST: As above.
        self.values[fault as usize] = value;
        if fault == Fault::BitError {
            self.bits = 0;
        }
    }

    /// Returns whether no fault is asked for.
    pub(crate) fn is_clear(&self) -> bool {
        self.values.iter().all(|value| *value == 0)
    }

    /// Counts down, and returns what it was.
    fn take_one(&mut self, fault: Fault) -> u32 {
        let value = self.get(fault);

        self.set(fault, value.saturating_sub(1));
        value
    }

    /// Returns what happens to the next transfer.
    pub(crate) fn next(&mut self) -> Plan {
        let short = self.get(Fault::Short);

        self.set(Fault::Short, 0);
        Plan {
            fails: self.take_one(Fault::FailNth) == 1,
            times_out: self.take_one(Fault::Timeout) != 0,
            short,
            delay_us: self.get(Fault::DelayUs),
            hard_irq: self.get(Fault::HardIrq) != 0,
        }
    }

    /// Makes bits wrong in what was received.
    pub(crate) fn spoil(&mut self, received: &mut [u8]) {
        let every = self.get(Fault::BitError);

        if every == 0 {
            return;
        }
        for byte in received {
            for bit in (0..8).rev() {
                self.bits += 1;
                if self.bits >= every {
                    self.bits = 0;
                    *byte ^= 1 << bit;
                }
            }
        }
    }
}

/// The faults that are asked for.
#[pin_data]
pub(crate) struct Faults {
    /// Whether there are any, so that an ordinary transfer need not take the lock.
    active: Arc<Racy<bool>>,
    #[pin]
    knobs: Mutex<Knobs>,
}

impl Faults {
    /// No fault is asked for at first; `active` is where it is told when one is.
    pub(crate) fn new(active: Arc<Racy<bool>>) -> impl PinInit<Self> {
        pin_init!(Self {
            active,
            knobs <- new_mutex!(Knobs::default()),
        })
    }

    /// Does something with the knobs.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Knobs) -> R) -> R {
        let mut knobs = self.knobs.lock();
        let result = f(&mut knobs);

        // Whoever turns a knob while a transfer runs can't expect it to see that.
        self.active.set(!knobs.is_clear());
        result
    }

    /// Returns what tells whether something is to go wrong.
    pub(crate) fn active(&self) -> &Arc<Racy<bool>> {
        &self.active
    }

    /// Returns whether something is to go wrong.
    #[inline]
    pub(crate) fn are_active(&self) -> bool {
        self.active.get()
    }
}
