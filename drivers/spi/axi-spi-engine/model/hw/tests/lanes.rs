// SPDX-License-Identifier: GPL-2.0

//! Several lanes: section 8 of what was measured.

use super::bench::*;
use crate::hw::*;

fn four_lanes() -> Params {
    Params {
        lanes: 4,
        ..default_of(Version::V2_00)
    }
}

fn sdo_of(bench: &Bench) -> Vec<[u32; 4]> {
    let first_four = |word: &Word| [word.sdo[0], word.sdo[1], word.sdo[2], word.sdo[3]];
    bench.words().iter().map(first_four).collect()
}

#[test]
fn words_go_to_the_active_lanes_in_ascending_order() {
    let mut bench = looped(four_lanes());
    bench.commands(&[bits(8), sdo_mask(0b1010), sdi_mask(0b1010), cs(0xfe)]);
    bench.commands(&[transfer(READ | WRITE, 2), cs(0xff), sync(1)]);
    bench.send(&[1, 2, 3, 4]);
    bench.wait(10 * US);
    assert_eq!(sdo_of(&bench), [[0, 1, 0, 2], [0, 3, 0, 4]]);
    assert_eq!(bench.receive(4), [1, 2, 0x103, 0x204]);
}

#[test]
fn after_a_reset_all_lanes_send_and_the_first_is_kept() {
    let mut bench = looped(four_lanes());
    bench.commands(&[bits(8), cs(0xfe), transfer(READ | WRITE, 1), sync(1)]);
    bench.send(&[1, 2, 3, 4]);
    bench.wait(10 * US);
    assert_eq!(sdo_of(&bench), [[1, 2, 3, 4]]);
    assert_eq!(bench.read(SDI_LEVEL), 1);
    assert_eq!(bench.receive(2), [1, 0xdead_dead]);
}

#[test]
fn lanes_that_do_not_send_rest() {
    let mut bench = looped(four_lanes());
    bench.commands(&[bits(8), mode(8), sdo_mask(1), cs(0xfe), transfer(WRITE, 1)]);
    bench.send(&[7]);
    bench.wait(10 * US);
    assert_eq!(sdo_of(&bench), [[7, 0xff, 0xff, 0xff]]);
}

#[test]
fn another_mask_scrambles_prefetched_words_and_leaves_one_behind() {
    let mut bench = looped(four_lanes());
    bench.send(&[1, 2, 3, 4, 5]);
    bench.at_once(&[bits(8), sdo_mask(1), cs(0xfe), transfer(WRITE, 1)]);
    bench.at_once(&[sdo_mask(3), transfer(WRITE, 2), sync(1)]);
    bench.wait(10 * US);
    assert_eq!(sdo_of(&bench), [[1, 0, 0, 0], [2, 0, 0, 0], [3, 4, 0, 0]]);
    assert_eq!(bench.read(SYNC_ID), 1);

    bench.commands(&[sdo_mask(1), transfer(WRITE, 1)]);
    bench.wait(10 * US);
    assert_eq!(sdo_of(&bench)[3][0], 5);
}

#[test]
fn the_level_counts_lanes_that_are_not_kept() {
    for (mask, kept, level) in [(0b1, 1, 1), (0b10, 1, 4), (0b11, 2, 4), (0b1111, 4, 4)] {
        let mut bench = looped(four_lanes());
        bench.commands(&[bits(8), sdi_mask(mask), cs(0xfe), transfer(READ, 1)]);
        bench.wait(10 * US);
        assert_eq!(bench.read(SDI_LEVEL), level, "mask {mask:#x}");
        bench.access = US;
        assert!(bench.receive(kept).iter().all(|word| *word != 0xdead_dead));
        assert_eq!(bench.receive(1), [0xdead_dead]);
        assert_eq!(bench.read(SDI_LEVEL), level - kept as u32);
    }
}

#[test]
fn registers_give_the_first_lane_before_2_00() {
    let mut bench = bench(Params {
        lanes: 2,
        ..default_of(Version::V1_05)
    });
    for (lane, word) in [(0b01, 0x11), (0b10, 0x22)] {
        bench.attach(Socket {
            lanes: lane,
            ..Socket::new(Chip::Script(Script::new(vec![word])))
        });
    }
    bench.commands(&[bits(8), cs(0xfe), transfer(READ, 1)]);
    bench.wait(10 * US);
    assert_eq!(bench.read(SDI_LEVEL), 1);
    assert_eq!(bench.receive(1), [0x11]);
    assert_eq!(bench.read(0x0ec), 0);
}
