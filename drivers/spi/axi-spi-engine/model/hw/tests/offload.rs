// SPDX-License-Identifier: GPL-2.0

//! The offload: sections 9 and 10 of what was measured.

use super::bench::*;
use crate::hw::*;

fn loaded(params: Params, program: &[u16], words: &[u32]) -> Bench {
    let mut bench = looped(params);
    for word in words {
        bench.write(OFFLOAD_SDO, *word);
    }
    for command in program {
        bench.write(OFFLOAD_CMD, (*command).into());
    }
    bench.commands(&[bits(8), sync(0)]);
    bench.wait(10 * US);
    bench.write(OFFLOAD_EN, 1);
    bench
}

impl Bench {
    fn trigger(&mut self) {
        self.engine.set_trigger(true);
        self.engine.set_trigger(false);
    }

    fn streamed(&self) -> Vec<u32> {
        let events = self.engine.wire().log().events();
        events
            .iter()
            .filter_map(|event| match event {
                Event::Streamed(_, sdi) => Some(sdi[0] & 0xff),
                _ => None,
            })
            .collect()
    }
}

fn message() -> [u16; 4] {
    [cs(0xfe), transfer(READ | WRITE, 2), cs(0xff), sync(0)]
}

#[test]
fn each_trigger_replays_program_and_memory() {
    for version in Version::ALL {
        let mut bench = loaded(default_of(version), &message(), &[0x11, 0x22]);
        for id in 0..3 {
            bench.trigger();
            bench.wait(10 * US);
            assert_eq!(bench.read(OFFLOAD_SYNC_ID), id, "{version}");
        }
        assert_eq!(
            bench.sent(),
            [0x11, 0x22, 0x11, 0x22, 0x11, 0x22],
            "{version}"
        );
        assert_eq!(bench.streamed(), bench.sent(), "{version}");
        assert_eq!(bench.read(SYNC_ID), 0);
        assert_eq!(bench.read(SOURCE) & 0x10, 0x10);
        assert_eq!(bench.read(OFFLOAD_STATUS), 1);
        bench.write(OFFLOAD_EN, 0);
        assert_eq!(bench.read(OFFLOAD_STATUS), 0);
    }
}

#[test]
fn a_trigger_while_active_is_lost() {
    let mut bench = loaded(default_of(Version::V1_05), &message(), &[1, 2]);
    (0..3).for_each(|_| bench.trigger());
    bench.wait(10 * US);
    assert_eq!(bench.words().len(), 2);
}

/// The capture's `axi_spi_engine_capture.each_edge_gives_a_sample_if_there_is_time` relies on the
/// same 20 cycles, but has timers that are late.
#[test]
fn triggers_as_fast_as_the_program_ends_lose_nothing() {
    for version in Version::ALL {
        let runs = |cycles: u64| {
            let mut bench = loaded(default_of(version), &message(), &[1, 2]);
            for _ in 0..20 {
                bench.trigger();
                bench.wait(cycles * 10 * NS);
            }
            bench.wait(10 * US);
            bench.words().len() / 2
        };
        // Two words of 8 bits at half the clock, and at most 20 cycles for all else.
        let shortest = (32..=32 + 20).find(|&cycles| runs(cycles) == 20);

        let shortest = shortest.unwrap_or_else(|| panic!("{version}: triggers are lost"));
        assert_eq!(runs(shortest - 1), 10, "{version}: each second one is lost");
    }
}

#[test]
fn a_high_trigger_repeats_the_program_only_before_2024() {
    for (version, repeats) in [(Version::V1_00Release2022, true), (Version::V1_00, false)] {
        let mut bench = loaded(default_of(version), &message(), &[1, 2]);
        bench.engine.set_trigger(true);
        bench.wait(10 * US);
        assert_eq!(bench.words().len() > 2, repeats, "{version}");
    }
}

#[test]
fn a_program_of_one_command_runs_away_since_1_05() {
    for (version, chip_selects) in [
        (Version::V1_04, 1),
        (Version::V1_05, 2),
        (Version::V2_00, 2),
    ] {
        let mut bench = loaded(default_of(version), &[sync(3), cs(0xfe)], &[]);
        bench.write(OFFLOAD_RESET, 1);
        bench.wait(US);
        bench.write(OFFLOAD_RESET, 0);
        bench.write(OFFLOAD_CMD, sync(3).into());
        bench.trigger();
        bench.wait(100 * US);
        bench.trigger();
        bench.wait(100 * US);
        assert_eq!(
            bench.read(OFFLOAD_SYNC_ID),
            4,
            "{version}: the second run has one command"
        );
        assert_eq!(
            bench.selects().len() + 1,
            chip_selects,
            "{version}: the old command"
        );
    }
}

#[test]
fn a_full_program_memory_works() {
    let program: Vec<u16> = (0..16).map(|_| sync(0)).collect();
    for version in Version::ALL {
        let mut bench = loaded(default_of(version), &program, &[]);
        bench.trigger();
        bench.wait(100 * US);
        assert_eq!(bench.read(OFFLOAD_SYNC_ID), 15, "{version}");
    }
}

#[test]
fn a_full_sdo_memory_is_empty_since_1_04() {
    let program = [cs(0xfe), transfer(WRITE, 16), cs(0xff), sync(0)];
    for version in Version::ALL {
        let mut bench = loaded(default_of(version), &program, &[5; 16]);
        bench.trigger();
        bench.wait(100 * US);
        let hangs = version >= Version::V1_04;
        assert_eq!(bench.words().len(), if hangs { 0 } else { 16 }, "{version}");
        assert_eq!(
            bench.engine.wire().pins() & 1,
            u8::from(!hangs),
            "{version}"
        );
        if hangs {
            bench.write(OFFLOAD_EN, 0);
            bench.soft_reset();
            assert!(bench.is_alive());
        }
    }
}

#[test]
fn a_stalled_drain_stops_the_engine_and_disabling_discards() {
    let program = [cs(0xfe), transfer(READ, 10), cs(0xff), sync(0)];
    let mut bench = loaded(default_of(Version::V1_05), &program, &[]);
    bench.engine.set_drain(false);
    bench.trigger();
    bench.wait(100 * US);
    assert_eq!(bench.words().len(), 1, "one word waits");
    assert_eq!(bench.streamed(), []);

    bench.write(OFFLOAD_EN, 0);
    bench.wait(100 * US);
    assert_eq!((bench.words().len(), bench.streamed().len()), (10, 0));
    assert_eq!(bench.read(OFFLOAD_STATUS), 0);
}

fn streaming(version: Version) -> Params {
    Params {
        streaming: true,
        ..default_of(version)
    }
}

#[test]
fn a_starved_stream_blocks_registers_until_a_word_or_a_reset() {
    for reset in [false, true] {
        let mut bench = loaded(streaming(Version::V1_05), &message(), &[]);
        assert!(bench.engine.stream(0x77));
        bench.trigger();
        bench.wait(10 * US);
        bench.write(OFFLOAD_EN, 0);
        bench.commands(&[sync(9)]);
        bench.wait(10 * US);
        assert_eq!([bench.read(OFFLOAD_STATUS), bench.read(SYNC_ID)], [1, 0]);

        if reset {
            bench.soft_reset();
        } else {
            assert!(bench.engine.stream(0x78));
            bench.wait(10 * US);
            assert_eq!(bench.sent(), [0x77, 0x78]);
            assert_eq!(bench.read(SYNC_ID), 9);
        }
        assert!(bench.is_alive());
    }
}

#[test]
fn a_prefetched_word_of_the_stream_leaks_into_the_next_message() {
    for version in [
        Version::V1_03,
        Version::V1_04,
        Version::V1_05,
        Version::V2_00,
    ] {
        let mut bench = loaded(streaming(version), &message(), &[]);
        (1..=3).for_each(|word| assert!(bench.engine.stream(word)));
        bench.trigger();
        bench.wait(10 * US);
        bench.write(OFFLOAD_EN, 0);
        bench.commands(&[bits(8), cs(0xfe), transfer(WRITE, 2), cs(0xff), sync(1)]);
        bench.send(&[0xa1, 0xa2]);
        bench.wait(10 * US);
        let leaked = version >= Version::V1_04;
        let second: &[u32] = if leaked { &[3, 0xa1] } else { &[0xa1, 0xa2] };
        assert_eq!(&bench.sent()[2..], second, "{version}");
    }
}

#[test]
fn a_short_memory_reset_is_missed_on_a_slow_clock() {
    for (spi_hz, dwell, missed) in [
        (5_000_000, 60 * NS, true),
        (10_000_000, 60 * NS, false),
        (5_000_000, 600 * NS, false),
    ] {
        let mut bench = bench(Params {
            spi_hz,
            ..default_of(Version::V2_00)
        });
        for command in [cs(0xfe), sync(0)] {
            bench.write(OFFLOAD_CMD, command.into());
        }
        bench.write(OFFLOAD_RESET, 1);
        bench.wait(dwell);
        bench.engine.write(OFFLOAD_RESET, 0);
        bench.write(OFFLOAD_CMD, sync(5).into());
        bench.write(OFFLOAD_CMD, sync(5).into());
        bench.write(OFFLOAD_EN, 1);
        bench.trigger();
        bench.wait(100 * US);
        assert_eq!(bench.selects().len(), usize::from(missed), "{spi_hz} Hz");
    }
}

#[test]
fn a_reset_of_the_memory_holds_its_pointers() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.write(OFFLOAD_RESET, 1);
    bench.write(OFFLOAD_CMD, cs(0xfe).into());
    bench.write(OFFLOAD_RESET, 0);
    bench.write(OFFLOAD_CMD, sync(1).into());
    bench.write(OFFLOAD_CMD, sync(1).into());
    bench.write(OFFLOAD_EN, 1);
    bench.trigger();
    bench.wait(US);
    assert_eq!(bench.selects(), []);
}

#[test]
fn until_1_04_a_side_keeps_the_engine_until_its_sync() {
    let mut bench = loaded(default_of(Version::V1_04), &message(), &[0xe1, 0xe2]);
    bench.commands(&[bits(8), cs(0xfe), transfer(WRITE, 4)]);
    bench.send(&[0xa1, 0xa2]);
    bench.wait(10 * US);
    bench.trigger();
    bench.wait(10 * US);
    assert_eq!(bench.sent(), [0xa1, 0xa2], "the offload waits");

    bench.send(&[0xa3, 0xa4]);
    bench.commands(&[cs(0xff), sync(3)]);
    bench.wait(10 * US);
    assert_eq!(bench.sent(), [0xa1, 0xa2, 0xa3, 0xa4, 0xe1, 0xe2]);
    assert_eq!(bench.read(SYNC_ID), 3);
}

#[test]
fn since_1_05_enabling_takes_the_engine_away() {
    for version in [Version::V1_05, Version::V2_00] {
        let mut bench = looped(default_of(version));
        bench.write(OFFLOAD_SDO, 0xe1);
        for command in message() {
            bench.write(OFFLOAD_CMD, command.into());
        }
        bench.commands(&[bits(8), cs(0xfe), transfer(WRITE, 4), cs(0xff), sync(3)]);
        bench.send(&[0xa1, 0xa2, 0xa3]);
        bench.wait(10 * US);
        bench.write(OFFLOAD_EN, 1);
        bench.trigger();
        bench.send(&[0xa4]);
        bench.wait(10 * US);
        assert_eq!(bench.sent(), [0xa1, 0xa2, 0xa3, 0xe1], "{version}");
        assert_eq!(bench.read(SYNC_ID), 0, "{version}: stuck");
    }
}

#[test]
fn many_writes_overflow_the_way_to_the_memories_on_a_slow_clock() {
    let run = |spi_hz| {
        let mut bench = bench(Params {
            spi_hz,
            program_width: 7,
            ..default_of(Version::V2_00)
        });
        bench.access = 20 * NS;
        (0..100).for_each(|_| bench.write(OFFLOAD_CMD, cs(0xff).into()));
        bench.write(OFFLOAD_CMD, sync(1).into());
        bench.wait(100 * US);
        bench.write(OFFLOAD_EN, 1);
        bench.trigger();
        bench.wait(1000 * US);
        bench.read(OFFLOAD_SYNC_ID)
    };
    assert_eq!(run(100_000_000), 1);
    assert_eq!(run(10_000_000), 0, "the end of the program was lost");
}

#[test]
fn a_collector_gets_as_many_words_as_it_has_room_for() {
    let mut bench = loaded(default_of(Version::V1_05), &message(), &[0x11, 0x22]);
    bench.engine.collect(3);
    for _ in 0..2 {
        bench.trigger();
        bench.wait(10 * US);
    }
    let taken: Vec<u32> = std::iter::from_fn(|| bench.engine.take_streamed())
        .map(|sdi| sdi[0] & 0xff)
        .collect();
    assert_eq!(taken, [0x11, 0x22, 0x11]);

    // The stream has waited, and nothing is lost.
    bench.engine.collect(u64::MAX);
    bench.wait(10 * US);
    assert_eq!(
        bench.engine.take_streamed().map(|sdi| sdi[0] & 0xff),
        Some(0x22)
    );
    assert_eq!(bench.engine.take_streamed(), None);
    assert_eq!(bench.streamed(), bench.sent());
}

#[test]
fn words_that_wait_for_a_collector_need_its_room() {
    let mut bench = loaded(default_of(Version::V1_05), &message(), &[0x11, 0x22]);
    bench.engine.collect(2);
    for _ in 0..2 {
        bench.trigger();
        bench.wait(10 * US);
        bench.engine.collect(2);
    }
    assert_eq!(
        std::iter::from_fn(|| bench.engine.take_streamed()).count(),
        2
    );
}

#[test]
fn each_word_for_a_collector_is_an_event() {
    let mut bench = loaded(default_of(Version::V1_05), &message(), &[0x11, 0x22]);
    bench.write(MASK, 0);
    bench.trigger();
    assert_eq!(bench.engine.next_event(), None);
    bench.engine.collect(u64::MAX);
    let mut came = Vec::new();
    while let Some(at) = bench.engine.next_event() {
        bench.engine.advance(at);
        came.extend(bench.engine.take_streamed().map(|_| at));
    }
    let ends: Vec<Picoseconds> = bench.words().iter().map(|word| word.end).collect();
    assert_eq!(came, ends);
}
