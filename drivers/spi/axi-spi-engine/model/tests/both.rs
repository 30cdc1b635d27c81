// SPDX-License-Identifier: GPL-2.0

//! The same random messages with both drivers. Ours is right; the failures of the driver in C are
//! counted, by version of the core and by the defect that explains them.
//!
//! Each message has an engine of its own, since the driver in C does not recover from a failure
//! (C4). What would end the kernel is kept out, by version and message alike:
//!
//! - C2: the SYNC of the setup is forgotten, or nearly all messages would end at once;
//! - C3: the engine is quiet when a message has ended, or an interrupt would find none;
//! - C6: an interrupt that comes without an end gets lost in the end.

use super::{
    bench::*,
    random::*, //
};
use crate::{
    hw::{
        Params,
        Version, //
    },
    platform::Driver, //
};
use core::{
    format_args,
    ops::RangeInclusive, //
};
use kernel::{
    kunit::info,
    prelude::*, //
};

/// How many interrupts a message may take; none that is right takes as many.
const MANY: u32 = 20_000;

/// `SPI_MOSI_IDLE_HIGH`.
const IDLE_HIGH: u32 = 1 << 18;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Right,
    /// It was not what was asked for that was on the wire.
    Sent,
    /// It was, but not what was received.
    Received,
    TimedOut,
    /// Another error.
    Refused,
}

/// A defect of the driver in C that random messages show.
struct Rule {
    name: &'static str,
    on: RangeInclusive<Version>,
    /// How a message can end for it.
    ends: &'static [End],
    /// Whether it can spoil a message.
    spoils: fn(&Message, &Params) -> bool,
}

/// The first that applies explains a failure.
const RULES: [Rule; 10] = [
    Rule {
        name: "C10 (no length, but a buffer)",
        on: Version::V1_00Release2022..=Version::V2_00,
        ends: &[End::Received, End::TimedOut],
        spoils: |message, _| any(message, |part| used(part) && part.words() == 0),
    },
    Rule {
        name: "C5 (a delay of 256 cycles)",
        on: Version::V1_03..=Version::V1_05,
        ends: &[End::TimedOut],
        spoils: |message, _| any(message, |part| cycles(part) >= 255),
    },
    Rule {
        name: "R9 (words of full width)",
        on: Version::V1_03..=Version::V1_04,
        ends: &[End::TimedOut],
        spoils: |message, params| {
            any(message, |part| {
                part.bits == params.data_width && part.words() > 1
            })
        },
    },
    Rule {
        name: "C24 (one clock)",
        on: Version::V1_00Release2022..=Version::V1_05,
        ends: &[End::Received, End::TimedOut],
        spoils: |message, params| !params.asynchronous && any(message, |part| part.reads),
    },
    Rule {
        name: "C38 (an end before the last word)",
        on: Version::V1_00Release2022..=Version::V1_04,
        ends: &[End::Received],
        spoils: |message, params| {
            let incoming = message.incoming();
            let has_place = incoming <= 1 << params.sdi_width;

            params.asynchronous && !has_place && message.received_right() + 1 == incoming
        },
    },
    Rule {
        name: "C7 (another word length)",
        on: Version::V2_00..=Version::V2_00,
        ends: &[End::Sent],
        spoils: |message, _| {
            any(message, |part| part.writes) && differ(message, |part| part.bits.into())
        },
    },
    Rule {
        name: "C13, C14 (several lanes)",
        on: Version::V2_00..=Version::V2_00,
        ends: &[End::Sent, End::Received, End::TimedOut],
        spoils: |message, params| {
            params.lanes > 1
                && (message.lanes.len() < params.lanes.into()
                    || differ(message, |part| part.stripe.into()))
        },
    },
    Rule {
        name: "R15 (words of one bit)",
        on: Version::V2_00..=Version::V2_00,
        ends: &[End::Received],
        spoils: |message, _| any(message, |part| part.bits == 1 && part.reads),
    },
    Rule {
        name: "C25 (a slow clock)",
        on: Version::V2_00..=Version::V2_00,
        ends: &[End::Received, End::TimedOut],
        spoils: |message, params| params.spi_hz <= 25_000_000 && any(message, |part| part.reads),
    },
    Rule {
        name: "C6 (a full rx FIFO)",
        on: Version::V2_00..=Version::V2_00,
        ends: &[End::Received, End::TimedOut],
        spoils: |message, params| message.incoming() >= 1 << params.sdi_width,
    },
];

/// Whether something is the case for a transfer of a message.
fn any(message: &Message, what: impl FnMut(&Part) -> bool) -> bool {
    message.parts.iter().any(what)
}

/// Whether a transfer has buffers.
fn used(part: &Part) -> bool {
    part.reads || part.writes
}

/// Whether transfers of a message differ in something.
fn differ(message: &Message, what: fn(&Part) -> u32) -> bool {
    let mut used = message.parts.iter().filter(|part| used(part)).map(what);

    used.next()
        .is_some_and(|first| used.any(|other| other != first))
}

/// The delay of a transfer in cycles of the serial clock.
fn cycles(part: &Part) -> u64 {
    u64::from(part.delay) * u64::from(part.speed) / 1_000_000_000
}

/// How often messages came to which end.
#[derive(Default)]
struct Ends {
    right: u32,
    sent: u32,
    received: u32,
    timed_out: u32,
    refused: u32,
    /// How often a defect explained a failure, in the order of [`RULES`].
    by_rule: [u32; RULES.len()],
    /// How often no other could.
    alone: [u32; RULES.len()],
    unexplained: u32,
}

impl Ends {
    fn add(&mut self, end: End) {
        *match end {
            End::Right => &mut self.right,
            End::Sent => &mut self.sent,
            End::Received => &mut self.received,
            End::TimedOut => &mut self.timed_out,
            End::Refused => &mut self.refused,
        } += 1;
    }

    /// Counts what explains that a message ended like this.
    fn explain(&mut self, message: &Message, params: &Params, end: End) {
        let explains = |rule: &Rule| {
            rule.on.contains(&params.version)
                && rule.ends.contains(&end)
                && (rule.spoils)(message, params)
        };

        match RULES.iter().position(explains) {
            Some(rule) => {
                let mut others = RULES.iter().skip(rule + 1);

                self.by_rule[rule] += 1;
                self.alone[rule] += u32::from(!others.any(explains));
            }
            None => {
                complain(format_args!("{end:?} by no known defect on {params:?}"));
                message.complain();
                self.unexplained += 1;
            }
        }
    }

    fn print(&self, version: Version) {
        info(format_args!(
            "C messages: {version}: {} right, {} sent wrong, {} received wrong, {} timed out, \
             {} refused\n",
            self.right, self.sent, self.received, self.timed_out, self.refused
        ));
        for ((rule, count), alone) in RULES.iter().zip(self.by_rule).zip(self.alone) {
            if count > 0 {
                info(format_args!(
                    "C messages: {version}: {count} by {}, {alone} by nothing else\n",
                    rule.name
                ));
            }
        }
    }
}

/// Sends a message with the driver in C.
fn send_in_c(place: &Place, message: &mut Message) -> Result<End> {
    let device = device(&place.instance, &place.description)?;
    place.instance.limit_interrupts(MANY);
    let sent = message.send(&device);
    quiet(&place.instance);

    match sent {
        Ok(()) => {}
        Err(ETIMEDOUT) => return Ok(End::TimedOut),
        Err(_) => return Ok(End::Refused),
    }
    // They mean nothing in C (C36).
    message.forget_upper_bits();
    Ok(if message.wrong_wire(place)?.is_some() {
        End::Sent
    } else if message.wrong_data().is_some() {
        End::Received
    } else {
        End::Right
    })
}

/// Sends a random message with the driver in C, and counts what became of it.
fn count_in_c(random: &mut Random, version: Version, ends: &mut Ends) -> Result {
    let mut place = Place::of_version(random, version, Driver::C)?;
    if version >= Version::V1_03 {
        // It is low otherwise (C37), and high with our driver, and where there is no choice.
        place.description.mode |= IDLE_HIGH;
    }
    let mut message = place.message(random, 6)?;
    let end = send_in_c(&place, &mut message)?;

    ends.add(end);
    if end != End::Right {
        ends.explain(&message, &place.params, end);
    }
    Ok(())
}

/// Sends a random message with our driver, which has to be right.
fn check_in_rust(random: &mut Random, version: Version) -> Result {
    let place = Place::of_version(random, version, Driver::Rust)?;
    let device = device(&place.instance, &place.description)?;
    let mut message = place.message(random, 6)?;

    message.send(&device)?;
    message.check(&place)
}

#[kernel::macros::kunit_tests(axi_spi_engine_both)]
mod suite {
    use super::*;
    use crate::platform::effort;

    const SEED: u64 = 0xb07_0001;
    /// Those that time out take 5 s each, and a test may take 300 s.
    const MESSAGES: u32 = 50;

    /// Sends messages on a version, and prints what became of them in C. Says whether all of that
    /// is known, and the driver in C works on the model as far as it works at all.
    fn is_known(version: Version) -> Result<bool> {
        let mut random = Random::new(SEED);
        let mut ends = Ends::default();

        for number in 0..MESSAGES * effort() {
            check_in_rust(&mut random.clone(), version)
                .and_then(|()| count_in_c(&mut random, version, &mut ends))
                .inspect_err(|error| {
                    complain(format_args!(
                        "seed {SEED:#x}, {version}, {number}: {error:?}"
                    ));
                })?;
        }
        ends.print(version);
        Ok(ends.unexplained == 0 && ends.right > 0)
    }

    #[test]
    fn v1_00_of_2022() -> Result {
        assert!(is_known(Version::V1_00Release2022)?);
        Ok(())
    }

    #[test]
    fn v1_00() -> Result {
        assert!(is_known(Version::V1_00)?);
        Ok(())
    }

    #[test]
    fn v1_01() -> Result {
        assert!(is_known(Version::V1_01)?);
        Ok(())
    }

    #[test]
    fn v1_02() -> Result {
        assert!(is_known(Version::V1_02)?);
        Ok(())
    }

    #[test]
    fn v1_03() -> Result {
        assert!(is_known(Version::V1_03)?);
        Ok(())
    }

    #[test]
    fn v1_04() -> Result {
        assert!(is_known(Version::V1_04)?);
        Ok(())
    }

    #[test]
    fn v1_05() -> Result {
        assert!(is_known(Version::V1_05)?);
        Ok(())
    }

    #[test]
    fn v2_00() -> Result {
        assert!(is_known(Version::V2_00)?);
        Ok(())
    }
}
