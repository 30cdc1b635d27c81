// SPDX-License-Identifier: GPL-2.0

//! Words on the wire: sections 3, 4 and 7 of what was measured.

use super::bench::*;
use crate::hw::*;

#[test]
fn all_lengths_come_back_in_all_builds() {
    for version in Version::ALL {
        for data_width in [8, 16, 24, 32] {
            for length in 2..data_width {
                let params = Params {
                    data_width,
                    ..default_of(version)
                };
                let mut bench = looped(params);
                let mask = u32::MAX >> (32 - length);
                let words = [0x1234_5678, 0x9abc_def0, 0x0fed_cba9].map(|word| word & mask);
                bench.commands(&[
                    bits(length.into()),
                    cs(0xfe),
                    transfer(READ | WRITE, 3),
                    cs(0xff),
                ]);
                bench.send(&words);
                bench.wait(100 * US);
                assert_eq!(bench.sent(), words, "{version} {length}/{data_width}");
                let received: Vec<u32> = bench.receive(3).iter().map(|word| word & mask).collect();
                assert_eq!(received, words, "{version} {length}/{data_width}");
            }
        }
    }
}

/// A word of 8 bits, and then one of 16, with these instructions between them.
fn second_word(version: Version, filler: &[u16]) -> u32 {
    let mut bench = looped(default_of(version));
    bench.send(&[0xa5, 0x1234]);
    let mut commands = vec![bits(8), cs(0xfe), transfer(WRITE, 1), bits(16)];
    commands.extend(filler);
    commands.push(transfer(WRITE, 1));
    bench.at_once(&commands);
    bench.wait(10 * US);
    assert_eq!(bench.sent()[0], 0xa5);
    bench.sent()[1]
}

#[test]
fn a_new_length_comes_too_late_for_a_prefetched_word_on_2_00() {
    for version in Version::ALL {
        let sent = if version == Version::V2_00 {
            0x3400
        } else {
            0x1234
        };
        assert_eq!(second_word(version, &[]), sent, "{version}");
    }
}

#[test]
fn two_fillers_or_a_longer_instruction_repair_it() {
    let second = |filler: &[u16]| second_word(Version::V2_00, filler);
    assert_eq!(second(&[mode(0)]), 0x3400, "one is not enough");
    assert_eq!(second(&[mode(0), mode(0)]), 0x1234);
    assert_eq!(second(&[bits(16), bits(16)]), 0x1234);
    for longer in [sync(1), sleep(0), cs(0xfe)] {
        assert_eq!(second(&[longer]), 0x1234);
    }
}

#[test]
fn a_word_that_was_not_prefetched_needs_no_filler() {
    let mut bench = looped(default_of(Version::V2_00));
    bench.send(&[0xa5]);
    bench.commands(&[bits(8), cs(0xfe), transfer(WRITE, 1)]);
    bench.wait(10 * US);
    bench.at_once(&[bits(16), transfer(WRITE, 1)]);
    bench.wait(US);
    bench.send(&[0x1234]);
    bench.wait(10 * US);
    assert_eq!(bench.sent(), [0xa5, 0x1234]);
}

/// Clocks one word of `length` bits in a core of `data_width`; says whether it ended.
fn ends(params: Params, length: u16, words: u16) -> bool {
    let mut bench = looped(params);
    bench.send(&vec![1; words.into()]);
    bench.commands(&[
        bits(length),
        cs(0xfe),
        transfer(READ | WRITE, words),
        sync(1),
    ]);
    bench.wait(1000 * US);
    let ended = bench.read(SYNC_ID) == 1;
    assert_ne!(ended, bench.ran_away());
    bench.soft_reset();
    assert!(bench.is_alive(), "a reset helps");
    ended
}

#[test]
fn words_without_a_length_or_beyond_the_width_never_end() {
    for version in Version::ALL {
        for data_width in [8, 16] {
            let params = Params {
                data_width,
                ..default_of(version)
            };
            assert!(!ends(params, 0, 1));
            assert!(ends(params, data_width.into(), 1));
            assert!(!ends(params, u16::from(data_width) + 1, 1));
        }
    }
}

#[test]
fn several_words_of_full_width_never_end_on_some() {
    for version in Version::ALL {
        let hangs = matches!(version, Version::V1_03 | Version::V1_04);
        assert_eq!(ends(default_of(version), 32, 2), !hangs, "{version}");
        assert!(ends(default_of(version), 32, 1), "{version}");
        assert!(ends(default_of(version), 31, 2), "{version}");
    }
}

#[test]
fn words_of_one_bit_are_right_on_1_05_alone() {
    let received = |version, division| {
        let mut bench = looped(default_of(version));
        bench.send(&[1, 0, 1]);
        bench.commands(&[
            divider(division),
            bits(1),
            cs(0xfe),
            transfer(READ | WRITE, 3),
            sync(1),
        ]);
        bench.wait(1000 * US);
        let ended = bench.read(SYNC_ID) == 1;
        ended.then(|| {
            bench
                .receive(3)
                .iter()
                .map(|word| word & 1)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(received(Version::V1_04, 1), None);
    assert_eq!(received(Version::V1_05, 0), Some(vec![1, 0, 1]));
    assert_eq!(received(Version::V2_00, 1), Some(vec![1, 0, 1]));
    assert_ne!(received(Version::V2_00, 0), Some(vec![1, 0, 1]));
}

#[test]
fn the_longest_sleep_hangs_until_a_reset_on_some() {
    for version in Version::ALL {
        let mut bench = bench(default_of(version));
        bench.commands(&[sleep(255), sync(1)]);
        bench.wait(1000 * US);
        let hangs = matches!(version, Version::V1_03 | Version::V1_04 | Version::V1_05);
        assert_eq!(bench.read(SYNC_ID) == 0, hangs, "{version}");
        bench.soft_reset();
        assert!(bench.is_alive());
    }
}

#[test]
fn a_lane_mask_sets_the_divider_before_2_00() {
    let mut bench = looped(default_of(Version::V1_05));
    bench.commands(&[
        bits(8),
        sdi_mask(0x0f),
        sdo_mask(1),
        cs(0xfe),
        transfer(READ, 1),
    ]);
    bench.wait(10 * US);
    assert_eq!(bench.words()[0].divider, 2);
}

#[test]
fn an_inversion_clocks_words_before_1_02() {
    for (version, words) in [(Version::V1_01, 3), (Version::V1_02, 0)] {
        let mut bench = looped(default_of(version));
        bench.commands(&[bits(8), invert(2)]);
        bench.wait(10 * US);
        assert_eq!(bench.words().len(), words);
    }
}
