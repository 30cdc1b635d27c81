// SPDX-License-Identifier: GPL-2.0

//! Words: how a controller driver finds them in memory, and how they go over the wire.

/// The format of the words of a transfer.
///
/// In memory a word has 1, 2 or 4 bytes in the order of the CPU. On the wire its most significant
/// bit comes first, or its least significant one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    bits: u8,
    lsb_first: bool,
}

impl Word {
    /// A byte, most significant bit first.
    pub(crate) const BYTE: Self = Self {
        bits: 8,
        lsb_first: false,
    };

    /// Describes a word of 1 to 32 bits; other sizes become the nearest of these.
    pub(crate) fn new(bits: u8, lsb_first: bool) -> Self {
        Self {
            bits: bits.clamp(1, 32),
            lsb_first,
        }
    }

    /// Returns the number of bits, 1 to 32.
    pub(crate) fn bits(self) -> u8 {
        self.bits
    }

    /// Returns the number of bytes that a word has in memory.
    pub(crate) fn size(self) -> usize {
        match self.bits {
            0..=8 => 1,
            9..=16 => 2,
            _ => 4,
        }
    }

    /// Returns whether all bits in memory belong to the word.
    pub(crate) fn fills_memory(self) -> bool {
        usize::from(self.bits) == 8 * self.size()
    }

    /// Returns whether bytes in memory are what goes over the wire.
    pub(crate) fn is_byte(self) -> bool {
        self == Self::BYTE
    }

    /// Returns the bits that a word can have.
    fn mask(self) -> u32 {
        u32::MAX >> (32 - u32::from(self.bits))
    }

    /// Reverses the word, if the wire needs that.
    fn reorder(self, value: u32) -> u32 {
        if self.lsb_first {
            value.reverse_bits() >> (32 - u32::from(self.bits))
        } else {
            value
        }
    }

    /// Returns the bits of the word in `memory`, in the order of the wire, the first one topmost.
    ///
    /// `memory` has [`size`](Self::size) bytes. Bits that a word does not have are dropped.
    pub(crate) fn load(self, memory: &[u8]) -> u32 {
        let value = match *memory {
            [byte] => byte.into(),
            [a, b] => u16::from_ne_bytes([a, b]).into(),
            [a, b, c, d] => u32::from_ne_bytes([a, b, c, d]),
            _ => 0,
        };
        self.reorder(value & self.mask())
    }

    /// Stores the word whose bits came in that order, the opposite of [`load`](Self::load).
    pub(crate) fn store(self, wire: u32, memory: &mut [u8]) {
        let bytes = self.reorder(wire & self.mask()).to_le_bytes();
        let size = memory.len().min(bytes.len());
        let (memory, bytes) = (&mut memory[..size], &bytes[..size]);

        memory.copy_from_slice(bytes);
        if cfg!(target_endian = "big") {
            memory.reverse();
        }
    }
}

/// Goes through the words in `memory`, in place; a rest that is not a word stays as it is.
pub(crate) fn for_each(word: Word, memory: &mut [u8], mut exchange: impl FnMut(u32) -> u32) {
    for memory in memory.chunks_exact_mut(word.size()) {
        let incoming = exchange(word.load(memory));
        word.store(incoming, memory);
    }
}
