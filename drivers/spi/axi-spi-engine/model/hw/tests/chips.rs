// SPDX-License-Identifier: GPL-2.0

//! What is connected to the pins.

use super::bench::*;
use crate::hw::*;

fn two_pins() -> Params {
    Params {
        chip_selects: 2,
        lanes: 2,
        ..default_of(Version::V2_00)
    }
}

#[test]
fn a_memory_keeps_what_is_written() {
    for length in [8, 24] {
        let mut bench = bench(default_of(Version::V1_05));
        bench.attach(Socket::new(Chip::Memory(Memory::new(vec![0; 64]))));
        let exchange = |bench: &mut Bench, bytes: &[u8]| -> Vec<u32> {
            let per_word = usize::from(length / 8);
            let words = bytes.chunks(per_word).map(|chunk| {
                chunk
                    .iter()
                    .fold(0, |word, byte| word << 8 | u32::from(*byte))
            });
            let words: Vec<u32> = words.collect();
            let count = words.len();
            bench.commands(&[
                bits(length),
                cs(0xfe),
                transfer(READ | WRITE, count as u16),
                cs(0xff),
            ]);
            bench.send(&words);
            bench.wait(100 * US);
            let mask = u32::MAX >> (32 - length);
            bench
                .receive(count)
                .iter()
                .map(|word| word & mask)
                .collect()
        };
        exchange(&mut bench, &[0x02, 0, 62, 0xa1, 0xa2, 0xa3]);
        let read = exchange(&mut bench, &[0x03, 0, 62, 0, 0, 0]);
        let data: &[u32] = if length == 8 {
            &[0xa1, 0xa2, 0xa3]
        } else {
            &[0xa1a2a3]
        };
        assert_eq!(&read[read.len() - data.len()..], data);

        let socket = bench.engine.wire().sockets().next().expect("a chip");
        let Chip::Memory(memory) = &socket.chip else {
            panic!("{socket:?}");
        };
        assert_eq!(memory.cells()[62..], [0xa1, 0xa2]);
        assert_eq!(memory.cells()[0], 0xa3, "wrapped");
    }
}

#[test]
fn a_converter_has_a_new_sample_for_each_selection() {
    let mut bench = bench(default_of(Version::V1_05));
    bench.attach(Socket::new(Chip::Adc(Adc::new(0x1234, 0x10, 16))));
    for sample in [0x1234, 0x1244] {
        bench.commands(&[bits(24), cs(0xfe), transfer(READ, 1), cs(0xff)]);
        bench.wait(10 * US);
        assert_eq!(bench.receive(1), [sample << 8], "zeros follow");
    }
}

#[test]
fn only_who_is_selected_answers() {
    let mut bench = bench(two_pins());
    for (chip_select, active_high, answer) in [(0, false, 0x10), (1, true, 0x20)] {
        bench.attach(Socket {
            chip_select,
            active_high,
            ..Socket::new(Chip::Script(Script::new(vec![answer; 10])))
        });
    }
    let answer = |bench: &mut Bench, pattern| {
        bench.commands(&[bits(8), invert(2), cs(pattern), transfer(READ, 1), cs(0xff)]);
        bench.wait(10 * US);
        bench.receive(1)[0] & 0xff
    };
    assert_eq!(answer(&mut bench, 0xfe), 0x10);
    assert_eq!(answer(&mut bench, 0xfd), 0x20);
    assert_eq!(answer(&mut bench, 0xff), 0xff, "nobody");
}

#[test]
fn a_chip_per_lane_answers_on_it() {
    let mut bench = bench(two_pins());
    for (lanes, answer) in [(0b01, 0x10), (0b10, 0x20)] {
        bench.attach(Socket {
            lanes,
            ..Socket::new(Chip::Script(Script::new(vec![answer])))
        });
    }
    bench.commands(&[bits(8), sdi_mask(3), cs(0xfe), transfer(READ, 1)]);
    bench.wait(10 * US);
    assert_eq!(bench.receive(2), [0x10, 0x20]);
}

#[test]
fn a_chip_of_another_mode_hears_and_says_something_else() {
    for (clock_mode, received) in [(0, 0x20), (1, 0x82)] {
        let mut bench = bench(default_of(Version::V2_00));
        bench.attach(Socket {
            mode: Some(1),
            ..Socket::new(Chip::Loopback)
        });
        bench.commands(&[
            bits(8),
            mode(clock_mode),
            cs(0xfe),
            transfer(READ | WRITE, 1),
        ]);
        bench.send(&[0x82]);
        bench.wait(10 * US);
        assert_eq!(bench.receive(1), [received]);
    }
}

#[test]
fn a_full_log_counts_what_it_loses() {
    let mut engine = Engine::new(
        default_of(Version::V2_00),
        Bus::<_, Vec<u32>>::new(vec![Event::default(); 2]),
    )
    .unwrap();
    engine.write(ENABLE, 0);
    for pattern in [0xfe, 0xff] {
        engine.write(CMD, cs(pattern).into());
    }
    engine.advance(10 * US);
    let log = engine.wire_mut().log_mut();
    assert_eq!((log.events().len(), log.lost()), (2, 2));
    log.clear();
    assert_eq!((log.events().len(), log.lost()), (0, 0));
}

#[test]
fn there_are_eight_places_for_chips() {
    let mut bench = bench(default_of(Version::V2_00));
    (0..8).for_each(|_| bench.attach(Socket::new(Chip::Loopback)));
    assert!(bench
        .engine
        .wire_mut()
        .attach(Socket::new(Chip::Loopback))
        .is_err());
    bench.engine.wire_mut().detach_all();
    assert_eq!(bench.engine.wire().sockets().count(), 0);
}

#[test]
fn queued_commands_are_in_the_log() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.commands(&[sync(1), cs(0xff)]);
    let commands: Vec<u16> = bench.engine.wire().log().commands().collect();
    assert_eq!(commands, [sync(1), cs(0xff)]);
}

#[test]
fn another_chip_select_is_nothing_to_who_is_selected() {
    let mut bench = bench(two_pins());
    bench.attach(Socket::new(Chip::Adc(Adc::new(0x11, 0x11, 8))));
    bench.commands(&[bits(8), cs(0xfe), cs(0xfc), transfer(READ, 1)]);
    bench.wait(10 * US);
    assert_eq!(bench.receive(1), [0x11]);
}
