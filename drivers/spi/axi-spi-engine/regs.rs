// SPDX-License-Identifier: GPL-2.0

//! The registers of the engine.
//!
//! All have 32 bits. The instance of the offload has its own, from 0x100 on.

use kernel::io::register;

/// How much of the address space the registers take: up to `CFG_INFO_3` at 0x20c.
pub(crate) const SIZE: usize = 0x210;

/// What [`SDI_FIFO`] gives if there is no word. A word of 32 bits may be the same.
pub(crate) const NO_WORD: u32 = 0xdead_dead;

register! {
    /// The version of the engine.
    pub(crate) VERSION(u32) @ 0x00 {
        31:16   major => u16;
        15:8    minor => u8;
        7:0     patch => u8;
    }

    /// What the engine was synthesized with.
    pub(crate) DATA_WIDTH(u32) @ 0x0c {
        /// The number of data lanes; from version 2.00 on for both directions.
        23:16   lanes => u8;
        /// The length of the longest word, in bits.
        15:0    width => u16;
    }

    /// The sizes of the memories of the offload; 0 before version 1.01.
    pub(crate) OFFLOAD_MEM_ADDR_WIDTH(u32) @ 0x10 {
        /// The binary logarithm of the number of words to be sent that fit.
        15:8    words => u8;
        /// The binary logarithm of the number of instructions that fit.
        7:0     instructions => u8;
    }

    /// The sizes of the FIFOs; 0 before version 1.01.
    pub(crate) FIFO_ADDR_WIDTH(u32) @ 0x14 {
        /// The binary logarithm of the number of words that fit into the receive FIFO.
        31:24   sdi => u8;
        /// The same for the FIFO of reports, and for the way to the memories of the offload.
        15:8    sync => u8;
    }

    /// The reset of all but the memories of the offload.
    pub(crate) RESET(u32) @ 0x40 {
        0:0     asserted => bool;
    }

    /// Which sources may interrupt. Can't be written during reset, which clears it.
    pub(crate) INT_ENABLE(u32) @ 0x80 {
        3:3     sync => bool;
        1:1     sdo_almost_empty => bool;
        0:0     cmd_almost_empty => bool;
    }

    /// Which sources interrupt. `sync` and `offload_sync` stay set until 1 is written, the others
    /// are levels.
    pub(crate) INT_PENDING(u32) @ 0x84 {
        4:4     offload_sync => bool;
        3:3     sync => bool;
        1:1     sdo_almost_empty => bool;
        0:0     cmd_almost_empty => bool;
    }

    /// The id of the last `SYNC` instruction that was executed; 0 after a reset.
    pub(crate) SYNC_ID(u32) @ 0xc0 {
        7:0     id => u8;
    }

    /// How many instructions may be written; never more than there is room for.
    pub(crate) CMD_FIFO_ROOM(u32) @ 0xd0 {
        15:0    room => u16;
    }

    /// How many words to be sent may be written; never more than there is room for.
    pub(crate) SDO_FIFO_ROOM(u32) @ 0xd4 {
        15:0    room => u16;
    }

    /// How many words came in. Before version 2.00 it is 0 only if there is none, but may be one
    /// too high; from then on it may be wrong in all ways (R2, R5, R6, R7).
    pub(crate) SDI_FIFO_LEVEL(u32) @ 0xd8 {
        15:0    level => u16;
    }

    /// Takes instructions; drops what does not fit.
    pub(crate) CMD_FIFO(u32) @ 0xe0 {
        15:0    instruction => u16;
    }

    /// Takes words to be sent, aligned to the right; drops what does not fit.
    pub(crate) SDO_FIFO(u32) @ 0xe4 {
        31:0    word => u32;
    }

    /// Gives the words that came in. Bits above the length of a word are left over from others.
    ///
    /// If there is none, the last one comes again, or [`NO_WORD`] from version 2.00 on.
    pub(crate) SDI_FIFO(u32) @ 0xe8 {
        31:0    word => u32;
    }

    /// Lets the trigger start the program of the offload.
    pub(crate) OFFLOAD_ENABLE(u32) @ 0x100 {
        0:0     enabled => bool;
    }

    /// Whether the offload is enabled or its program is running.
    pub(crate) OFFLOAD_STATUS(u32) @ 0x104 {
        0:0     is_on => bool;
    }

    /// Holds the memories of the offload empty, as long as it is set.
    pub(crate) OFFLOAD_MEM_RESET(u32) @ 0x108 {
        0:0     asserted => bool;
    }

    /// Adds an instruction to the program of the offload.
    pub(crate) OFFLOAD_CMD_FIFO(u32) @ 0x110 {
        15:0    instruction => u16;
    }

    /// Adds a word that the program of the offload sends.
    pub(crate) OFFLOAD_SDO_FIFO(u32) @ 0x114 {
        31:0    word => u32;
    }
}
