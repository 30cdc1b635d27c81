// SPDX-License-Identifier: GPL-2.0

//! A simulated bus: the wires, the chips, and what goes wrong.

use crate::{
    config::Config,
    faults::{
        Fault,
        Faults,
        Plan, //
    },
    log::{
        Clocking,
        Log,
        What, //
    },
    target::Target,
    timing::{
        Timing,
        DEFAULT_HZ, //
    },
    wire::Wire,
    word::Word, //
};
use kernel::{
    clk::Hertz,
    new_mutex,
    prelude::*,
    spi::{
        controller::{
            CurrentTransfer,
            Level,
            Racy, //
        },
        Device,
        Mode,
        Settings, //
    },
    sync::{
        Arc,
        Mutex, //
    },
    time::{
        delay::fsleep,
        Delta,
        Instant,
        Monotonic,
        NSEC_PER_USEC, //
    }, //
};

/// How much of a transfer is exchanged at once, in bytes; a multiple of the size of any word.
const CHUNK: usize = 64;

/// What a simulated controller consists of.
///
/// Transfers come one after the other, which the SPI core sees to. Who looks at the record or at
/// the contents of a chip may come at any time.
#[pin_data]
pub(crate) struct Bus {
    /// When the controller was started; times are counted from then on.
    start: Instant<Monotonic>,
    timing: Timing,
    records: bool,
    targets: KVec<Target>,
    #[pin]
    faults: Faults,
    #[pin]
    wire: Mutex<Wire>,
}

/// Returns how many lines carry the data of a transfer; both directions at once have one each.
fn lines(transfer: &CurrentTransfer<'_>) -> u8 {
    let lines = if transfer.has_rx() {
        transfer.rx_lines()
    } else {
        transfer.tx_lines()
    };

    lines.count()
}

/// Returns how a device is clocked at some speed, of which 0 means that nobody has set it.
fn clocking(settings: &Settings, speed: Hertz) -> Clocking {
    Clocking {
        hz: match u32::try_from(speed.as_hz()) {
            Ok(0) | Err(_) => DEFAULT_HZ,
            Ok(hz) => hz,
        },
        polarity: settings.modes.contains(Mode::ClockPolarity),
        phase: settings.modes.contains(Mode::ClockPhase),
    }
}

fn nanoseconds(time: Delta) -> u64 {
    time.as_nanos().unsigned_abs()
}

impl Bus {
    /// Builds the targets that `config` describes.
    ///
    /// # Errors
    ///
    /// `EINVAL` if a description does not make sense, `ENOMEM` if there is no memory.
    pub(crate) fn new(config: &Config) -> Result<Arc<Self>> {
        let mut targets = KVec::new();
        for number in 0..config.num_chipselects {
            let target = match config.target(number) {
                Some(target) => Target::new(target)?,
                None => Target::Nothing,
            };
            targets.push(target, GFP_KERNEL)?;
        }
        let log = Log::new(config.log_size)?;
        let active = Arc::new(Racy::new(false), GFP_KERNEL)?;

        Arc::pin_init(
            pin_init!(Self {
                start: Instant::now(),
                timing: config.timing,
                records: config.log_size != 0,
                targets,
                faults <- Faults::new(active),
                wire <- new_mutex!(Wire::new(log)),
            }),
            GFP_KERNEL,
        )
    }

    /// Returns the true time, in nanoseconds.
    fn true_time(&self) -> u64 {
        nanoseconds(self.start.elapsed())
    }

    /// Returns the faults that are asked for.
    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Asks for a fault.
    pub(crate) fn set_fault(&self, fault: Fault, value: u32) {
        self.faults.with(|knobs| knobs.set(fault, value));
        if fault == Fault::StuckBusy {
            for target in &self.targets {
                if let Target::Device(device) = target {
                    device.lock().set_stuck(value != 0);
                }
            }
        }
    }

    /// Returns the number of chip selects.
    pub(crate) fn chip_selects(&self) -> u8 {
        u8::try_from(self.targets.len()).unwrap_or(u8::MAX)
    }

    /// Returns the target on a chip select.
    pub(crate) fn target(&self, chip_select: u8) -> Option<&Target> {
        self.targets.get(usize::from(chip_select))
    }

    /// Returns a copy of the record.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    pub(crate) fn log(&self) -> Result<Log> {
        let size = self.wire.lock().log().size();
        let mut copy = Log::new(size)?;

        copy.copy_from(self.wire.lock().log())?;
        Ok(copy)
    }

    /// Forgets what has happened.
    pub(crate) fn clear_log(&self) {
        self.wire.lock().log_mut().clear();
    }

    /// Returns whether nothing is to be done for a chip select but to send back what was sent.
    pub(crate) fn loops_back(&self, chip_select: u8) -> bool {
        let is_instant = !self.records && self.timing == Timing::Instant;

        is_instant && matches!(self.target(chip_select), Some(Target::Loopback))
    }

    /// Returns how many care for a chip select: a chip, and the record.
    pub(crate) fn watchers(&self, chip_select: u8) -> u8 {
        let is_chip = matches!(self.target(chip_select), Some(Target::Device(_)));

        u8::from(is_chip) + u8::from(self.records)
    }

    /// Drives a chip select, at the time `now`.
    pub(crate) fn set_cs(&self, now: Instant<Monotonic>, dev: &Device, level: Level) {
        let Some(target) = self.target(dev.chip_select()) else {
            return;
        };
        let settings = dev.settings();
        let high = settings.modes.contains(Mode::ChipSelectHigh);
        let active = (level == Level::High) == high;
        let clocking = clocking(&settings, settings.max_speed);
        let now = nanoseconds(now - self.start);
        let chip_select = dev.chip_select();

        let changed = self
            .wire
            .lock()
            .select(now, chip_select, clocking, high, active);
        let Some(time) = changed else {
            return;
        };
        if let Target::Device(device) = target {
            let mut device = device.lock();
            if active {
                device.select(time);
            } else {
                device.deselect(time);
            }
        }
    }

    /// Exchanges the data of a transfer.
    ///
    /// Returns what else is to happen to it.
    ///
    /// # Errors
    ///
    /// `EIO` if that was asked for.
    pub(crate) fn exchange(&self, transfer: &mut CurrentTransfer<'_>) -> Result<Plan> {
        let chip_select = transfer.device().chip_select();
        let settings = transfer.device().settings();
        let target = self.target(chip_select).ok_or(EINVAL)?;
        let plan = if self.faults.are_active() {
            self.faults.with(|knobs| knobs.next())
        } else {
            Plan::default()
        };
        if plan.fails {
            return Err(EIO);
        }

        let word = Word::new(
            transfer.bits_per_word(),
            settings.modes.contains(Mode::LsbFirst),
        );
        let len = transfer
            .len()
            .saturating_sub(usize::try_from(plan.short).unwrap_or(usize::MAX));
        let what = What::Transfer {
            word,
            lines: lines(transfer),
            len: u32::try_from(len).unwrap_or(u32::MAX),
            gap: transfer.word_delay().as_nanos().unsigned_abs(),
        };
        let clocking = clocking(&settings, transfer.speed());
        let end = self.begin(chip_select, clocking, what);

        self.exchange_data(target, word, len, transfer)?;
        self.wait(end, if plan.hard_irq { 0 } else { plan.delay_us });
        if plan.short != 0 {
            return Err(EIO);
        }
        Ok(plan)
    }

    /// Records a transfer, and returns when it ends.
    fn begin(&self, chip_select: u8, clocking: Clocking, what: What) -> u64 {
        if !self.records && self.timing == Timing::Instant {
            return 0;
        }
        let now = self.true_time();

        self.wire.lock().transfer(now, chip_select, clocking, what)
    }

    fn exchange_data(
        &self,
        target: &Target,
        word: Word,
        len: usize,
        transfer: &mut CurrentTransfer<'_>,
    ) -> Result {
        let mut keeps = if self.records {
            self.wire.lock().log().keeps(len)
        } else {
            0
        };
        let mut offset = 0;

        while offset < len {
            let size = CHUNK.min(len - offset);
            let (mut tx, mut data) = ([0; CHUNK], [0; CHUNK]);
            let (tx, data) = (&mut tx[..size], &mut data[..size]);

            transfer.read_tx(offset, data)?;
            tx.copy_from_slice(data);
            target.exchange(word, data);
            if self.faults.are_active() {
                self.faults.with(|knobs| knobs.spoil(data));
            }
            transfer.write_rx(offset, data)?;

            let kept = size.min(keeps);
            if kept != 0 {
                let mut wire = self.wire.lock();
                wire.log_mut().append(&tx[..kept], &data[..kept]);
                keeps -= kept;
            }
            offset += size;
        }
        Ok(())
    }

    /// Sleeps until the true time is what it was to be on the wires, and longer if asked for.
    fn wait(&self, end: u64, delay_us: u32) {
        let mut ns = u64::from(delay_us) * NSEC_PER_USEC.unsigned_abs();

        if self.timing == Timing::Clock {
            ns = ns.saturating_add(end.saturating_sub(self.true_time()));
        }
        if let Ok(ns @ 1..) = i64::try_from(ns) {
            fsleep(Delta::from_nanos(ns));
        }
    }
}
