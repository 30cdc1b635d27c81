// SPDX-License-Identifier: GPL-2.0

//! Faults that a test can switch on, beyond those that a version has.

/// What does not work as it should. By default all does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The execution engine takes no instruction and no word.
    pub stuck: bool,
    /// SDI words are lost before the FIFO.
    pub sdi_lost: bool,
    /// SDO words are lost before the FIFO.
    pub sdo_lost: bool,
    /// Commands are lost before the FIFO.
    pub commands_lost: bool,
    /// A SYNC changes the number, and latches no interrupt.
    pub sync_lost: bool,
}
