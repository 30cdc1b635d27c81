// SPDX-License-Identifier: GPL-2.0

//! What the engine does on its pins.

use super::{
    Picoseconds,
    MAX_LANES, //
};

/// A word on each lane.
pub type Lanes = [u32; MAX_LANES];

/// A word time on the SPI pins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// When its first bit began.
    pub start: Picoseconds,
    /// When its last bit ended.
    pub end: Picoseconds,
    /// The levels of the chip select pins.
    pub pins: u8,
    /// The mode: bit 0 CPHA, bit 1 CPOL, bit 2 three wires, bit 3 SDO's idle level.
    pub mode: u8,
    /// How many bits it had.
    pub bits: u8,
    /// SCLK was the engine's clock, divided by twice this.
    pub divider: u16,
    /// SDO was driven with data, and else with its idle level.
    pub written: bool,
    /// SDI was stored.
    pub read: bool,
    /// The lanes on which SDO was driven with data.
    pub lanes: u8,
    /// What was on SDO, in the low `bits` bits.
    pub sdo: Lanes,
    /// What was on SDI, in the low `bits` bits.
    pub sdi: Lanes,
}

/// What is connected to the pins.
pub trait Wire {
    /// The chip select pins have these levels from now on.
    fn select(&mut self, at: Picoseconds, pins: u8);

    /// SCLK rests at another level from now on, an edge for whoever is selected.
    fn clock_rests(&mut self, at: Picoseconds, high: bool);

    /// A word has been clocked; gives what was on the SDI lanes. `word.sdi` is not set yet.
    fn word(&mut self, word: &Word) -> Lanes;

    /// A reset ended a word before its end.
    fn cut(&mut self, at: Picoseconds);

    /// SCLK runs, and no instruction but a reset will stop it.
    fn runs_away(&mut self, at: Picoseconds);

    /// The offload's SDI stream gave a word.
    fn streamed(&mut self, at: Picoseconds, sdi: &Lanes);

    /// The driver wrote a command into the register side's FIFO, and there was room.
    fn command(&mut self, at: Picoseconds, command: u16);
}
