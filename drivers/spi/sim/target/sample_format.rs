// SPDX-License-Identifier: GPL-2.0

//! How a converter arranges the bits of a sample.

use kernel::{
    fmt,
    prelude::*, //
};

/// The format of a sample, in the notation of the IIO subsystem: `be:s12/16>>4`.
///
/// The example is: most significant byte first, signed, 12 bits of data in 16 bits, with 4 bits of
/// zeroes behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SampleFormat {
    little_endian: bool,
    signed: bool,
    bits: u8,
    storage: u8,
    shift: u8,
}

impl SampleFormat {
    /// Unsigned samples of 16 bits.
    pub(crate) const DEFAULT: Self = Self {
        little_endian: false,
        signed: false,
        bits: 16,
        storage: 16,
        shift: 0,
    };

    /// Reads a format.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it is not one, or the bits have no place.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let (endian, rest) = text.split_once(':').ok_or(EINVAL)?;
        let (data, rest) = rest.split_once('/').ok_or(EINVAL)?;
        let (storage, shift) = rest.split_once(">>").unwrap_or((rest, "0"));
        let (signed, bits) = match data.as_bytes().first() {
            Some(b's') => (true, &data[1..]),
            Some(b'u') => (false, &data[1..]),
            _ => return Err(EINVAL),
        };
        let number = |text: &str| text.parse::<u8>().map_err(|_| EINVAL);

        Self {
            little_endian: match endian {
                "le" => true,
                "be" => false,
                _ => return Err(EINVAL),
            },
            signed,
            bits: number(bits)?,
            storage: number(storage)?,
            shift: number(shift)?,
        }
        .checked()
    }

    fn checked(self) -> Result<Self> {
        let used = self.bits.checked_add(self.shift).ok_or(EINVAL)?;

        if self.bits == 0 || used > self.storage || !matches!(self.storage, 8 | 16 | 24 | 32) {
            return Err(EINVAL);
        }
        Ok(self)
    }

    /// Returns the number of bytes of a sample.
    pub(super) fn size(self) -> usize {
        usize::from(self.storage / 8)
    }

    /// Returns how far a full scale signal goes from its middle.
    pub(super) fn amplitude(self) -> i64 {
        (1 << (self.bits - 1)) - 1
    }

    /// Returns the value in the middle of the range.
    pub(super) fn middle(self) -> i64 {
        if self.signed {
            0
        } else {
            1 << (self.bits - 1)
        }
    }

    /// Returns the bytes of a sample in the order in which they are sent.
    ///
    /// Of a value that has too many bits only the lower ones count.
    pub(super) fn encode(self, value: i64) -> [u8; 4] {
        // Two's complement; an unsigned value is what it is.
        let [a, b, c, d, ..] = value.to_le_bytes();
        let value = u32::from_le_bytes([a, b, c, d]) & (u32::MAX >> (32 - u32::from(self.bits)));
        let mut bytes = (value << self.shift).to_le_bytes();

        if !self.little_endian {
            bytes[..self.size()].reverse();
        }
        bytes
    }
}

impl SampleFormat {
    /// Writes what [`parse`](Self::parse) reads.
    pub(super) fn write(self, f: &mut impl fmt::Write) -> fmt::Result {
        let endian = if self.little_endian { "le" } else { "be" };
        let sign = if self.signed { 's' } else { 'u' };

        write!(f, "{endian}:{sign}{}/{}", self.bits, self.storage)?;
        if self.shift != 0 {
            write!(f, ">>{}", self.shift)?;
        }
        Ok(())
    }
}
