// SPDX-License-Identifier: GPL-2.0

//! Tests of the record of the wires, of how it is shown, and of the time that things take.

#[kernel::macros::kunit_tests(spi_sim_record)]
mod suite {
    use crate::{
        log::{
            Clocking,
            Event,
            Log,
            What, //
        },
        timing::{
            cycles,
            cycles_ns,
            WireTime, //
        },
        vcd,
        wire::Wire,
        word::Word, //
    };
    use kernel::{
        prelude::*,
        str::Formatter, //
    };

    const US: u64 = 1000;

    fn clocking(mode: u8) -> Clocking {
        Clocking {
            hz: 1_000_000,
            polarity: mode & 2 != 0,
            phase: mode & 1 != 0,
        }
    }

    fn select(time: u64, mode: u8, active: bool) -> Event {
        Event {
            time,
            chip_select: 1,
            clocking: clocking(mode),
            what: What::ChipSelect {
                level: !active,
                active,
            },
        }
    }

    fn transfer(time: u64, mode: u8, word: Word, len: u32) -> Event {
        Event {
            time,
            chip_select: 1,
            clocking: clocking(mode),
            what: What::Transfer {
                word,
                lines: 1,
                len,
                gap: 0,
            },
        }
    }

    /// What a logic analyzer sees: levels, and the bits that it has sampled while selected.
    struct Analyzer {
        mode: u8,
        clock: bool,
        copi: bool,
        cipo: bool,
        selected: bool,
        sent: u64,
        received: u64,
        count: u32,
        time: u64,
        first_edge: Option<u64>,
        last_edge: u64,
        longest_rest: u64,
    }

    impl Analyzer {
        fn new(mode: u8) -> Self {
            Self {
                mode,
                clock: mode & 2 != 0,
                copi: false,
                cipo: false,
                selected: false,
                sent: 0,
                received: 0,
                count: 0,
                time: 0,
                first_edge: None,
                last_edge: 0,
                longest_rest: 0,
            }
        }

        /// Data are sampled on the rising edge in the modes 0 and 3.
        fn edge(&mut self, level: bool) {
            let rising = matches!(self.mode, 0 | 3);

            if self.clock != level && self.selected {
                if self.first_edge.is_some() {
                    self.longest_rest = self.longest_rest.max(self.time - self.last_edge);
                }
                self.first_edge.get_or_insert(self.time);
                self.last_edge = self.time;
                if level == rising {
                    self.sent = self.sent << 1 | u64::from(self.copi);
                    self.received = self.received << 1 | u64::from(self.cipo);
                    self.count += 1;
                }
            }
            self.clock = level;
        }

        fn line(&mut self, line: &str) -> Result {
            if let Some(time) = line.strip_prefix('#') {
                let time = time.parse().map_err(|_| EINVAL)?;
                if time < self.time {
                    return Err(ERANGE);
                }
                self.time = time;
            }
            match line {
                "0!" | "1!" => self.edge(line.starts_with('1')),
                "0\"" | "1\"" => self.copi = line.starts_with('1'),
                "0#" | "1#" => self.cipo = line.starts_with('1'),
                "0B" | "1B" => self.selected = line.starts_with('0'),
                _ => {}
            }
            Ok(())
        }
    }

    /// Shows the record to an analyzer.
    fn analyze(log: &Log, mode: u8) -> Result<Analyzer> {
        let mut page = KVec::zeroed(1 << 16, GFP_KERNEL)?;
        let len = {
            let mut f = Formatter::new(&mut page);
            vcd::write(&mut f, log, 2)?;
            f.bytes_written()
        };
        let text = core::str::from_utf8(&page[..len]).map_err(|_| EINVAL)?;
        let (_, changes) = text.split_once("$enddefinitions $end\n").ok_or(EINVAL)?;
        let mut analyzer = Analyzer::new(mode);

        changes.lines().try_for_each(|line| analyzer.line(line))?;
        Ok(analyzer)
    }

    #[test]
    fn an_analyzer_sees_what_was_sent_in_all_modes() -> Result {
        for mode in 0..4 {
            let mut log = Log::new(1024)?;
            log.push(select(5 * US, mode, true));
            log.push(transfer(6 * US, mode, Word::BYTE, 3));
            log.append(&[0x9f, 0x00, 0x5a], &[0xff, 0x12, 0xa5]);
            log.push(select(31 * US, mode, false));

            let seen = analyze(&log, mode)?;
            assert_eq!((seen.sent, seen.received), (0x9f005a, 0xff12a5));
            assert_eq!(seen.count, 24);
            // 24 cycles of a microsecond have 48 edges, half a microsecond apart.
            let first = seen.first_edge.ok_or(EINVAL)?;
            assert_eq!(seen.last_edge - first, 47 * US / 2);
            assert!(!seen.selected);
        }
        Ok(())
    }

    #[test]
    fn an_analyzer_sees_words_of_any_size() -> Result {
        for (bits, lsb_first, expected) in [
            (12, false, 0xabc),
            (12, true, 0x3d5),
            (16, false, 0xfabc),
            (16, true, 0x3d5f),
        ] {
            let word = Word::new(bits, lsb_first);
            let mut log = Log::new(1024)?;
            log.push(select(0, 0, true));
            log.push(transfer(US, 0, word, 2));
            log.append(&0xfabcu16.to_ne_bytes(), &0u16.to_ne_bytes());

            let seen = analyze(&log, 0)?;
            assert_eq!((seen.sent, seen.received), (expected, 0));
            assert_eq!(seen.count, u32::from(bits));
        }
        Ok(())
    }

    /// Returns a transfer of three words of 16 bits, with 5 us between them.
    fn with_gaps(mode: u8) -> Event {
        Event {
            what: What::Transfer {
                word: Word::new(16, false),
                lines: 1,
                len: 6,
                gap: 5 * US,
            },
            ..transfer(6 * US, mode, Word::BYTE, 0)
        }
    }

    #[test]
    fn an_analyzer_sees_the_clock_rest_between_words() -> Result {
        for mode in 0..4 {
            let mut log = Log::new(1024)?;
            log.push(select(5 * US, mode, true));
            log.push(with_gaps(mode));
            log.append(&[0x5a; 6], &[0xa5; 6]);
            log.push(select(70 * US, mode, false));

            let seen = analyze(&log, mode)?;
            assert_eq!((seen.sent, seen.received), (0x5a5a5a5a5a5a, 0xa5a5a5a5a5a5));
            assert_eq!(seen.count, 48);
            // 48 cycles have 96 edges, half a microsecond apart but for the two rests.
            let first = seen.first_edge.ok_or(EINVAL)?;
            assert_eq!(seen.last_edge - first, 95 * US / 2 + 10 * US);
            assert_eq!(seen.longest_rest, 5 * US + US / 2);
        }
        Ok(())
    }

    #[test]
    fn rests_between_words_take_time() {
        assert_eq!(with_gaps(0).what.duration_ns(1_000_000), 48 * US + 10 * US);

        let one_word = What::Transfer {
            word: Word::BYTE,
            lines: 1,
            len: 1,
            gap: u64::MAX,
        };
        assert_eq!(one_word.duration_ns(1_000_000), 8 * US);
        let no_word = What::Transfer {
            word: Word::BYTE,
            lines: 1,
            len: 0,
            gap: u64::MAX,
        };
        assert_eq!(no_word.duration_ns(1_000_000), 0);
    }

    #[test]
    fn a_record_that_begins_in_a_message_is_shown() -> Result {
        let mut log = Log::new(1024)?;
        log.push(transfer(US, 0, Word::BYTE, 1));
        log.append(&[0x5a], &[0xa5]);
        log.push(select(20 * US, 0, false));

        let seen = analyze(&log, 0)?;
        assert_eq!((seen.sent, seen.received), (0x5a, 0xa5));
        Ok(())
    }

    #[test]
    fn chip_selects_and_transfers_follow_each_other() -> Result {
        let mut wire = Wire::new(Log::new(1024)?);
        let what = What::Transfer {
            word: Word::BYTE,
            lines: 1,
            len: 2,
            gap: 0,
        };

        // Half a cycle after the chip select comes the first bit, and after the last one half of
        // one until the chip select changes. The true time is behind.
        assert_eq!(
            wire.select(7 * US, 1, clocking(0), false, true),
            Some(7 * US)
        );
        assert_eq!(wire.select(7 * US, 1, clocking(0), false, true), None);
        assert_eq!(
            wire.transfer(7 * US, 1, clocking(0), what),
            23 * US + US / 2
        );
        assert_eq!(
            wire.select(8 * US, 1, clocking(0), false, false),
            Some(24 * US)
        );
        assert_eq!(wire.select(8 * US, 1, clocking(0), false, false), None);
        // One that is active high, while time goes on.
        assert_eq!(
            wire.select(30 * US, 2, clocking(0), true, true),
            Some(30 * US)
        );

        let levels = wire
            .log()
            .entries()
            .filter_map(|entry| match entry.event().what {
                What::ChipSelect { level, .. } => Some(level),
                _ => None,
            });
        assert!(levels.eq([false, true, true]));
        Ok(())
    }

    #[test]
    fn old_events_make_room() -> Result {
        let mut log = Log::new(64)?;
        // Room for two events, or for 32 bytes in each direction.
        for number in 0..10u8 {
            log.push(transfer(number.into(), 0, Word::BYTE, 4));
            log.append(&[number; 4], &[!number; 4]);
        }
        assert_eq!(log.lost(), 8);
        assert!(log.entries().map(|entry| entry.event().time).eq([8, 9]));
        for entry in log.entries() {
            let number = entry.event().time.to_le_bytes()[0];
            assert_eq!(entry.len(), 4);
            assert_eq!(entry.bytes(3), (number, !number));
        }

        // Data that need more than all others together.
        assert_eq!(log.keeps(1000), 16);
        log.push(transfer(10, 0, Word::BYTE, 1000));
        log.append(&[1; 16], &[2; 16]);
        log.push(transfer(11, 0, Word::BYTE, 1000));
        log.append(&[3; 16], &[4; 16]);
        assert!(log
            .entries()
            .map(|entry| entry.bytes(15))
            .eq([(1, 2), (3, 4)]));
        Ok(())
    }

    #[test]
    fn events_without_their_data_are_not_shown() -> Result {
        // Room for four events, but for the data of two of these only.
        let mut log = Log::new(128)?;
        for number in 0..3u8 {
            log.push(transfer(number.into(), 0, Word::BYTE, 32));
            log.append(&[number; 32], &[number; 32]);
        }
        assert_eq!(log.lost(), 1);
        assert!(log
            .entries()
            .map(|entry| entry.bytes(0))
            .eq([(1, 1), (2, 2)]));
        Ok(())
    }

    #[test]
    fn what_is_forgotten_is_not_lost() -> Result {
        let mut log = Log::new(64)?;
        log.push(select(0, 0, true));
        log.clear();
        assert_eq!((log.entries().count(), log.lost()), (0, 0));
        log.push(select(1, 0, false));
        assert_eq!((log.entries().count(), log.lost()), (1, 0));
        Ok(())
    }

    #[test]
    fn no_record_is_no_trouble() -> Result {
        let mut log = Log::new(0)?;
        log.push(transfer(0, 0, Word::BYTE, 1));
        log.append(&[1], &[2]);
        assert_eq!((log.keeps(5), log.entries().count(), log.lost()), (0, 0, 0));
        assert_eq!(Log::new(usize::MAX).err(), Some(EINVAL));
        analyze(&log, 0)?;
        Ok(())
    }

    #[test]
    fn bits_take_time() {
        // Cycles, speed, nanoseconds.
        for (count, hz, ns) in [
            (0, 1, 0),
            (1, 1, 1_000_000_000),
            (8, 1_000_000, 8_000),
            (1, 3, 333_333_334),
            (u64::MAX, 1, u64::MAX),
            (u64::from(u32::MAX) * 8, u32::MAX, 8_000_000_000),
            (5, 0, 5_000_000_000),
        ] {
            assert_eq!(cycles_ns(count, hz), ns);
        }
        // Words, bits, lines, cycles.
        for (words, bits, lines, count) in [
            (4, 8, 1, 32),
            (4, 8, 4, 8),
            (3, 12, 8, 6),
            (1, 7, 0, 7),
            // CAST: `u64` is not smaller.
            (usize::MAX, 32, 1, (usize::MAX as u64).saturating_mul(32)),
        ] {
            assert_eq!(cycles(words, bits, lines), count);
        }
    }

    #[test]
    fn time_on_the_wires_does_not_go_back() {
        let mut time = WireTime::default();

        assert_eq!(time.at(5), 5);
        assert_eq!(time.pass(10), 15);
        assert_eq!(time.at(7), 15);
        assert_eq!(time.at(20), 20);
        assert_eq!(time.pass(u64::MAX), u64::MAX);
    }
}
