// SPDX-License-Identifier: GPL-2.0

//! FIFOs: section 4 of what was measured.

use super::bench::*;
use crate::hw::*;

fn build(version: Version, asynchronous: bool) -> Params {
    Params {
        asynchronous,
        ..default_of(version)
    }
}

/// An engine that is kept busy for long.
fn busy(params: Params) -> Bench {
    let mut bench = bench(params);
    bench.commands(&[divider(255), sleep(254)]);
    bench.wait(US);
    bench
}

#[test]
fn commands_beyond_the_capacity_are_dropped() {
    for version in Version::ALL {
        for (asynchronous, capacity) in [(false, 15), (true, 16)] {
            let mut bench = busy(build(version, asynchronous));
            for id in 0..24 {
                bench.engine.write(CMD, 0x3000 | id);
            }
            assert_eq!(bench.read(CMD_ROOM), 0);
            bench.wait(100 * 1000 * US);
            assert_eq!(bench.read(SYNC_ID), capacity - 1, "{version}");
        }
    }
}

#[test]
fn room_counts_the_ram_alone() {
    let rooms = |asynchronous| -> Vec<u32> {
        let mut bench = busy(build(Version::V2_00, asynchronous));
        (0..4)
            .map(|_| {
                bench.commands(&[sync(1)]);
                bench.read(CMD_ROOM)
            })
            .collect()
    };
    assert_eq!(rooms(true), [15, 14, 13, 12]);
    assert_eq!(rooms(false), [14, 13, 12, 11]);
}

#[test]
fn room_never_lies_upward() {
    for version in Version::ALL {
        for asynchronous in [false, true] {
            let mut bench = busy(build(version, asynchronous));
            bench.send(&[1; 5]);
            let room = u16::try_from(bench.read(SDO_ROOM)).unwrap();
            bench.send(&vec![2; room.into()]);
            bench.commands(&[divider(0), bits(8), transfer(WRITE, 5 + room), sync(9)]);
            bench.wait(1_000_000 * US);
            assert_eq!(bench.words().len(), usize::from(5 + room), "{version}");
            assert_eq!(bench.read(SYNC_ID), 9);
        }
    }
}

/// How many of many SDO words are accepted by an engine that sends none of them.
fn sdo_capacity(params: Params) -> usize {
    let mut bench = bench(params);
    bench.commands(&[bits(8), divider(255), sleep(200)]);
    bench.send(&[7; 50]);
    bench.commands(&[divider(0), transfer(WRITE, 100)]);
    bench.wait(1_000_000 * US);
    bench.words().len()
}

#[test]
fn sdo_words_beyond_the_capacity_are_dropped() {
    for (version, asynchronous, capacity) in [
        (Version::V1_03, true, 32),
        (Version::V1_05, false, 32),
        (Version::V1_05, true, 33),
        (Version::V2_00, false, 31),
        (Version::V2_00, true, 32),
    ] {
        assert_eq!(
            sdo_capacity(build(version, asynchronous)),
            capacity,
            "{version}"
        );
    }
}

#[test]
fn a_full_sdi_fifo_stops_the_clock_and_loses_nothing() {
    for (version, clocked) in [
        (Version::V1_00, 34),
        (Version::V1_04, 34),
        (Version::V1_05, 33),
        (Version::V2_00, 33),
    ] {
        let mut bench = bench(default_of(version));
        let script = (1..=40).collect();
        bench.attach(Socket::new(Chip::Script(Script::new(script))));
        bench.commands(&[bits(8), cs(0xfe), transfer(READ, 40), sync(1)]);
        bench.wait(1000 * US);
        assert_eq!(bench.words().len(), clocked, "{version}");

        let received: Vec<u32> = (0..40)
            .map(|_| {
                bench.wait(10 * US);
                bench.read(SDI) & 0xff
            })
            .collect();
        assert_eq!(received, (1..=40).collect::<Vec<u32>>(), "{version}");
        assert_eq!(bench.read(SYNC_ID), 1);
    }
}

#[test]
fn the_last_word_waits_for_a_place_since_1_05_and_is_overtaken_before() {
    for (version, words, ends) in [
        (Version::V1_00Release2022, 33, true),
        (Version::V1_04, 32, true),
        (Version::V1_04, 33, true),
        (Version::V1_04, 34, false),
        (Version::V1_05, 32, true),
        (Version::V1_05, 33, false),
        (Version::V2_00, 32, true),
        (Version::V2_00, 33, false),
    ] {
        let mut bench = looped(default_of(version));
        bench.commands(&[bits(8), cs(0xfe), transfer(READ, words), sync(1)]);
        bench.write(MASK, 8);
        bench.wait(1000 * US);
        assert_eq!(bench.words().len(), words.into(), "{version}");
        assert_eq!(
            bench.read(SYNC_ID) == 1,
            ends,
            "{version} with {words} words"
        );

        // A place for one is enough, and the engine does not have to be asked.
        bench.engine.read(SDI);
        assert_eq!(bench.engine.next_event().is_some(), !ends, "{version}");
        bench.wait(US);
        assert_eq!(bench.read(SYNC_ID), 1, "{version}");
    }
}

#[test]
fn upper_bits_hold_what_was_shifted_before() {
    for (data_width, received) in [
        (16, [0xabc, 0xc123, 0x3456]),
        (32, [0xabc, 0xabc123, 0xbc12_3456]),
    ] {
        let mut bench = bench(Params {
            data_width,
            ..default_of(Version::V1_05)
        });
        bench.attach(Socket::new(Chip::Script(Script::new(vec![
            0xabc, 0x123, 0x456, 0xfed,
        ]))));
        bench.commands(&[
            bits(12),
            cs(0xfe),
            transfer(READ, 3),
            cs(0xff),
            cs(0xfe),
            transfer(READ, 1),
        ]);
        bench.wait(100 * US);
        assert_eq!(bench.receive(3), received);
        assert_eq!(bench.receive(1), [0xfed], "cleared by the chip select");
    }
}

/// What the level says with `words` in the FIFO.
fn level(params: Params, words: u16) -> u32 {
    let mut bench = looped(params);
    bench.commands(&[bits(8), cs(0xfe), transfer(READ, words)]);
    bench.wait(1000 * US);
    bench.read(SDI_LEVEL)
}

#[test]
fn level_before_2_00_is_exact_with_two_clocks_and_one_too_many_with_one() {
    for version in [Version::V1_00, Version::V1_05] {
        for words in [1, 2, 31] {
            assert_eq!(level(build(version, true), words), u32::from(words));
            assert_eq!(level(build(version, false), words), u32::from(words) + 1);
        }
        assert_eq!(level(build(version, true), 32), 32);
    }
}

#[test]
fn level_since_2_00_wraps_with_two_clocks() {
    for (asynchronous, words, read) in [
        (true, 31, 31),
        (true, 32, 0),
        (true, 33, 0),
        (false, 31, 31),
        (false, 32, 31),
    ] {
        assert_eq!(
            level(build(Version::V2_00, asynchronous), words),
            read,
            "{words} words"
        );
    }
}

#[test]
fn an_empty_sdi_fifo_gives_a_stale_word_or_none() {
    for (version, empty, stall) in [
        (Version::V1_05, 0x33, 0),
        (Version::V2_00, 0xdead_dead, 160 * NS),
    ] {
        let mut bench = bench(default_of(version));
        bench.attach(Socket::new(Chip::Script(Script::new(vec![0x33]))));
        bench.commands(&[bits(8), cs(0xfe), transfer(READ, 1)]);
        bench.wait(100 * US);
        assert_eq!(bench.read(PEEK), 0x33);
        assert_eq!(bench.read(SDI), 0x33);
        assert_eq!(bench.engine.take_stall(), 0);
        assert_eq!(bench.read(SDI), empty);
        assert_eq!(bench.engine.take_stall(), stall);
        assert_eq!(bench.read(PEEK), 0x33, "stale");
    }
}

#[test]
fn a_bus_that_waits_gets_a_word_that_comes_meanwhile() {
    let mut bench = looped(default_of(Version::V2_00));
    bench.commands(&[bits(8), cs(0xfe)]);
    bench.send(&[0x42]);
    bench.engine.write(CMD, transfer(READ | WRITE, 1).into());
    bench.wait(250 * NS);
    assert_eq!(bench.engine.read(SDI), 0x42);
}
