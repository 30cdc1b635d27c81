// SPDX-License-Identifier: GPL-2.0

//! Resets: section 6 of what was measured.

use super::bench::*;
use crate::hw::*;

fn eight_pins(version: Version) -> Params {
    Params {
        chip_selects: 8,
        ..default_of(version)
    }
}

#[test]
fn a_reset_drives_active_high_chip_selects_active() {
    for version in [Version::V1_02, Version::V1_05, Version::V2_00] {
        let mut bench = bench(eight_pins(version));
        bench.commands(&[invert(0x02), cs(0xff)]);
        bench.wait(US);
        assert_eq!(bench.engine.wire().pins(), 0xfd);
        bench.soft_reset();
        assert_eq!(bench.engine.wire().pins(), 0xff);
        bench.commands(&[cs(0xff)]);
        bench.wait(US);
        assert_eq!(bench.engine.wire().pins(), 0xff, "the inversion is gone");
    }
}

#[test]
fn an_inversion_waits_for_the_next_chip_select() {
    let mut bench = bench(eight_pins(Version::V1_02));
    bench.commands(&[invert(0x0f)]);
    bench.wait(US);
    assert_eq!(bench.engine.wire().pins(), 0xff);
    bench.commands(&[cs(0xfe)]);
    bench.wait(US);
    assert_eq!(bench.engine.wire().pins(), 0xf1);
}

#[test]
fn pins_that_there_are_not_do_not_show() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.commands(&[cs(0xfd)]);
    bench.wait(US);
    assert_eq!(bench.engine.wire().pins() & 1, 1);
    assert_eq!(bench.selects(), []);
}

#[test]
fn a_reset_clears_all_but_scratch_and_offload_memories() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.write(SCRATCH, 0x1234);
    bench.write(MASK, 0x1f);
    bench.write(OFFLOAD_EN, 1);
    bench.write(OFFLOAD_CMD, cs(0xfe).into());
    bench.write(OFFLOAD_CMD, sync(7).into());
    bench.write(OFFLOAD_EN, 0);
    bench.commands(&[sync(5), divider(200), sleep(100), sync(6)]);
    bench.send(&[1; 4]);
    bench.wait(US);
    assert_eq!(bench.read(SYNC_ID), 5);

    bench.write(ENABLE, 1);
    assert_eq!(
        [bench.read(SOURCE), bench.read(MASK), bench.read(SYNC_ID)],
        [0; 3]
    );
    assert_eq!(bench.read(SCRATCH), 0x1234);
    bench.write(SCRATCH, 0x99);
    bench.write(MASK, 8);
    bench.commands(&[sync(9)]);
    bench.write(ENABLE, 0);
    bench.wait(1000 * US);
    assert_eq!(
        [bench.read(SOURCE), bench.read(MASK), bench.read(SYNC_ID)],
        [3, 0, 0]
    );
    assert_eq!(
        [
            bench.read(SCRATCH),
            bench.read(CMD_ROOM),
            bench.read(SDO_ROOM)
        ],
        [0x99, 15, 31]
    );

    bench.write(OFFLOAD_EN, 1);
    bench.engine.set_trigger(true);
    bench.wait(US);
    assert_eq!(bench.read(OFFLOAD_SYNC_ID), 7);
}

#[test]
fn what_is_written_after_the_release_is_kept() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.engine.write(ENABLE, 1);
    bench.engine.write(ENABLE, 0);
    bench.engine.write(CMD, sync(4).into());
    bench.wait(40 * NS);
    assert_eq!(
        bench.engine.read(SYNC_ID),
        0,
        "the SPI side is still in reset"
    );
    bench.wait(US);
    assert_eq!(bench.engine.read(SYNC_ID), 4);
}

#[test]
fn a_short_pulse_drops_all_that_is_queued() {
    let mut bench = bench(Params {
        spi_hz: 5_000_000,
        ..default_of(Version::V2_00)
    });
    bench.at_once(&[sleep(200), sync(1)]);
    bench.engine.write(ENABLE, 1);
    bench.engine.write(ENABLE, 0);
    bench.wait(1000 * US);
    assert_eq!(bench.read(SYNC_ID), 0);
    assert!(bench.is_alive());
}

#[test]
fn a_reset_in_a_word_ends_it_and_the_next_message_works() {
    for version in Version::ALL {
        let mut bench = looped(default_of(version));
        bench.commands(&[bits(8), divider(9), cs(0xfe), transfer(READ | WRITE, 3)]);
        bench.send(&[1, 2, 3]);
        bench.wait(2 * US);
        let at = bench.engine.now() + 140 * NS;
        bench.write(ENABLE, 1);
        assert_eq!(
            bench.selects().last(),
            Some(&(at + 10 * NS, 1)),
            "{version}"
        );
        bench.write(ENABLE, 0);

        bench.engine.wire_mut().log_mut().clear();
        bench.commands(&[
            bits(8),
            cs(0xfe),
            transfer(READ | WRITE, 2),
            cs(0xff),
            sync(2),
        ]);
        bench.send(&[8, 9]);
        bench.wait(10 * US);
        assert_eq!(bench.sent(), [8, 9], "{version}");
        assert_eq!(bench.receive(2), [8, 0x809], "{version}");
        assert_eq!(bench.read(SYNC_ID), 2);
    }
}

#[test]
fn what_is_not_there_reads_as_nothing() {
    let mut bench = bench(default_of(Version::V2_00));
    for register in [
        0x018,
        0x0ec,
        0x0e0,
        0x0e4,
        0x108,
        0x110,
        0x1fc,
        0x4000_0000,
        0x002,
    ] {
        bench.write(register, 0);
        assert_eq!(bench.read(register), 0, "{register:#x}");
    }
    assert_eq!(
        [bench.read(VERSION), bench.read(DATA_WIDTH)],
        [0x0002_0000, 0x0001_0020]
    );
    assert_eq!(
        [bench.read(0x010), bench.read(0x014)],
        [0x0404, 0x0505_0404]
    );
}

#[test]
fn sizes_read_as_nothing_before_1_01() {
    for version in [Version::V1_00, Version::V1_01] {
        let mut bench = bench(default_of(version));
        assert_eq!(bench.read(0x014) != 0, version == Version::V1_01);
    }
}

#[test]
fn cores_that_can_not_be_are_refused() {
    let good = default_of(Version::V2_00);
    let bad = [
        Params {
            data_width: 12,
            ..good
        },
        Params { lanes: 3, ..good },
        Params {
            chip_selects: 9,
            ..good
        },
        Params {
            sdi_width: 8,
            ..good
        },
        Params {
            spi_hz: 50_000_000,
            asynchronous: false,
            ..good
        },
        Params { axi_hz: 0, ..good },
    ];
    assert_eq!(good.check(), Ok(()));
    for params in bad {
        assert_eq!(params.check(), Err(BadParams), "{params:?}");
    }
}
