// SPDX-License-Identifier: GPL-2.0

//! Times on the pins: section 7 of what was measured.

use super::bench::*;
use crate::hw::*;

/// How long `commands` take, in cycles of 10 ns, between two changes of a chip select.
fn cycles_between(version: Version, commands: &[u16]) -> u64 {
    let mut bench = bench(default_of(version));
    let mut all = vec![cs(0xfe)];
    all.extend(commands);
    all.push(cs(0xff));
    bench.at_once(&all);
    bench.wait(1000 * US);
    let [(first, 0), (second, 1)] = bench.selects()[..] else {
        panic!("{version}: {:?}", bench.selects());
    };
    (second - first) / (10 * NS)
}

/// What one more of `command` costs.
fn cost(version: Version, command: u16) -> u64 {
    cycles_between(version, &[command, command]) - cycles_between(version, &[command])
}

#[test]
fn instructions_cost_what_was_measured() {
    for version in Version::ALL {
        assert_eq!(
            cost(version, invert(0)),
            if version < Version::V1_02 { 65 } else { 1 },
            "{version}"
        );
        assert_eq!(cost(version, mode(1)), 1, "{version}");
        assert_eq!(
            cost(version, sync(1)),
            if version < Version::V1_05 { 3 } else { 2 },
            "{version}"
        );
        let sleep_4 = match version {
            Version::V1_00Release2022 => 18,
            Version::V1_00 | Version::V1_01 | Version::V1_02 => 10,
            _ => 12,
        };
        assert_eq!(cost(version, sleep(4)), sleep_4, "{version}");
    }
}

#[test]
fn chip_selects_back_to_back_are_two_cycles_apart() {
    for version in Version::ALL {
        let mut bench = bench(default_of(version));
        bench.at_once(&[cs(0xfe), cs(0xff), cs(0xfe)]);
        bench.wait(US);
        let at: Vec<_> = bench.selects().iter().map(|(at, _)| *at).collect();
        assert_eq!([at[1] - at[0], at[2] - at[1]], [20 * NS; 2], "{version}");
    }
}

#[test]
fn sclk_is_the_clock_over_twice_the_divider() {
    for value in [0, 1, 2, 3, 9, 255] {
        let mut bench = looped(default_of(Version::V2_00));
        bench.commands(&[bits(8), divider(value), cs(0xfe)]);
        bench.send(&[1, 2, 3]);
        bench.commands(&[transfer(WRITE, 3)]);
        bench.wait(1000 * US);

        let words = bench.words();
        for word in &words {
            assert_eq!((word.end - word.start) / 8, u64::from(value + 1) * 20 * NS);
        }
        assert_eq!(
            [words[1].start, words[2].start],
            [words[0].end, words[1].end],
            "contiguous"
        );
    }
}

#[test]
fn a_word_begins_soon_after_the_chip_select_and_it_ends_soon_after_the_word() {
    let mut bench = looped(default_of(Version::V1_05));
    bench.send(&[1]);
    bench.at_once(&[bits(8), cs(0xfe), transfer(WRITE, 1), cs(0xff)]);
    bench.wait(10 * US);
    let selects = bench.selects();
    let word = bench.words()[0];
    assert!((20 * NS..=30 * NS).contains(&(word.start - selects[0].0)));
    assert_eq!(selects[1].0 - word.end, 10 * NS);
}

#[test]
fn sdo_is_driven_with_data_only_by_a_writing_transfer() {
    for (version, idle) in [
        (Version::V1_02, 0xff),
        (Version::V1_03, 0),
        (Version::V2_00, 0),
    ] {
        let mut bench = looped(default_of(version));
        bench.commands(&[
            bits(8),
            mode(0),
            cs(0xfe),
            transfer(READ, 1),
            mode(8),
            transfer(READ, 1),
        ]);
        bench.wait(10 * US);
        assert_eq!(bench.sent(), [idle, 0xff], "{version}");
        assert!(bench
            .words()
            .iter()
            .all(|word| !word.written && word.lanes == 0));
    }
}

#[test]
fn a_transfer_without_a_direction_clocks_and_stores_nothing() {
    let mut bench = looped(default_of(Version::V2_00));
    bench.commands(&[bits(8), cs(0xfe), transfer(0, 4), sync(1)]);
    bench.wait(10 * US);
    assert_eq!(bench.words().len(), 4);
    assert_eq!([bench.read(SDI_LEVEL), bench.read(SYNC_ID)], [0, 1]);
}

#[test]
fn another_polarity_is_an_edge_for_who_is_selected() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.commands(&[cs(0xfe), mode(3), mode(2), mode(1)]);
    bench.wait(US);
    let edges = bench
        .engine
        .wire()
        .log()
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::ClockRests(_, high) => Some(*high),
            _ => None,
        });
    assert_eq!(edges.collect::<Vec<_>>(), [true, false]);
}
