// SPDX-License-Identifier: GPL-2.0

//! Chips that can be connected to an engine.

use super::bits;
use core::ops::{
    Deref,
    DerefMut, //
};

/// A chip. Where one needs memory, `S` provides it.
#[derive(Debug)]
pub enum Chip<S> {
    /// SDI is connected with SDO.
    Loopback,
    /// Answers words in the order of a list.
    Script(Script<S>),
    /// A memory of bytes.
    Memory(Memory<S>),
    /// An analog-digital converter.
    Adc(Adc),
}

impl<S: DerefMut<Target = [u32]>> Chip<S> {
    /// Its chip select became active.
    pub(super) fn select(&mut self) {
        match self {
            Self::Loopback | Self::Script(_) => {}
            Self::Memory(memory) => memory.select(),
            Self::Adc(adc) => adc.select(),
        }
    }

    /// A word of `bits` bits came on a lane; gives what the chip said meanwhile.
    pub(super) fn exchange(&mut self, heard: u32, bits: u8) -> u32 {
        match self {
            Self::Loopback => heard,
            Self::Script(script) => script.next() & bits::mask(bits.into()),
            Self::Memory(memory) => bit_by_bit(heard, bits, |bit| memory.exchange(bit)),
            Self::Adc(adc) => bit_by_bit(heard, bits, |_| adc.next()),
        }
    }
}

/// Puts a word through a chip that knows only bits, the most significant one first.
fn bit_by_bit(heard: u32, bits: u8, mut exchange: impl FnMut(bool) -> bool) -> u32 {
    (0..u32::from(bits)).rev().fold(0, |said, bit| {
        (said << 1) | u32::from(exchange(bits::down(heard, bit) & 1 == 1))
    })
}

/// Answers the words of a list, one for each word that is clocked, and zeros after its end, or the
/// list again.
#[derive(Debug)]
pub struct Script<S> {
    words: S,
    next: usize,
    repeats: bool,
}

impl<S: Deref<Target = [u32]>> Script<S> {
    /// Begins with the first of these words.
    pub const fn new(words: S) -> Self {
        Self {
            words,
            next: 0,
            repeats: false,
        }
    }

    /// Begins with the first of these words, and again after the last one.
    pub const fn repeating(words: S) -> Self {
        Self {
            words,
            next: 0,
            repeats: true,
        }
    }

    /// How many words were asked for.
    pub fn answered(&self) -> usize {
        self.next
    }

    fn next(&mut self) -> u32 {
        let place = if self.repeats {
            self.next.checked_rem(self.words.len()).unwrap_or(0)
        } else {
            self.next
        };
        self.next = self.next.saturating_add(1);
        self.words.get(place).copied().unwrap_or(0)
    }
}

/// A memory of bytes, each in the low bits of a word of `S`.
///
/// After the chip select became active it expects an instruction of 8 bits, 0x03 to read or 0x02
/// to write, and an address of 16 bits; then data follow, at ascending addresses. At the end of
/// the memory the address wraps. Other instructions do nothing.
#[derive(Debug)]
pub struct Memory<S> {
    cells: S,
    /// Bits since the chip select.
    count: usize,
    heard: u32,
    instruction: u8,
    address: usize,
}

impl<S: DerefMut<Target = [u32]>> Memory<S> {
    const READ: u8 = 0x03;
    const WRITE: u8 = 0x02;
    /// Instruction and address.
    const HEADER: usize = 24;

    /// A memory with this content.
    pub const fn new(cells: S) -> Self {
        Self {
            cells,
            count: 0,
            heard: 0,
            instruction: 0,
            address: 0,
        }
    }

    /// The content.
    pub fn cells(&self) -> &[u32] {
        &self.cells
    }

    fn select(&mut self) {
        self.count = 0;
        self.heard = 0;
    }

    /// What it says in this bit, before it knows the bit that it hears.
    fn says(&self) -> bool {
        if self.count < Self::HEADER || self.instruction != Self::READ {
            return false;
        }
        let cell = self.cells.get(self.address).copied().unwrap_or(0);
        let bit = 7 - self.count % 8;
        (cell >> bit) & 1 == 1
    }

    fn exchange(&mut self, heard: bool) -> bool {
        let said = self.says();
        self.heard = (self.heard << 1) | u32::from(heard);
        self.count += 1;
        if self.count % 8 == 0 {
            self.byte_heard();
        }
        said
    }

    fn byte_heard(&mut self) {
        match self.count {
            8 => self.instruction = bits::byte(self.heard),
            16 => {}
            Self::HEADER => self.address = self.wrapped(bits::half(self.heard).into()),
            _ => self.data_heard(),
        }
    }

    fn data_heard(&mut self) {
        if self.instruction == Self::WRITE {
            if let Some(cell) = self.cells.get_mut(self.address) {
                *cell = u32::from(bits::byte(self.heard));
            }
        }
        self.address = self.wrapped(self.address + 1);
    }

    fn wrapped(&self, address: usize) -> usize {
        address.checked_rem(self.cells.len()).unwrap_or(0)
    }
}

/// A converter that gives the next sample each time it is selected, the most significant bit
/// first, and zeros after it.
#[derive(Clone, Copy, Debug)]
pub struct Adc {
    sample: u32,
    step: u32,
    bits: u8,
    sent: u8,
}

impl Adc {
    /// The first sample will be `sample`, and each later one more by `step`, in `bits` bits.
    pub const fn new(sample: u32, step: u32, bits: u8) -> Self {
        Self {
            sample: sample.wrapping_sub(step),
            step,
            bits,
            sent: 0,
        }
    }

    fn select(&mut self) {
        self.sample = self.sample.wrapping_add(self.step);
        self.sent = 0;
    }

    fn next(&mut self) -> bool {
        if self.sent >= self.bits {
            return false;
        }
        self.sent += 1;
        bits::down(self.sample, u32::from(self.bits - self.sent)) & 1 == 1
    }
}
