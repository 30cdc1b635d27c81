// SPDX-License-Identifier: GPL-2.0

//! The record as text.

use crate::log::{
    Entry,
    Log,
    What, //
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

/// Writes the record as text, a line for each event.
pub(crate) fn write(out: &mut impl fmt::Write, log: &Log) -> fmt::Result {
    const SECOND: NonZero<u64> = math64::divisor::<{ NSEC_PER_SEC.unsigned_abs() }>();

    if log.lost() > 0 {
        writeln!(out, "# {} earlier events are lost", Decimal(log.lost()))?;
    }
    for entry in log.entries() {
        let event = entry.event();
        let (seconds, ns) = math64::div_rem(event.time, SECOND);
        let (seconds, ns) = (Decimal(seconds), Decimal(ns));

        write!(out, "{seconds:5}.{ns:09} cs{} ", event.chip_select)?;
        match event.what {
            What::ChipSelect { active: true, .. } => out.write_str("select\n")?,
            What::ChipSelect { active: false, .. } => out.write_str("deselect\n")?,
            What::Transfer {
                word,
                lines,
                len,
                gap,
            } => {
                let hz = event.clocking.hz;
                let bits = word.bits();

                write!(out, "{len} bytes, {bits} bits, {hz} Hz")?;
                if lines > 1 {
                    write!(out, ", {lines} lines")?;
                }
                if gap > 0 {
                    write!(out, ", {} ns between words", Decimal(gap))?;
                }
                write_bytes(out, &entry, "tx", |(tx, _)| tx)?;
                write_bytes(out, &entry, "rx", |(_, rx)| rx)?;
                out.write_str("\n")?;
            }
        }
    }
    Ok(())
}

fn write_bytes(
    out: &mut impl fmt::Write,
    entry: &Entry<'_>,
    name: &str,
    which: fn((u8, u8)) -> u8,
) -> fmt::Result {
    write!(out, ", {name}")?;
    for index in 0..entry.len() {
        write!(out, " {:02x}", which(entry.bytes(index)))?;
    }
    Ok(())
}
