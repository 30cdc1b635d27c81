// SPDX-License-Identifier: GPL-2.0

//! What a faithful model needs: one test for each point of the list in the description of the
//! hardware, in its order. The other files go into the details.

use super::bench::*;
use crate::hw::*;

#[test]
fn behaviour_is_keyed_by_version_and_sizes_are_parameters() {
    for version in Version::ALL {
        for (data_width, lanes) in [(8, 1), (16, 2), (24, 4), (32, 8)] {
            for asynchronous in [false, true] {
                let params = Params {
                    data_width,
                    lanes,
                    asynchronous,
                    cmd_width: 5,
                    sdo_width: 6,
                    sdi_width: 4,
                    ..default_of(version)
                };
                let mut bench = bench(params);
                assert_eq!(bench.read(VERSION), version.register());
                assert_eq!(
                    bench.read(DATA_WIDTH),
                    u32::from(lanes) << 16 | u32::from(data_width)
                );
                assert_eq!([bench.read(CMD_ROOM), bench.read(SDO_ROOM)], [31, 63]);
                assert!(bench.is_alive());
            }
        }
    }
}

#[test]
fn fifos_have_a_fall_through_register_and_drop_silently() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.commands(&[divider(255), sleep(254)]);
    bench.wait(US);
    for id in 0..30 {
        let room = bench.read(CMD_ROOM);
        assert_eq!(room, 15 - u32::from(id.clamp(1, 16) - 1), "after {id}");
        bench.commands(&[sync(id + 1)]);
    }
    bench.wait(1_000_000 * US);
    assert_eq!(bench.read(SYNC_ID), 16);
}

#[test]
fn levels_are_live_and_syncs_are_latched() {
    let mut bench = looped(default_of(Version::V2_00));
    bench.commands(&[bits(8), cs(0xfe), transfer(READ, 2), sync(1)]);
    bench.wait(10 * US);
    assert_eq!(bench.read(SOURCE), 0xf);
    bench.write(PENDING, 0x1f);
    assert_eq!(bench.read(SOURCE), 7, "levels stay");
    bench.receive(2);
    assert_eq!(bench.read(SOURCE), 3);
}

#[test]
fn a_sync_outlives_its_message() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.commands(&[sync(0), sync(1)]);
    bench.wait(US);
    bench.commands(&[divider(255), sleep(200), sync(1)]);
    bench.write(MASK, 8);
    assert!(bench.engine.irq(), "the second message seems to be over");
    assert_eq!(bench.read(SYNC_ID), 1);
}

#[test]
fn the_level_of_2_00_is_a_counter_and_nothing_reads_as_dead() {
    let mut bench = looped(default_of(Version::V2_00));
    bench.commands(&[bits(8), cs(0xfe), transfer(READ, 32)]);
    bench.wait(100 * US);
    assert_eq!(bench.read(SDI_LEVEL), 0);
    bench.receive(1);
    bench.wait(US);
    assert_eq!(bench.read(SDI_LEVEL), 31);
    bench.receive(31);
    assert_eq!(bench.read(SDI), 0xdead_dead);
}

#[test]
fn a_reset_keeps_little_and_forgets_polarity() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.write(SCRATCH, 7);
    bench.commands(&[invert(1), cs(0xff), sync(1)]);
    bench.wait(US);
    assert_eq!(bench.engine.wire().pins(), 0);
    bench.soft_reset();
    assert_eq!(bench.engine.wire().pins(), 1);
    assert_eq!(
        [bench.read(SCRATCH), bench.read(SYNC_ID), bench.read(SOURCE)],
        [7, 0, 3]
    );
}

#[test]
fn a_prefetched_word_survives_other_settings() {
    for version in [Version::V1_05, Version::V2_00] {
        let mut bench = looped(default_of(version));
        bench.send(&[0x11, 0x22]);
        bench.commands(&[bits(8), cs(0xfe), transfer(WRITE, 1), cs(0xff)]);
        bench.commands(&[mode(3), bits(16), cs(0xfe), transfer(WRITE, 1)]);
        bench.wait(10 * US);
        assert_eq!(bench.sent(), [0x11, 0x22], "{version}");
        bench.send(&[0x33]);
        bench.wait(US);
        bench.soft_reset();
        bench.send(&[0x44]);
        bench.commands(&[bits(8), cs(0xfe), transfer(WRITE, 1)]);
        bench.wait(10 * US);
        assert_eq!(
            bench.sent().last(),
            Some(&0x44),
            "{version}: a reset drops it"
        );
    }
}

#[test]
fn the_interconnect_arbitrates_until_1_04() {
    for version in Version::ALL {
        let mut bench = bench(default_of(version));
        bench.write(OFFLOAD_EN, 1);
        assert_eq!(bench.is_alive(), version <= Version::V1_04, "{version}");
        bench.write(OFFLOAD_EN, 0);
        assert!(bench.is_alive());
    }
}

#[test]
fn the_hangs_of_each_version_are_there() {
    for version in Version::ALL {
        let hangs = |commands: &[u16]| {
            let mut bench = looped(default_of(version));
            bench.send(&[1; 4]);
            bench.commands(commands);
            bench.wait(1000 * US);
            !bench.is_alive()
        };
        let since_1_03 = (Version::V1_03..=Version::V1_05).contains(&version);
        let full_width = matches!(version, Version::V1_03 | Version::V1_04);
        assert_eq!(hangs(&[sleep(255)]), since_1_03, "{version}");
        assert_eq!(
            hangs(&[bits(32), transfer(WRITE, 2)]),
            full_width,
            "{version}"
        );
        assert!(hangs(&[bits(33), transfer(WRITE, 1)]), "{version}");
        assert!(
            !hangs(&[bits(8), transfer(WRITE, 4), sleep(254)]),
            "{version}"
        );
    }
}
