// SPDX-License-Identifier: GPL-2.0

//! The lanes that a message selects are those of its device, and nothing of what is on the stack.

use super::{
    c_twin,
    same_programs::{
        Case,
        SINGLE,
        STRIPE, //
    },
    usual::{
        clock,
        V2, //
    }, //
};
use kernel::{
    prelude::*,
    spi::Modes, //
};

const LANES: u8 = 8;

/// Instructions that select the lanes of words that come in, and of those that are sent.
const SELECT: [u16; 2] = [0x2300, 0x2400];

/// A message that uses one lane, then the first `used` ones, then one again.
fn message(used: u8) -> Result<Case> {
    let clock = clock()?;
    let mut transfers = KVec::new();

    for (len, lane_mode) in [(1, SINGLE), (used.into(), STRIPE), (1, SINGLE)] {
        let transfer = c_twin::Transfer {
            len,
            speed_hz: clock.max_hz(),
            bits_per_word: 8,
            lane_mode,
            reads: true,
            ..c_twin::Transfer::default()
        };
        transfers.push(transfer, GFP_KERNEL)?;
    }
    Ok(Case {
        version: V2,
        width: 32,
        lanes: LANES,
        clock,
        modes: Modes::default(),
        device: c_twin::Device {
            mode: 0,
            max_speed_hz: clock.max_hz(),
            chip_select: 0,
            num_rx_lanes: used,
            num_tx_lanes: used,
            lanes: [0, 1, 2, 3, 4, 5, 6, 7],
        },
        transfers,
    })
}

/// The lanes that the instructions of a program select, as bits.
fn selected(words: &[u16]) -> Result<KVec<u16>> {
    let mut masks = KVec::new();

    for word in words {
        if SELECT.contains(&(word & 0xff00)) {
            masks.push(word & 0xff, GFP_KERNEL)?;
        }
    }
    Ok(masks)
}

#[kernel::macros::kunit_tests(axi_spi_engine_lane_masks)]
mod suite {
    use super::*;

    #[test]
    fn c8_lanes_are_those_of_the_device() -> Result {
        for used in 2..LANES {
            let message = message(used)?;
            let all = u16::from(u8::MAX >> (LANES - used));
            let ours = message.compile(&message.compiling())?;

            assert_eq!(*selected(&ours)?, [1, 1, all, all, 1, 1]);
        }
        Ok(())
    }

    /// `c_twin.c` is compiled so that variables without a value have one that can be told.
    #[test]
    fn c8_lanes_come_from_the_stack_in_c() -> Result {
        for used in 2..LANES {
            let message = message(used)?;
            let all = u16::from(u8::MAX >> (LANES - used));
            let mut words = [0; 64];
            let c = c_twin::compile(&message.device, &message.transfers, &mut words)?;
            let masks = selected(c)?;

            // One lane is selected before the first message.
            assert_eq!(masks.len(), 4);
            for mask in &masks[..2] {
                assert_eq!(mask & all, all);
                assert_ne!(*mask, all);
            }
            assert_eq!(masks[2..], [1, 1]);
        }
        Ok(())
    }
}
