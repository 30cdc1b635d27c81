// SPDX-License-Identifier: GPL-2.0

//! The record as a value change dump (IEEE 1364), which programs for logic analyzers show.
//!
//! The signals are named SCLK, COPI, CIPO and CS0, CS1 and so on. A transfer on several lines is
//! shown as if it had one, in the same time.

use crate::{
    log::{
        Clocking,
        Entry,
        Event,
        Log,
        What, //
    },
    timing::cycles,
    word::Word, //
};
use core::num::NonZero;
use kernel::{
    fmt,
    math64::{
        self,
        Decimal, //
    },
    time::NSEC_PER_SEC, //
};

/// The most chip selects that are shown.
pub(crate) const MAX_CHIP_SELECTS: u8 = 16;

/// The time before the first change and after the last one, in nanoseconds. Programs take no notice
/// of a change at the very end.
const MARGIN: u64 = 1000;

const CLOCK: char = '!';
const COPI: char = '"';
const CIPO: char = '#';

/// Returns the identifier of a chip select in the dump.
fn chip_select_id(chip_select: u8) -> char {
    char::from(b'A' + chip_select.min(MAX_CHIP_SELECTS - 1))
}

/// Writes changes of signals, with the time in front of each group of them.
struct Writer<'a, W> {
    out: &'a mut W,
    start: u64,
    time: Option<u64>,
    clock: Option<bool>,
    copi: Option<bool>,
    cipo: Option<bool>,
}

impl<W: fmt::Write> Writer<'_, W> {
    /// Goes on to a time; not back.
    fn at(&mut self, time: u64) -> fmt::Result {
        let time = time.saturating_sub(self.start).max(self.time.unwrap_or(0));

        if self.time != Some(time) {
            self.time = Some(time);
            writeln!(self.out, "#{}", Decimal(time))?;
        }
        Ok(())
    }

    fn set(&mut self, id: char, level: bool) -> fmt::Result {
        writeln!(self.out, "{}{id}", u8::from(level))
    }

    fn clock(&mut self, level: bool) -> fmt::Result {
        if self.clock.replace(level) == Some(level) {
            return Ok(());
        }
        self.set(CLOCK, level)
    }

    fn data(&mut self, copi: bool, cipo: bool) -> fmt::Result {
        if self.copi.replace(copi) != Some(copi) {
            self.set(COPI, copi)?;
        }
        if self.cipo.replace(cipo) != Some(cipo) {
            self.set(CIPO, cipo)?;
        }
        Ok(())
    }

    /// Draws one bit; `half` is the number of half cycles before it since `start`.
    fn bit(
        &mut self,
        start: u64,
        half: u64,
        clocking: Clocking,
        (copi, cipo): (bool, bool),
    ) -> fmt::Result {
        let idle = clocking.polarity;
        let time = |half| start.saturating_add(half_cycles_ns(half, clocking.hz));

        self.at(time(half))?;
        self.data(copi, cipo)?;
        // The second edge of a bit is the sampling one if the phase says so.
        self.clock(if clocking.phase { !idle } else { idle })?;
        self.at(time(half + 1))?;
        self.clock(if clocking.phase { idle } else { !idle })
    }

    fn transfer(&mut self, entry: &Entry<'_>, word: Word, lines: u8, gap: u64) -> fmt::Result {
        let event = entry.event();
        let size = word.size();
        let words = entry.len() / size;
        // A transfer on several lines has fewer cycles; draw all bits in their time.
        let total = cycles(words, word.bits(), lines);
        let bits = u64::from(word.bits());
        let drawn = cycles(words, word.bits(), 1).max(1);
        let total = NonZero::new(total).unwrap_or(NonZero::<u64>::MIN);
        let hz = math64::div(u64::from(event.clocking.hz) * drawn, total);
        let clocking = Clocking {
            hz: u32::try_from(hz).unwrap_or(u32::MAX),
            ..event.clocking
        };

        for (number, index) in (0u64..).zip(0..words) {
            let (tx, rx) = word_at(entry, word, index * size);
            let start = event.time.saturating_add(number.saturating_mul(gap));
            for bit in 0..bits {
                let shift = bits - 1 - bit;
                self.bit(
                    start,
                    2 * (number * bits + bit),
                    clocking,
                    (tx >> shift & 1 == 1, rx >> shift & 1 == 1),
                )?;
            }
            // The clock rests until the next word.
            let end = half_cycles_ns(2 * (number + 1) * bits, clocking.hz);
            self.at(start.saturating_add(end))?;
            self.clock(clocking.polarity)?;
        }
        Ok(())
    }

    /// Leaves everything as it is for a while.
    fn rest(&mut self) -> fmt::Result {
        let end = self.time.unwrap_or(0).saturating_add(MARGIN);

        writeln!(self.out, "#{}", Decimal(end))
    }

    fn event(&mut self, entry: &Entry<'_>) -> fmt::Result {
        let Event {
            time,
            chip_select,
            clocking,
            what,
        } = *entry.event();

        match what {
            What::ChipSelect { level, active } => {
                self.at(time)?;
                if active {
                    self.clock(clocking.polarity)?;
                }
                self.set(chip_select_id(chip_select), level)
            }
            What::Transfer {
                word, lines, gap, ..
            } => self.transfer(entry, word, lines, gap),
        }
    }
}

/// Returns the word that was sent and the one that was received, in the order of the wire.
fn word_at(entry: &Entry<'_>, word: Word, index: usize) -> (u32, u32) {
    let (mut tx, mut rx) = ([0; 4], [0; 4]);
    let size = word.size();

    for i in 0..size {
        (tx[i], rx[i]) = entry.bytes(index + i);
    }
    (word.load(&tx[..size]), word.load(&rx[..size]))
}

/// Returns the nanoseconds that a number of half cycles takes, rounded to the nearest one.
fn half_cycles_ns(halves: u64, hz: u32) -> u64 {
    let second = NSEC_PER_SEC.unsigned_abs();
    let double = NonZero::new(2 * u64::from(hz)).unwrap_or(NonZero::<u64>::MIN);
    let (seconds, rest) = math64::div_rem(halves, double);

    seconds
        .saturating_mul(second)
        .saturating_add(math64::div(rest * second + double.get() / 2, double))
}

/// Returns the level of a chip select before the record begins; high, if nothing tells.
fn level_before(log: &Log, chip_select: u8) -> bool {
    log.entries()
        .find_map(|entry| match *entry.event() {
            Event {
                chip_select: number,
                what: What::ChipSelect { level, .. },
                ..
            } if number == chip_select => Some(!level),
            _ => None,
        })
        .unwrap_or(true)
}

/// Writes the record of a controller with `chip_selects` chip selects.
pub(crate) fn write(out: &mut impl fmt::Write, log: &Log, chip_selects: u8) -> fmt::Result {
    let chip_selects = chip_selects.min(MAX_CHIP_SELECTS);

    out.write_str("$timescale 1 ns $end\n$scope module spi $end\n")?;
    for (id, name) in [(CLOCK, "SCLK"), (COPI, "COPI"), (CIPO, "CIPO")] {
        writeln!(out, "$var wire 1 {id} {name} $end")?;
    }
    for number in 0..chip_selects {
        let id = chip_select_id(number);
        writeln!(out, "$var wire 1 {id} CS{number} $end")?;
    }
    out.write_str("$upscope $end\n$enddefinitions $end\n")?;

    let mut writer = Writer {
        out,
        start: log
            .entries()
            .next()
            .map_or(0, |entry| entry.event().time.saturating_sub(MARGIN)),
        time: None,
        clock: None,
        copi: None,
        cipo: None,
    };
    writer.at(0)?;
    let polarity = log
        .entries()
        .next()
        .is_some_and(|entry| entry.event().clocking.polarity);
    writer.clock(polarity)?;
    writer.data(false, false)?;
    for number in 0..chip_selects {
        writer.set(chip_select_id(number), level_before(log, number))?;
    }
    log.entries().try_for_each(|entry| writer.event(&entry))?;
    writer.rest()
}
