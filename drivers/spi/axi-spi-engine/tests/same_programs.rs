// SPDX-License-Identifier: GPL-2.0

//! Random messages, compiled here and by the driver in C.
//!
//! The programs are equal, or differ by rules that have a name. To find out by which, the message
//! is compiled again and again, each time with one rule less, until none is left and the program is
//! that of the C driver.

use super::{
    c_twin,
    flat::flat,
    random::Random, //
};
use crate::{
    compile::Compiler,
    controller_ops::{
        self,
        mode_setting, //
    },
    program::Program,
    request::{
        LaneUse,
        Lanes,
        Target,
        Transfer, //
    },
    timing::{
        Clock,
        Divider,
        Sleeping, //
    },
    version::{
        Limits,
        Version, //
    }, //
};
use kernel::{
    prelude::*,
    spi::{
        Mode,
        Modes, //
    }, //
};

const USECS: u8 = 0;
const NSECS: u8 = 1;
const SCK: u8 = 2;

pub(super) const SINGLE: u8 = 0;
pub(super) const STRIPE: u8 = 1;

/// The modes, and their bits in `struct spi_device`.
const MODES: [(Mode, u32); 5] = [
    (Mode::ClockPhase, 1 << 0),
    (Mode::ClockPolarity, 1 << 1),
    (Mode::ThreeWire, 1 << 4),
    (Mode::MosiIdleLow, 1 << 17),
    (Mode::MosiIdleHigh, 1 << 18),
];

/// What `__spi_validate()` lets through, and what is built for it.
const VERSIONS: [Version; 9] = [
    Version::new(1, 0, 71),
    Version::new(1, 1, 71),
    Version::new(1, 2, 1),
    Version::new(1, 3, 0),
    Version::new(1, 3, 1),
    Version::new(1, 4, 1),
    Version::new(1, 5, 0),
    Version::new(1, 5, 4),
    Version::new(2, 0, 0),
];

/// A random message, for a random engine.
pub(super) struct Case {
    pub(super) version: Version,
    pub(super) width: u8,
    pub(super) lanes: u8,
    pub(super) clock: Clock,
    pub(super) modes: Modes,
    pub(super) device: c_twin::Device,
    pub(super) transfers: KVec<c_twin::Transfer>,
}

/// A way in which our programs differ from those of the C driver.
pub(super) struct Rule {
    pub(super) name: &'static CStr,
    /// Compiles without it.
    pub(super) drop: fn(&Case, &mut Compiling),
}

/// How a message is compiled.
#[derive(Clone, Copy)]
pub(super) struct Compiling {
    pub(super) limits: Limits,
    mode: u8,
    /// Whether a change of the chip select without a delay takes 10 µs.
    default_delay: bool,
    /// Whether instructions for lanes count.
    with_lanes: bool,
}

pub(super) const RULES: [Rule; 9] = [
    Rule {
        name: c"R15 (words of one bit not at the highest speed)",
        drop: |_, how| how.limits.slow_bits = false,
    },
    Rule {
        name: c"R1 (no sleep of 256 cycles)",
        drop: |_, how| {
            how.limits.sleeping.longest += 1;
        },
    },
    Rule {
        name: c"R2, R5, R6, R7 (reports for received words)",
        drop: |_, how| how.limits.fence_words = u32::MAX,
    },
    Rule {
        name: c"R3 (word length written three times)",
        drop: |_, how| how.limits.fillers = false,
    },
    Rule {
        name: c"R9 (words of full width one by one)",
        drop: |_, how| how.limits.single_words = None,
    },
    Rule {
        name: c"C12, C8, R4 (each message selects its lanes)",
        drop: |_, how| {
            how.limits.lanes = false;
            how.with_lanes = false;
        },
    },
    Rule {
        name: c"C28 (chip select inactive for 10 us)",
        drop: |_, how| how.default_delay = false,
    },
    Rule {
        name: c"C29 (sleeps that are a cycle short)",
        drop: |_, how| {
            how.limits.sleeping = Sleeping {
                longest: 256,
                more: 1,
            }
        },
    },
    Rule {
        name: c"C37 (idle line stays high unless it has to be low)",
        drop: |case, how| {
            if !case.modes.contains(Mode::MosiIdleHigh) {
                how.mode &= 7;
            }
        },
    },
];

impl Case {
    pub(super) fn random(random: &mut Random) -> Result<Self> {
        let version = random.one_of(&VERSIONS);
        let lanes = random.one_of(&[1, 1, 2, 4, 8]);
        let rate_hz = random.one_of(&[100_000_000, 1_000_000, 33_333_333, 160_000_000]);
        let clock = Clock::new(rate_hz).ok_or(EINVAL)?;
        let used = 1 + random.below_u8(lanes);
        let (modes, mode) = random_modes(random, version);

        let mut case = Self {
            version,
            width: random.one_of(&[8, 16, 24, 32]),
            lanes,
            clock,
            modes,
            device: c_twin::Device {
                mode,
                max_speed_hz: clock.max_hz(),
                chip_select: random.below_u8(8),
                num_rx_lanes: used,
                num_tx_lanes: used,
                lanes: [0, 1, 2, 3, 4, 5, 6, 7],
            },
            transfers: KVec::new(),
        };
        let mut transfer = case.transfer(random)?;
        for _ in 0..1 + random.below(c_twin::MAX_TRANSFERS) {
            case.transfers.push(transfer, GFP_KERNEL)?;
            // Now and then the same once more.
            if !random.once_in(3) {
                transfer = case.transfer(random)?;
            }
        }
        Ok(case)
    }

    fn transfer(&self, random: &mut Random) -> Result<c_twin::Transfer> {
        let lengths = self.version.word_lengths(self.width.into()).ok_or(EINVAL)?;
        let bits = lengths.start() + random.below_u8(lengths.end() - lengths.start() + 1);
        let words = match random.below(8) {
            0 => 0,
            1 => random.below(600),
            _ => 1 + random.below(16),
        };
        // Now and then something that can't be done.
        let slowest = if random.once_in(100) { 300 } else { 255 };
        let slowness = 1 + random.below(slowest);
        let rarely_striped = if self.version.has_lanes() { 2 } else { 100 };
        let lane_mode = if random.once_in(rarely_striped) {
            STRIPE
        } else {
            SINGLE
        };
        let words = if lane_mode == STRIPE && !random.once_in(50) {
            words * u32::from(self.device.num_rx_lanes)
        } else {
            words
        };

        Ok(c_twin::Transfer {
            len: words * word_bytes(bits),
            speed_hz: self.clock.max_hz() / slowness,
            delay: random.one_of(&[0, 0, 1, 20, 255, 256, 300, 1000]),
            cs_change_delay: random.one_of(&[0, 0, 1, 20, 300]),
            delay_unit: random.one_of(&[USECS, NSECS, SCK]),
            cs_change_delay_unit: random.one_of(&[USECS, NSECS, SCK]),
            bits_per_word: bits,
            lane_mode,
            writes: random.once_in(2),
            reads: random.once_in(2),
            cs_change: random.once_in(4),
            cs_off: random.once_in(8),
        })
    }

    /// How the driver compiles it.
    pub(super) fn compiling(&self) -> Compiling {
        Compiling {
            limits: self.version.limits(self.width.into(), self.lanes, 31),
            mode: mode_setting(self.modes, self.version),
            default_delay: true,
            with_lanes: true,
        }
    }

    pub(super) fn target(&self, how: &Compiling) -> Target {
        let all = u8::MAX >> (8 - self.device.num_rx_lanes);

        Target {
            chip_select: self.device.chip_select,
            mode: how.mode,
            setup_ns: 0,
            hold_ns: 0,
            inactive_ns: 0,
            single: Lanes { rx: 1, tx: 1 },
            striped: Lanes { rx: all, tx: all },
        }
    }

    /// What the driver makes of the transfer of a message.
    pub(super) fn request(&self, transfer: &c_twin::Transfer, how: &Compiling) -> Result<Transfer> {
        let asked = self.clock.divider(transfer.speed_hz).ok_or(EINVAL)?;
        let divider = if how.limits.slow_bits && transfer.bits_per_word == 1 {
            asked.max(Divider::TWO)
        } else {
            asked
        };
        let hz = u64::from(self.clock.speed_hz(divider));
        let nanos = |value: u16, unit| {
            u64::from(value)
                * match unit {
                    USECS => 1000,
                    NSECS => 1,
                    _ => 1_000_000_000u64.div_ceil(hz),
                }
        };
        let is_default = transfer.cs_change_delay == 0 && transfer.cs_change_delay_unit == USECS;

        Ok(Transfer {
            len: transfer.len / word_bytes(transfer.bits_per_word),
            bits: transfer.bits_per_word,
            divider,
            writes: transfer.writes,
            reads: transfer.reads,
            lane_use: if transfer.lane_mode == STRIPE {
                LaneUse::Stripe
            } else {
                LaneUse::Single
            },
            delay_ns: nanos(transfer.delay, transfer.delay_unit),
            word_delay_ns: 0,
            cs_change: transfer.cs_change.then(|| {
                if is_default && how.default_delay {
                    10_000
                } else {
                    nanos(transfer.cs_change_delay, transfer.cs_change_delay_unit)
                }
            }),
            cs_off: transfer.cs_off,
        })
    }

    /// Compiles the message here, and returns the instructions but for the last one, which reports
    /// the end with an id of its own.
    pub(super) fn compile(&self, how: &Compiling) -> Result<KVec<u16>> {
        let target = self.target(how);
        let mut program = KBox::init(Program::new(), GFP_KERNEL)?;
        let mut compiler = Compiler::new(self.clock, &how.limits, &target, &mut program);

        // As the driver does, if those that are alike are plain.
        let mut last: Option<Transfer> = None;
        for transfer in &self.transfers {
            let transfer = self.request(transfer, how)?;
            let is_same = is_plain(&transfer) && last == Some(transfer);

            if is_same && compiler.can_repeat() {
                compiler.again();
            } else {
                compiler.transfer(&transfer)?;
            }
            last = Some(transfer);
        }
        compiler.end()?;
        words(flat(&program)?.into_iter(), how.with_lanes)
    }

    /// Returns why the message is refused, if it has to be.
    pub(super) fn reason_to_refuse(&self) -> Option<&'static CStr> {
        let lanes = u32::from(self.device.num_rx_lanes);

        for transfer in &self.transfers {
            if self.clock.divider(transfer.speed_hz).is_none() {
                return Some(c"C27 (slower than the engine can be)");
            }
            if transfer.lane_mode == STRIPE {
                if !self.version.has_lanes() {
                    return Some(c"C16 (several lanes before 2.00)");
                }
                if (transfer.len / word_bytes(transfer.bits_per_word)) % lanes != 0 {
                    return Some(c"C15 (words that lanes can't share)");
                }
            }
        }
        None
    }
}

/// Whether there is nothing to do besides transferring words on one lane.
fn is_plain(transfer: &Transfer) -> bool {
    transfer.delay_ns == 0
        && transfer.word_delay_ns == 0
        && transfer.cs_change.is_none()
        && !transfer.cs_off
        && transfer.lane_use == LaneUse::Single
}

/// How many bytes of a buffer a word takes.
fn word_bytes(bits_per_word: u8) -> u32 {
    match bits_per_word {
        ..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}

/// Modes that an engine can do, here and in C.
fn random_modes(random: &mut Random, version: Version) -> (Modes, u32) {
    let (mut modes, mut raw) = (Modes::default(), 0);

    for (mode, bit) in MODES {
        if controller_ops::modes(version).contains(mode) && random.once_in(3) {
            modes |= mode;
            raw |= bit;
        }
        // They exclude each other.
        if modes.contains(Mode::MosiIdleLow) {
            break;
        }
    }
    (modes, raw)
}

/// Collects instructions but for the last one.
fn words(all: impl Iterator<Item = u16>, with_lanes: bool) -> Result<KVec<u16>> {
    let mut words = KVec::new();

    for word in all {
        let is_for_lanes = matches!(word >> 8, 0x23 | 0x24);
        if with_lanes || !is_for_lanes {
            words.push(word, GFP_KERNEL)?;
        }
    }
    words.pop();
    Ok(words)
}

/// How often something was the case.
struct Count {
    what: &'static CStr,
    times: u32,
}

struct Counts(KVec<Count>);

impl Counts {
    fn add(&mut self, what: &'static CStr) -> Result {
        match self.0.iter_mut().find(|count| count.what == what) {
            Some(count) => count.times += 1,
            None => self.0.push(Count { what, times: 1 }, GFP_KERNEL)?,
        }
        Ok(())
    }
}

/// Compares the programs of a message; returns whether it is not refused.
fn compare(case: &Case, words_c: &mut [u16], counts: &mut Counts) -> Result<bool> {
    let c = c_twin::compile(&case.device, &case.transfers, words_c)?;
    let mut how = case.compiling();

    let mut ours = match (case.compile(&how), case.reason_to_refuse()) {
        (Ok(ours), None) => ours,
        (Err(error), Some(why)) if error == EINVAL => {
            counts.add(why)?;
            return Ok(false);
        }
        (ours, why) => {
            pr_err!("{:?}, but {:?}\n", ours, why);
            return Err(EINVAL);
        }
    };
    if *ours == *words(c.iter().copied(), true)? {
        counts.add(c"equal")?;
        return Ok(true);
    }

    for rule in &RULES {
        (rule.drop)(case, &mut how);
        let without = case.compile(&how)?;
        if *without != *ours {
            counts.add(rule.name)?;
        }
        ours = without;
    }
    if *ours != *words(c.iter().copied(), false)? {
        pr_err!("{:x?}\nin C {:x?}\nof {:?}\n", &*ours, c, &*case.transfers);
        return Err(EINVAL);
    }
    Ok(true)
}

#[kernel::macros::kunit_tests(axi_spi_engine_same_programs)]
mod suite {
    use super::*;

    #[test]
    fn random_messages() -> Result {
        const SEED: u64 = 0x0dd_5eed;
        let mut random = Random::new(SEED);
        let mut words = KVec::from_elem(0u16, 1 << 16, GFP_KERNEL)?;
        let mut counts = Counts(KVec::new());
        let messages = c_twin::messages();
        let mut compared = 0;
        let mut refused = 0;

        while compared < messages {
            let case = Case::random(&mut random)?;
            let both = compare(&case, &mut words, &mut counts).inspect_err(|_| {
                pr_err!("seed {:#x}, message {}\n", SEED, compared + refused);
            })?;
            if both {
                compared += 1;
            } else {
                refused += 1;
            }
        }

        pr_info!(
            "same programs: {} valid messages, seed {:#x}; {} are refused\n",
            compared,
            SEED,
            refused
        );
        for count in &counts.0 {
            pr_info!("same programs: {}: {}\n", count.what, count.times);
        }
        Ok(())
    }
}
