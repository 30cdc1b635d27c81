// SPDX-License-Identifier: GPL-2.0

//! Interrupts: section 5 of what was measured.

use super::bench::*;
use crate::hw::*;

const SDI_FULL: u32 = 4;
const SYNC: u32 = 8;

#[test]
fn an_idle_engine_has_two_sources() {
    let mut bench = bench(default_of(Version::V2_00));
    assert_eq!(bench.read(SOURCE), 3);
    assert_eq!(bench.read(PENDING), 0, "masked");
    assert!(!bench.engine.irq());

    bench.write(MASK, 1);
    assert_eq!(bench.read(PENDING), 1);
    assert!(bench.engine.irq());
    bench.write(PENDING, 1);
    assert_eq!(bench.read(PENDING), 1, "a level can't be acknowledged");
}

#[test]
fn a_sync_is_latched_though_masked_and_the_last_id_wins() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.commands(&(1..=10).map(sync).collect::<Vec<_>>());
    bench.wait(10 * US);
    assert!(!bench.engine.irq());
    assert_eq!(bench.read(SYNC_ID), 10);

    bench.write(MASK, SYNC);
    assert!(bench.engine.irq(), "at once");
    bench.write(PENDING, SYNC);
    assert!(!bench.engine.irq(), "one for all ten");
    bench.commands(&[sync(3)]);
    bench.wait(US);
    assert_eq!(bench.read(PENDING), SYNC);
}

/// From when to when, after a word's end, the source is on.
fn pulse(params: Params) -> Vec<(Picoseconds, bool)> {
    let mut bench = looped(params);
    bench.commands(&[bits(8), cs(0xfe), transfer(READ, 1)]);
    bench.wait(150 * NS);
    let mut changes = Vec::new();
    let mut was = false;
    for step in 0..100 {
        let is = bench.engine.read(SOURCE) & SDI_FULL != 0;
        if is != was {
            changes.push((step * 10 * NS, is));
            was = is;
        }
        bench.wait(10 * NS);
    }
    changes
}

#[test]
fn one_word_gives_a_pulse_with_two_clocks_and_a_level_with_one() {
    for version in [Version::V1_05, Version::V2_00] {
        let changes = pulse(default_of(version));
        let [(on, true), (off, false)] = changes[..] else {
            panic!("{changes:?}");
        };
        assert_eq!(off - on, 80 * NS);

        let changes = pulse(Params {
            asynchronous: false,
            ..default_of(version)
        });
        assert!(matches!(changes[..], [(_, true)]), "{changes:?}");
    }
}

/// With how many words the source stays on.
fn words_until_full(params: Params) -> usize {
    let mut bench = looped(params);
    bench.commands(&[bits(8), cs(0xfe)]);
    (1..=60)
        .find(|_| {
            bench.commands(&[transfer(READ, 1)]);
            bench.wait(10 * US);
            bench.read(SOURCE) & SDI_FULL != 0
        })
        .expect("full")
}

#[test]
fn sdi_is_almost_full_from_a_number_that_depends_on_the_width() {
    for (asynchronous, sdi_width, words) in [
        (true, 4, 2),
        (true, 5, 2),
        (false, 5, 1),
        (true, 6, 34),
        (false, 6, 33),
    ] {
        let params = Params {
            asynchronous,
            sdi_width,
            ..default_of(Version::V2_00)
        };
        assert_eq!(words_until_full(params), words, "width {sdi_width}");
    }
}

#[test]
fn the_next_event_is_when_the_line_changes() {
    for (mask, words) in [(SYNC, 0), (SDI_FULL, 2)] {
        let mut bench = looped(default_of(Version::V1_05));
        bench.write(MASK, mask);
        assert_eq!(bench.engine.next_event(), None, "idle");

        bench.at_once(&[bits(8), cs(0xfe), transfer(READ, words.max(1)), sync(1)]);
        let mut events = 0;
        while !bench.engine.irq() {
            let at = bench.engine.next_event().expect("something to come");
            assert!(at > bench.engine.now());
            bench.engine.advance(at);
            events += 1;
            assert!(events < 30);
        }
    }
}

#[test]
fn nothing_comes_of_an_engine_that_waits() {
    let mut bench = looped(default_of(Version::V1_05));
    bench.write(MASK, SYNC);
    bench.commands(&[bits(8), cs(0xfe), transfer(WRITE, 1), sync(1)]);
    bench.wait(10 * US);
    assert_eq!(bench.engine.next_event(), None, "no SDO word");
    bench.send(&[1]);
    assert!(bench.engine.next_event().is_some());
}

#[test]
fn a_forgotten_sync_is_gone() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.commands(&[sync(1)]);
    bench.wait(US);
    bench.engine.forget_sync();
    bench.write(MASK, SYNC);
    assert!(!bench.engine.irq());
    assert_eq!(bench.read(SYNC_ID), 1);
}

#[test]
fn words_of_a_transfer_are_events_if_they_can_interrupt() {
    for (mask, late) in [(SDI_FULL, false), (SYNC, true)] {
        let mut bench = looped(default_of(Version::V1_05));
        bench.at_once(&[bits(8), cs(0xfe), transfer(READ, 100), sync(1)]);
        bench.wait(US);
        bench.engine.write(MASK, mask);
        let next = bench.engine.next_event().expect("something to come");
        assert_eq!(next > bench.engine.now() + 10 * US, late, "{next}");
    }
}
