// SPDX-License-Identifier: GPL-2.0

//! Faults that tests switch on.

use super::bench::*;
use crate::hw::*;

#[test]
fn a_stuck_engine_does_nothing_until_it_is_freed() {
    let mut bench = bench(default_of(Version::V2_00));
    bench.write(MASK, 8);
    bench.engine.faults.stuck = true;
    bench.commands(&[sync(3)]);
    bench.wait(1000 * US);
    assert_eq!((bench.read(SYNC_ID), bench.engine.next_event()), (0, None));

    bench.engine.faults.stuck = false;
    bench.wait(US);
    assert_eq!(bench.read(SYNC_ID), 3);
}

#[test]
fn lost_words_are_missing() {
    let run = |faults: Faults| {
        let mut bench = looped(default_of(Version::V2_00));
        bench.commands(&[bits(8), cs(0xfe)]);
        bench.engine.faults = faults;
        bench.commands(&[transfer(READ | WRITE, 1), sync(1)]);
        bench.send(&[1]);
        bench.wait(10 * US);
        (
            bench.words().len(),
            bench.read(SDI_LEVEL),
            bench.read(SYNC_ID),
            bench.read(SOURCE) & 8,
        )
    };
    let none = Faults::default();
    assert_eq!(run(none), (1, 1, 1, 8));
    assert_eq!(
        run(Faults {
            sdi_lost: true,
            ..none
        }),
        (1, 0, 1, 8)
    );
    assert_eq!(
        run(Faults {
            sdo_lost: true,
            ..none
        }),
        (0, 0, 0, 0)
    );
    assert_eq!(
        run(Faults {
            commands_lost: true,
            ..none
        }),
        (0, 0, 0, 0)
    );
    assert_eq!(
        run(Faults {
            sync_lost: true,
            ..none
        }),
        (1, 1, 1, 0)
    );
}
