// SPDX-License-Identifier: GPL-2.0

//! The wires of a simulated controller, and what is on them.

use crate::{
    config::Config,
    faults::{
        Fault,
        Faults,
        Plan, //
    },
    log::{
        Clocking,
        Event,
        Log,
        What, //
    },
    target::Target,
    timing::{
        cycles,
        cycles_ns,
        Timing,
        WireTime,
        DEFAULT_HZ, //
    },
    word::Word, //
};
use kernel::{
    new_mutex,
    prelude::*,
    spi::{
        controller::{
            CurrentTransfer,
            Level, //
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

/// The time on the wires and what has happened on them.
struct Wire {
    /// A bit for each chip select that is active.
    active: u32,
    time: WireTime,
    log: Log,
}

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

/// How the device of a transfer is clocked.
fn clocking(settings: &Settings, hz: u32) -> Clocking {
    Clocking {
        hz,
        polarity: settings.modes.contains(Mode::ClockPolarity),
        phase: settings.modes.contains(Mode::ClockPhase),
    }
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

        Arc::pin_init(
            pin_init!(Self {
                start: Instant::now(),
                timing: config.timing,
                records: config.log_size != 0,
                targets,
                faults <- Faults::new(),
                wire <- new_mutex!(Wire {
                    active: 0,
                    time: WireTime::default(),
                    log,
                }),
            }),
            GFP_KERNEL,
        )
    }

    /// Returns the true time, in nanoseconds.
    fn true_time(&self) -> u64 {
        self.start.elapsed().as_nanos().unsigned_abs()
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
        let size = self.wire.lock().log.size();
        let mut copy = Log::new(size)?;

        copy.copy_from(&self.wire.lock().log)?;
        Ok(copy)
    }

    /// Forgets what has happened.
    pub(crate) fn clear_log(&self) {
        self.wire.lock().log.clear();
    }

    /// Drives a chip select.
    #[inline]
    pub(crate) fn set_cs(&self, dev: &Device, level: Level) {
        match self.target(dev.chip_select()) {
            Some(Target::Nothing | Target::Loopback) if !self.records => {}
            Some(target) => self.drive_cs(dev, target, level),
            None => {}
        }
    }

    fn drive_cs(&self, dev: &Device, target: &Target, level: Level) {
        let settings = dev.settings();
        let active = (level == Level::High) == settings.modes.contains(Mode::ChipSelectHigh);
        let Some(time) = self.change_cs(dev.chip_select(), &settings, active) else {
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

    /// Records a change of a chip select, and returns when it happens; nothing if it is none.
    fn change_cs(&self, chip_select: u8, settings: &Settings, active: bool) -> Option<u64> {
        let hz = u32::try_from(settings.max_speed.as_hz()).unwrap_or(DEFAULT_HZ);
        let half_cycle = cycles_ns(1, hz.max(1).saturating_mul(2));
        let bit = 1 << u32::from(chip_select);
        let mut wire = self.wire.lock();

        if (wire.active & bit != 0) == active {
            return None;
        }
        wire.active ^= bit;
        let time = wire.time.at(self.true_time());

        if self.records {
            wire.log.push(Event {
                time,
                chip_select,
                clocking: clocking(settings, hz),
                what: What::ChipSelect {
                    level: active == settings.modes.contains(Mode::ChipSelectHigh),
                    active,
                },
            });
        }
        // Nothing else happens on the wires before the chip has seen this.
        wire.time.pass(half_cycle);
        Some(time)
    }

    /// Does a transfer for which nothing is to be done but to send back what was sent.
    ///
    /// Returns whether it was one.
    #[inline]
    pub(crate) fn loop_back(&self, transfer: &mut CurrentTransfer<'_>) -> bool {
        let is_plain = !self.records && self.timing == Timing::Instant && !self.faults.are_active();

        if !is_plain || !matches!(transfer.bits_per_word(), 8 | 16 | 32) {
            return false;
        }
        let target = self.target(transfer.device().chip_select());
        if !matches!(target, Some(Target::Loopback)) {
            return false;
        }
        transfer.loop_back();
        true
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
        let hz = match u32::try_from(transfer.speed().as_hz()) {
            Ok(hz) if hz > 0 => hz,
            _ => DEFAULT_HZ,
        };
        let end = self.begin(chip_select, clocking(&settings, hz), word, len);

        self.exchange_data(target, word, len, transfer)?;
        self.wait(end, if plan.hard_irq { 0 } else { plan.delay_us });
        if plan.short != 0 {
            return Err(EIO);
        }
        Ok(plan)
    }

    /// Records a transfer, and returns when it ends.
    fn begin(&self, chip_select: u8, clocking: Clocking, word: Word, len: usize) -> u64 {
        if !self.records && self.timing == Timing::Instant {
            return 0;
        }
        let mut wire = self.wire.lock();
        let time = wire.time.at(self.true_time());
        let ns = cycles_ns(cycles(len / word.size(), word.bits(), 1), clocking.hz);

        wire.log.push(Event {
            time,
            chip_select,
            clocking,
            what: What::Transfer {
                word,
                lines: 1,
                len: u32::try_from(len).unwrap_or(u32::MAX),
            },
        });
        let end = wire.time.pass(ns);
        // Time for the edge of a chip select after the last one of the clock.
        wire.time.pass(cycles_ns(1, clocking.hz.saturating_mul(2)));
        end
    }

    fn exchange_data(
        &self,
        target: &Target,
        word: Word,
        len: usize,
        transfer: &mut CurrentTransfer<'_>,
    ) -> Result {
        let mut keeps = if self.records {
            self.wire.lock().log.keeps(len)
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
                self.wire.lock().log.append(&tx[..kept], &data[..kept]);
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
