// SPDX-License-Identifier: GPL-2.0

//! Programs of the offload, instruction by instruction.

#[kernel::macros::kunit_tests(axi_spi_engine_recording)]
mod suite {
    use super::super::usual::{
        self,
        *, //
    };
    use crate::{
        recording::{
            Recording,
            Start, //
        },
        request::{
            LaneUse,
            Lanes,
            Target,
            Transfer, //
        },
        timing::Divider,
        version::Limits, //
    };
    use kernel::prelude::*;

    const TARGET: Target = Target {
        striped: Lanes { rx: 3, tx: 3 },
        ..usual::TARGET
    };

    const WIDE: Transfer = Transfer { bits: 16, ..WRITE };

    /// What [`WRITE`] relies on.
    const START: Start = Start {
        mode: 3,
        divider: Divider::ONE,
        bits: Some(8),
        lanes: None,
    };

    fn slow() -> Result<Divider> {
        divider(10_000_000)
    }

    fn record(limits: &Limits, transfers: &[Transfer]) -> Result<Recording> {
        Recording::new(clock()?, limits, &TARGET, transfers)
    }

    /// Checks that a message is compiled to `expected`, and what that relies on.
    fn check(limits: &Limits, transfers: &[Transfer], expected: &[u16], start: Start) -> Result {
        let recording = record(limits, transfers)?;
        let instructions = &recording.instructions;

        if !instructions
            .iter()
            .map(|i| i.into_raw())
            .eq(expected.iter().copied())
        {
            pr_err!("is {:x?}, not {:x?}\n", instructions, expected);
            return Err(EINVAL);
        }
        assert_eq!(recording.recorded.start, start);
        Ok(())
    }

    #[test]
    fn settings_are_made_before() -> Result {
        let read = Transfer {
            divider: slow()?,
            ..READ
        };
        let start = Start {
            divider: slow()?,
            ..START
        };
        check(&limits(V1_5), &[read], &[0x10fe, 0x0203, 0x10ff], start)
    }

    #[test]
    fn older_versions_end_with_a_report() -> Result {
        let expected = [0x10fe, 0x0103, 0x10ff, 0x3000];
        check(&limits(V1_4), &[WRITE], &expected, START)
    }

    #[test]
    fn what_comes_in_is_not_counted() -> Result {
        let read = Transfer { len: 300, ..READ };
        let expected = [0x10fe, 0x02ff, 0x022b, 0x10ff];
        check(&limits(V1_5), &[read], &expected, START)
    }

    #[test]
    fn settings_go_around() -> Result {
        // What the last transfer sets is there when the first one begins.
        let first = Transfer {
            divider: slow()?,
            ..READ
        };
        let last = Transfer { bits: 16, ..READ };
        let start = Start {
            bits: Some(16),
            ..START
        };
        let expected = [
            0x10fe, 0x2004, 0x2208, 0x0203, 0x2000, 0x2210, 0x0203, 0x10ff,
        ];
        check(&limits(V1_5), &[first, last], &expected, start)?;

        // That which only waits has no word length.
        let wait = Transfer {
            len: 0,
            bits: 32,
            delay_ns: 100,
            ..READ
        };
        let expected = [0x10fe, 0x0203, 0x3103, 0x10ff];
        check(&limits(V1_5), &[READ, wait], &expected, START)
    }

    #[test]
    fn words_that_wait_are_aligned_in_time() -> Result {
        let start = Start {
            bits: Some(16),
            ..START
        };
        // Before the chip select changes, or before a report.
        let expected = [0x2208, 0x10fe, 0x0103, 0x2210, 0x3000, 0x0103, 0x10ff];
        check(&limits(V2), &[WRITE, WIDE], &expected, start)?;

        let change = Transfer {
            cs_change: Some(0),
            ..WRITE
        };
        let expected = [
            0x2208, 0x10fe, 0x0103, 0x2210, 0x10ff, 0x10fe, 0x0103, 0x10ff,
        ];
        check(&limits(V2), &[change, WIDE], &expected, start)?;

        // Others, and words that are only received, have no such trouble.
        let expected = [0x10fe, 0x2208, 0x0103, 0x2210, 0x0103, 0x10ff];
        check(&limits(V1_5), &[WRITE, WIDE], &expected, start)?;
        let read = Transfer { bits: 16, ..READ };
        let expected = [0x10fe, 0x2208, 0x0203, 0x2210, 0x0203, 0x10ff];
        check(&limits(V2), &[READ, read], &expected, start)
    }

    #[test]
    fn one_instruction_is_not_enough() -> Result {
        let nothing = Transfer {
            len: 0,
            cs_change: Some(0),
            ..WRITE
        };
        let start = Start {
            bits: None,
            ..START
        };
        check(&limits(V1_5), &[nothing], &[0x10fe, 0x2000], start)?;
        check(&limits(V1_4), &[nothing], &[0x10fe, 0x3000], start)
    }

    #[test]
    fn lanes_are_selected_before() -> Result {
        let limits = V2.limits(32, 4, 31);
        let stripe = Transfer {
            lane_use: LaneUse::Stripe,
            ..WRITE
        };
        let start = Start {
            lanes: Some(TARGET.striped),
            ..START
        };
        check(
            &limits,
            &[stripe; 2],
            &[0x10fe, 0x0101, 0x0101, 0x10ff],
            start,
        )?;

        // They change only where nothing is sent.
        let striped_read = Transfer {
            lane_use: LaneUse::Stripe,
            ..READ
        };
        let expected = [
            0x10fe, 0x2301, 0x2401, 0x0203, 0x2303, 0x2403, 0x0201, 0x10ff,
        ];
        check(&limits, &[READ, striped_read], &expected, start)?;
        assert_eq!(record(&limits, &[READ, stripe]).err(), Some(EINVAL));
        assert_eq!(record(&limits, &[WRITE, striped_read]).err(), Some(EINVAL));
        Ok(())
    }

    #[test]
    fn what_can_not_be_done_is_refused() -> Result {
        let stripe = Transfer {
            lane_use: LaneUse::Stripe,
            ..READ
        };
        assert_eq!(record(&limits(V1_5), &[]).err(), Some(EINVAL));
        assert_eq!(record(&limits(V1_5), &[stripe]).err(), Some(EINVAL));
        Ok(())
    }
}
