// SPDX-License-Identifier: GPL-2.0

//! Programs, instruction by instruction.

#[kernel::macros::kunit_tests(axi_spi_engine_compile)]
mod suite {
    use super::super::{
        flat::flat,
        usual::*, //
    };
    use crate::{
        compile::Compiler,
        program::Program,
        request::{
            selecting,
            LaneUse,
            Lanes,
            Target,
            Transfer,
            ALL_INACTIVE, //
        },
        version::Limits, //
    };
    use kernel::{
        prelude::*,
        time::Delta, //
    };

    fn compile(limits: &Limits, target: &Target, transfers: &[Transfer]) -> Result<KBox<Program>> {
        let mut program = KBox::init(Program::new(), GFP_KERNEL)?;

        let mut compiler = Compiler::new(clock()?, limits, target, &mut program);
        for transfer in transfers {
            compiler.transfer(transfer)?;
        }
        compiler.end()?;
        Ok(program)
    }

    /// Checks that a message is compiled to `expected`.
    fn check(limits: &Limits, target: &Target, transfers: &[Transfer], expected: &[u16]) -> Result {
        let program = compile(limits, target, transfers)?;
        let words = flat(&program)?;

        if *words != *expected {
            pr_err!("is {:x?}, not {:x?}\n", words, expected);
            return Err(EINVAL);
        }
        Ok(())
    }

    #[test]
    fn one_transfer() -> Result {
        let expected = [0x2103, 0x10fe, 0x2208, 0x0303, 0x10ff, 0x3002];
        check(&limits(V1_5), &TARGET, &[EXCHANGE], &expected)
    }

    #[test]
    fn chip_select_and_directions() -> Result {
        let target = Target {
            chip_select: 7,
            ..TARGET
        };
        let clock_only = Transfer {
            writes: false,
            ..WRITE
        };
        let expected = [
            0x2103, 0x107f, 0x2208, 0x0103, 0x0203, 0x0003, 0x10ff, 0x3002,
        ];
        check(
            &limits(V1_5),
            &target,
            &[WRITE, READ, clock_only],
            &expected,
        )
    }

    #[test]
    fn divider_and_word_length_change() -> Result {
        let slow = Transfer {
            divider: divider(10_000_000)?,
            ..EXCHANGE
        };
        let wide = Transfer { bits: 16, ..slow };
        let expected = [
            0x2103, 0x10fe, 0x2004, 0x2208, 0x0303, 0x2210, 0x0303, 0x10ff, 0x2000, 0x3002,
        ];
        check(&limits(V1_5), &TARGET, &[slow, wide], &expected)
    }

    #[test]
    fn long_write_is_split() -> Result {
        let write = Transfer { len: 600, ..WRITE };
        let expected = [
            0x2103, 0x10fe, 0x2208, 0x01ff, 0x01ff, 0x0157, 0x10ff, 0x3002,
        ];
        check(&limits(V1_5), &TARGET, &[write], &expected)
    }

    #[test]
    fn reads_are_fenced() -> Result {
        let read = Transfer { len: 40, ..READ };
        let expected = [
            0x2103, 0x10fe, 0x2208, 0x020e, 0x3000, 0x020e, 0x3000, 0x0209, 0x10ff, 0x3002,
        ];
        check(&limits(V1_5), &TARGET, &[read], &expected)?;

        // Several small ones are reported together.
        let expected = [
            0x2103, 0x10fe, 0x2208, 0x0303, 0x0303, 0x0303, 0x3000, 0x0303, 0x10ff, 0x3002,
        ];
        check(&limits(V1_5), &TARGET, &[EXCHANGE; 4], &expected)
    }

    #[test]
    fn delays() -> Result {
        let transfer = Transfer {
            divider: divider(10_000_000)?,
            delay_ns: 30_000,
            ..EXCHANGE
        };
        // R1: never 256 cycles at once.
        let expected = [
            0x2103, 0x10fe, 0x2004, 0x2208, 0x0303, 0x31fe, 0x312c, 0x10ff, 0x2000, 0x3002,
        ];
        check(&limits(V1_5), &TARGET, &[transfer], &expected)?;

        // C29: older versions wait one cycle less for each instruction.
        let expected = [
            0x2103, 0x10fe, 0x2004, 0x2208, 0x0303, 0x31fe, 0x312e, 0x10ff, 0x2000, 0x3002,
        ];
        check(&limits(V1_2), &TARGET, &[transfer], &expected)
    }

    #[test]
    fn chip_select_changes() -> Result {
        let change = Transfer {
            cs_change: Some(10_000),
            ..EXCHANGE
        };
        let expected = [
            0x2103, 0x10fe, 0x2208, 0x0303, 0x10ff, 0x31fe, 0x31f3, 0x10fe, 0x0303, 0x10ff, 0x3002,
        ];
        check(&limits(V1_5), &TARGET, &[change, EXCHANGE], &expected)?;

        // After the last transfer it stays as it is.
        let expected = [0x2103, 0x10fe, 0x2208, 0x0303, 0x0303, 0x3002];
        check(&limits(V1_5), &TARGET, &[EXCHANGE, change], &expected)?;
        let left = compile(&limits(V1_5), &TARGET, &[change])?.left();
        assert_eq!(left, selecting(TARGET.chip_select));
        let left = compile(&limits(V1_5), &TARGET, &[EXCHANGE])?.left();
        assert_eq!(left, ALL_INACTIVE);
        Ok(())
    }

    #[test]
    fn chip_select_off() -> Result {
        let off = Transfer {
            cs_off: true,
            ..EXCHANGE
        };
        let expected = [
            0x2103, 0x10ff, 0x2208, 0x0303, 0x10fe, 0x0303, 0x10ff, 0x0303, 0x10ff, 0x3002,
        ];
        check(&limits(V1_5), &TARGET, &[off, EXCHANGE, off], &expected)
    }

    #[test]
    fn chip_select_times() -> Result {
        let target = Target {
            setup_ns: 100,
            hold_ns: 200,
            inactive_ns: 300,
            ..TARGET
        };
        let expected = [
            0x2103, 0x10fe, 0x3103, 0x2208, 0x0303, 0x3108, 0x10ff, 0x310d, 0x3002,
        ];
        check(&limits(V1_5), &target, &[EXCHANGE], &expected)
    }

    #[test]
    fn word_delay_is_between_words() -> Result {
        let transfer = Transfer {
            word_delay_ns: 100,
            len: 3,
            ..EXCHANGE
        };
        let expected = [
            0x2103, 0x10fe, 0x2208, 0x0300, 0x3103, 0x0300, 0x3103, 0x0300, 0x10ff, 0x3002,
        ];
        check(&limits(V1_5), &TARGET, &[transfer], &expected)
    }

    #[test]
    fn nothing_to_transfer() -> Result {
        let pause = Transfer {
            len: 0,
            bits: 16,
            delay_ns: 100,
            ..EXCHANGE
        };
        let expected = [0x2103, 0x10fe, 0x3103, 0x2208, 0x0303, 0x10ff, 0x3002];
        check(&limits(V1_5), &TARGET, &[pause, EXCHANGE], &expected)
    }

    #[test]
    fn full_width_words_one_by_one() -> Result {
        let transfer = Transfer {
            bits: 32,
            len: 2,
            ..EXCHANGE
        };
        let expected = [0x2103, 0x10fe, 0x2220, 0x0300, 0x0300, 0x10ff, 0x3002];
        check(&limits(V1_4), &TARGET, &[transfer], &expected)?;

        let expected = [0x2103, 0x10fe, 0x2220, 0x0301, 0x10ff, 0x3002];
        check(&limits(V1_5), &TARGET, &[transfer], &expected)?;

        let shorter = Transfer {
            bits: 31,
            ..transfer
        };
        let expected = [0x2103, 0x10fe, 0x221f, 0x0301, 0x10ff, 0x3002];
        check(&limits(V1_4), &TARGET, &[shorter], &expected)
    }

    #[test]
    fn fillers_before_writes() -> Result {
        let read = Transfer { bits: 16, ..READ };
        let expected = [
            0x2103, 0x10fe, 0x2208, 0x2208, 0x2208, 0x0303, 0x2210, 0x0203, 0x10ff, 0x3002,
        ];
        check(&limits(V2), &TARGET, &[EXCHANGE, read], &expected)
    }

    #[test]
    fn lanes() -> Result {
        let limits = V2.limits(32, 4, 31);
        let target = Target {
            single: Lanes { rx: 2, tx: 4 },
            striped: Lanes { rx: 0x0e, tx: 0x0e },
            ..TARGET
        };
        let stripe = Transfer {
            lane_use: LaneUse::Stripe,
            len: 6,
            ..READ
        };
        // No word may be waiting to be sent when the lanes change.
        let expected = [
            0x2103, 0x10fe, 0x2302, 0x2404, 0x2208, 0x0203, 0x3001, 0x230e, 0x240e, 0x0201, 0x10ff,
            0x3002,
        ];
        check(&limits, &target, &[READ, stripe], &expected)?;

        // Each message selects its lanes.
        let expected = [
            0x2103, 0x10fe, 0x2302, 0x2404, 0x2208, 0x0203, 0x10ff, 0x3002,
        ];
        check(&limits, &target, &[READ], &expected)
    }

    #[test]
    fn uneven_stripes_are_refused() -> Result {
        let limits = V2.limits(32, 4, 31);
        let stripe = Transfer {
            lane_use: LaneUse::Stripe,
            ..EXCHANGE
        };
        let send = Transfer {
            reads: false,
            ..stripe
        };

        for (rx, tx, transfer, works) in [
            (3, 3, stripe, true),
            (7, 7, stripe, false),
            (3, 15, stripe, false),
            // Only the lanes that are used count.
            (7, 3, send, true),
            (3, 7, send, false),
        ] {
            let target = Target {
                striped: Lanes { rx, tx },
                ..TARGET
            };
            assert_eq!(compile(&limits, &target, &[transfer]).is_ok(), works);
        }
        Ok(())
    }

    #[test]
    fn stripes_are_refused_before_2_0() -> Result {
        let stripe = Transfer {
            lane_use: LaneUse::Stripe,
            ..EXCHANGE
        };
        assert_eq!(
            compile(&limits(V1_5), &TARGET, &[stripe]).err(),
            Some(EINVAL)
        );
        assert!(compile(&limits(V2), &TARGET, &[stripe]).is_ok());
        Ok(())
    }

    #[test]
    fn no_transfer_is_refused() -> Result {
        assert_eq!(compile(&limits(V1_5), &TARGET, &[]).err(), Some(EINVAL));
        Ok(())
    }

    #[test]
    fn the_same_again_is_the_same() -> Result {
        let limits = limits(V1_5);
        let none = Transfer { len: 0, ..EXCHANGE };
        let long = Transfer {
            len: 100,
            ..EXCHANGE
        };
        let writes = Transfer {
            reads: false,
            ..EXCHANGE
        };
        for transfer in [
            EXCHANGE,
            none,
            long,
            writes,
            Transfer { len: 1, ..EXCHANGE },
        ] {
            for times in [1, 2, 3, 4, 15, 16, 17, 64] {
                let mut again = KBox::init(Program::new(), GFP_KERNEL)?;
                let mut compiler = Compiler::new(clock()?, &limits, &TARGET, &mut again);
                compiler.transfer(&transfer)?;
                for _ in 1..times {
                    if compiler.can_repeat() {
                        compiler.again();
                    } else {
                        compiler.transfer(&transfer)?;
                    }
                }
                compiler.transfer(&none)?;
                compiler.end()?;

                let mut transfers = KVec::from_elem(transfer, times, GFP_KERNEL)?;
                transfers.push(none, GFP_KERNEL)?;
                let each = compile(&limits, &TARGET, &transfers)?;
                assert_eq!(*flat(&again)?, *flat(&each)?);
                assert_eq!(again.timeout(), each.timeout());
            }
        }
        Ok(())
    }

    #[test]
    fn the_same_many_times_makes_a_short_program() -> Result {
        const TIMES: usize = 1000;

        let slow = Transfer {
            divider: divider(200_000)?,
            ..EXCHANGE
        };
        let mut program = KBox::init(Program::new(), GFP_KERNEL)?;
        let limits = limits(V1_5);
        let mut compiler = Compiler::new(clock()?, &limits, &TARGET, &mut program);

        compiler.transfer(&slow)?;
        for _ in 1..TIMES {
            assert!(compiler.can_repeat());
            compiler.again();
        }
        compiler.end()?;
        assert!(program.sections().len() <= 3);
        assert!(program.instructions().len() < 20);

        let each = compile(&limits, &TARGET, &KVec::from_elem(slow, TIMES, GFP_KERNEL)?)?;
        assert_eq!(program.timeout(), each.timeout());
        Ok(())
    }

    #[test]
    fn nothing_before_can_not_be_the_same() -> Result {
        let mut program = KBox::init(Program::new(), GFP_KERNEL)?;
        let limits = limits(V1_5);
        let mut compiler = Compiler::new(clock()?, &limits, &TARGET, &mut program);

        assert!(!compiler.can_repeat());
        assert_eq!(compiler.end(), Err(EINVAL));
        Ok(())
    }

    #[test]
    fn long_transfers_make_short_programs() -> Result {
        let long = Transfer {
            len: 1 << 20,
            ..EXCHANGE
        };
        let program = compile(&limits(V1_5), &TARGET, &[long])?;
        assert!(program.instructions().len() < 20);

        let all = flat(&program)?;
        let words: u32 = all
            .iter()
            .filter(|&&word| word >> 8 == 3)
            .map(|&word| u32::from(word & 0xff) + 1)
            .sum();
        assert_eq!(words, 1 << 20);
        let received: u32 = program
            .sections()
            .iter()
            .map(|section| section.incoming * section.times)
            .sum();
        assert_eq!(received, 1 << 20);
        Ok(())
    }

    #[test]
    fn timeout_follows_from_length() -> Result {
        let short = compile(&limits(V1_5), &TARGET, &[EXCHANGE])?;
        assert!((200..=201).contains(&short.timeout()));

        // 1 MiB at 1 MHz take 8.4 s.
        let long = Transfer {
            divider: divider(1_000_000)?,
            len: 1 << 20,
            ..WRITE
        };
        let long = compile(&limits(V1_5), &TARGET, &[long])?;
        assert!((2 * 8388..2 * 8388 + 5000).contains(&long.timeout()));

        let pause = Transfer {
            delay_ns: 7_000_000_000,
            ..EXCHANGE
        };
        let pause = compile(&limits(V1_5), &TARGET, &[pause])?;
        assert!((14_000..14_500).contains(&pause.timeout()));
        Ok(())
    }

    #[test]
    fn brief_ones_take_less_than_10_us() -> Result {
        // All but the delay takes less than a microsecond.
        for (delay_ns, brief) in [(0, Some(1)), (8_000, Some(9)), (10_000, None)] {
            let transfer = Transfer {
                delay_ns,
                ..EXCHANGE
            };
            let program = compile(&limits(V1_5), &TARGET, &[transfer])?;

            assert_eq!(program.brief(), brief.map(Delta::from_micros));
        }
        Ok(())
    }
}
