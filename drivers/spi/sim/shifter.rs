// SPDX-License-Identifier: GPL-2.0

//! The shift register of a chip that works with bytes, for words of any size.

/// What a chip does with one byte of a message.
pub(crate) trait ByteTarget {
    /// Returns the byte that the chip shifts out while the next one comes in.
    fn output(&mut self) -> u8;

    /// Takes the byte that has come in.
    fn input(&mut self, byte: u8);
}

/// Shifts bits in and out of a [`ByteTarget`].
///
/// What the chip sends can't depend on a byte that is not complete yet.
#[derive(Default)]
pub(crate) struct Shifter {
    /// How many bits of the byte have gone by, 0 to 7.
    position: u8,
    outgoing: u8,
    incoming: u8,
}

impl Shifter {
    /// Begins with a whole byte, when the chip select becomes active.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Returns whether the last byte is complete.
    pub(crate) fn is_aligned(&self) -> bool {
        self.position == 0
    }

    fn bit(&mut self, target: &mut impl ByteTarget, bit: u8) -> u8 {
        if self.position == 0 {
            self.outgoing = target.output();
        }
        let out = (self.outgoing >> (7 - self.position)) & 1;

        self.incoming = (self.incoming << 1) | bit;
        self.position = (self.position + 1) % 8;
        if self.position == 0 {
            target.input(self.incoming);
        }
        out
    }

    /// Exchanges a byte.
    pub(crate) fn byte(&mut self, target: &mut impl ByteTarget, byte: u8) -> u8 {
        if self.is_aligned() {
            let out = target.output();
            target.input(byte);
            return out;
        }

        (0..8)
            .rev()
            .fold(0, |out, i| (out << 1) | self.bit(target, (byte >> i) & 1))
    }

    /// Exchanges the lower `bits` of a word, topmost first.
    pub(crate) fn word(&mut self, target: &mut impl ByteTarget, word: u32, bits: u8) -> u32 {
        (0..u32::from(bits)).rev().fold(0, |out, i| {
            let bit = u8::from((word >> i) & 1 == 1);
            (out << 1) | u32::from(self.bit(target, bit))
        })
    }
}
