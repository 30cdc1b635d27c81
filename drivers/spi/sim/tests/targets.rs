// SPDX-License-Identifier: GPL-2.0

//! Tests of targets and of their words, without a controller.

#[kernel::macros::kunit_tests(spi_sim_targets)]
mod suite {
    use crate::{
        setting::{
            Auto,
            Setting, //
        },
        target::{
            Kind,
            SampleFormat,
            Target,
            TargetConfig,
            Waveform, //
        },
        word::Word, //
    };
    use kernel::prelude::*;

    const MS: u64 = 1_000_000;

    /// A target, and the time that it believes in.
    struct Rig {
        target: Target,
        now: u64,
    }

    impl Rig {
        fn new(config: &TargetConfig) -> Result<Self> {
            Ok(Self {
                target: Target::new(config)?,
                now: 0,
            })
        }

        fn select(&self, active: bool) {
            if let Target::Device(device) = &self.target {
                let mut device = device.lock();
                if active {
                    device.select(self.now);
                } else {
                    device.deselect(self.now);
                }
            }
        }

        /// Sends a message in words of this size, and returns what came in.
        fn send_words(&self, word: Word, tx: &[u8]) -> Result<KVec<u8>> {
            let mut data = KVec::new();

            data.extend_from_slice(tx, GFP_KERNEL)?;
            self.select(true);
            self.target.exchange(word, &mut data);
            self.select(false);
            Ok(data)
        }

        fn send(&self, tx: &[u8]) -> Result<KVec<u8>> {
            self.send_words(Word::BYTE, tx)
        }

        /// Sends a message, and checks the end of what comes in.
        fn answers(&self, tx: &[u8], answer: &[u8]) -> Result<bool> {
            let rx = self.send(tx)?;
            if !rx.ends_with(answer) {
                pr_err!("{tx:02x?}: {:02x?}, not {answer:02x?}\n", &*rx);
            }
            Ok(rx.ends_with(answer))
        }

        /// Returns the status register of a memory chip.
        fn status(&self) -> Result<u8> {
            Ok(self.send(&[0x05, 0])?[1])
        }
    }

    fn eeprom() -> TargetConfig {
        let mut config = TargetConfig::new(Kind::Eeprom);
        config.size = Auto(Some(1024));
        config.page_size = Auto(Some(16));
        config
    }

    #[test]
    fn words_keep_their_bits_in_any_order() {
        for bits in 1..=32 {
            for lsb_first in [false, true] {
                let word = Word::new(bits, lsb_first);
                let mut memory = [0xff; 4];
                let memory = &mut memory[..word.size()];
                let wire = word.load(memory);

                assert_eq!(wire.count_ones(), u32::from(bits));
                word.store(0x1234_5678, memory);
                assert_eq!(word.load(memory), 0x1234_5678 & (u32::MAX >> (32 - bits)));
            }
        }
        assert_eq!(Word::new(8, true).load(&[0x01]), 0x80);
        assert_eq!(Word::new(12, true).load(&1u16.to_ne_bytes()), 0x800);
        assert_eq!(Word::new(16, false).load(&0x1234u16.to_ne_bytes()), 0x1234);
    }

    #[test]
    fn loopback_is_exact() -> Result {
        let rig = Rig::new(&TargetConfig::new(Kind::Loopback))?;

        assert_eq!(*rig.send(&[0, 0x5a, 0xff])?, [0, 0x5a, 0xff]);
        // Twelve bits of sixteen get through.
        let rx = rig.send_words(Word::new(12, false), &0xabcdu16.to_ne_bytes())?;
        assert_eq!(*rx, 0x0bcdu16.to_ne_bytes());
        Ok(())
    }

    #[test]
    fn nothing_reads_as_ones() -> Result {
        let rig = Rig::new(&TargetConfig::new(Kind::Nothing))?;

        assert_eq!(*rig.send(&[0, 0x5a])?, [0xff, 0xff]);
        let rx = rig.send_words(Word::new(5, false), &[0])?;
        assert_eq!(*rx, [0x1f]);
        Ok(())
    }

    #[test]
    fn eeprom_writes_pages_that_wrap() -> Result {
        let rig = Rig::new(&eeprom())?;

        rig.send(&[0x06])?;
        assert_eq!(rig.status()?, 0x02);
        // Starts two bytes before the end of the second page.
        rig.send(&[0x02, 0x00, 0x1e, 1, 2, 3, 4])?;
        assert_eq!(rig.status()?, 0x00);
        assert!(rig.answers(&[0x03, 0x00, 0x1e, 0, 0, 0], &[1, 2, 0xff])?);
        assert!(rig.answers(&[0x03, 0x00, 0x10, 0, 0, 0], &[3, 4, 0xff])?);
        // Reading goes on at the beginning of the chip.
        assert!(rig.answers(&[0x03, 0x03, 0xff, 0, 0], &[0xff, 0xff])?);
        Ok(())
    }

    #[test]
    fn eeprom_refuses_what_is_not_enabled_or_not_whole() -> Result {
        let rig = Rig::new(&eeprom())?;

        rig.send(&[0x02, 0x00, 0x00, 1])?;
        assert!(rig.answers(&[0x03, 0x00, 0x00, 0], &[0xff])?);
        // No data, and a command that is cut off.
        rig.send(&[0x06])?;
        rig.send(&[0x02, 0x00, 0x00])?;
        assert_eq!(rig.status()?, 0x02);
        rig.send_words(Word::new(12, false), &0x0020u16.to_ne_bytes())?;
        assert_eq!(rig.status()?, 0x02);
        // Disabled again.
        rig.send(&[0x04])?;
        rig.send(&[0x02, 0x00, 0x00, 1])?;
        assert!(rig.answers(&[0x03, 0x00, 0x00, 0], &[0xff])?);
        Ok(())
    }

    #[test]
    fn eeprom_protects_its_upper_part() -> Result {
        // The status, and whether the quarters of the chip can be written.
        let table = [
            (0x00, [true, true, true, true]),
            (0x04, [true, true, true, false]),
            (0x08, [true, true, false, false]),
            (0x0c, [false, false, false, false]),
        ];

        for (status, writable) in table {
            let rig = Rig::new(&eeprom())?;
            rig.send(&[0x06])?;
            rig.send(&[0x01, status])?;
            assert_eq!(rig.status()?, status);

            for (quarter, writable) in (0u8..).zip(writable) {
                rig.send(&[0x06])?;
                rig.send(&[0x02, quarter, 0x80, 0x42])?;
                let value = if writable { 0x42 } else { 0xff };
                assert!(rig.answers(&[0x03, quarter, 0x80, 0], &[value])?);
            }
        }
        Ok(())
    }

    #[test]
    fn eeprom_is_busy_while_it_writes() -> Result {
        let mut config = eeprom();
        config.write_time_us = 5000;
        let mut rig = Rig::new(&config)?;

        rig.send(&[0x06])?;
        rig.send(&[0x02, 0x00, 0x00, 0x42])?;
        rig.now = 4 * MS;
        assert_eq!(rig.status()?, 0x01);
        // It does not even listen.
        rig.send(&[0x06])?;
        assert!(rig.answers(&[0x03, 0x00, 0x00, 0], &[0xff])?);
        rig.now = 6 * MS;
        assert_eq!(rig.status()?, 0x00);
        assert!(rig.answers(&[0x03, 0x00, 0x00, 0], &[0x42])?);
        Ok(())
    }

    #[test]
    fn eeprom_of_any_address_width() -> Result {
        // Size, a command to write 0x42 to the last byte, and one to read it.
        let table: [(usize, &[u8], &[u8]); 4] = [
            (256, &[0x02, 0xff, 0x42], &[0x03, 0xff, 0]),
            (512, &[0x0a, 0xff, 0x42], &[0x0b, 0xff, 0]),
            (65536, &[0x02, 0xff, 0xff, 0x42], &[0x03, 0xff, 0xff, 0]),
            (
                1 << 17,
                &[0x02, 1, 0xff, 0xff, 0x42],
                &[0x03, 1, 0xff, 0xff, 0],
            ),
        ];

        for (size, write, read) in table {
            let mut config = TargetConfig::new(Kind::Eeprom);
            config.size = Auto(Some(size));
            let rig = Rig::new(&config)?;
            rig.send(&[0x06])?;
            rig.send(write)?;
            assert!(rig.answers(read, &[0x42])?);
            if let Target::Device(device) = &rig.target {
                let mut device = device.lock();
                let contents = device.contents().ok_or(EINVAL)?;
                assert_eq!(contents.last(), Some(&0x42));
                assert_eq!(contents.iter().filter(|byte| **byte != 0xff).count(), 1);
            }
        }
        Ok(())
    }

    #[test]
    fn words_of_any_size_reach_a_chip() -> Result {
        let rig = Rig::new(&eeprom())?;

        rig.send(&[0x06])?;
        rig.send(&[0x02, 0x00, 0x00, 0x12, 0x34])?;
        // The command, address and data of a read, in two words of 16 bits, and in one of 32.
        let mut tx = [0; 6];
        tx[..2].copy_from_slice(&0x0300u16.to_ne_bytes());
        let rx = rig.send_words(Word::new(16, false), &tx)?;
        assert_eq!(rx[2..4], 0xff12u16.to_ne_bytes());
        let rx = rig.send_words(Word::new(32, false), &0x0300_0000u32.to_ne_bytes())?;
        assert_eq!(*rx, 0xffff_ff12u32.to_ne_bytes());
        // In four words of ten bits, of which the last ones bring 0x12 and 0x34.
        let mut tx = [0; 8];
        tx[..2].copy_from_slice(&(0x03u16 << 2).to_ne_bytes());
        let rx = rig.send_words(Word::new(10, false), &tx)?;
        assert_eq!(
            rx[4..8],
            [0x3c4u16.to_ne_bytes(), 0x234u16.to_ne_bytes()].concat_array()
        );
        Ok(())
    }

    #[test]
    fn bytes_may_follow_a_part_of_one() -> Result {
        let rig = Rig::new(&eeprom())?;

        rig.send(&[0x06])?;
        rig.send(&[0x02, 0x00, 0x00, 0x12, 0x34])?;
        // A read, of which the first half byte is a word of its own.
        let mut data = [0x30, 0, 0, 0, 0];
        rig.select(true);
        rig.target.exchange(Word::new(4, false), &mut [0]);
        rig.target.exchange(Word::BYTE, &mut data);
        rig.select(false);
        assert_eq!(data, [0xff, 0xff, 0xf1, 0x23, 0x4f]);
        Ok(())
    }

    /// Joins two words.
    trait ConcatArray {
        fn concat_array(self) -> [u8; 4];
    }

    impl ConcatArray for [[u8; 2]; 2] {
        fn concat_array(self) -> [u8; 4] {
            let [[a, b], [c, d]] = self;
            [a, b, c, d]
        }
    }

    fn flash() -> Result<Rig> {
        let mut config = TargetConfig::new(Kind::Flash);
        config.size = Auto(Some(1 << 20));
        Rig::new(&config)
    }

    #[test]
    fn flash_identifies_and_describes_itself() -> Result {
        let rig = flash()?;

        assert!(rig.answers(&[0x9f, 0, 0, 0], b"sim")?);
        let header = rig.send(&[0x5a, 0, 0, 0, 0, 0, 0, 0, 0])?;
        assert_eq!(header[5..], *b"SFDP");
        // The second word of the table: number of bits, less one.
        assert!(rig.answers(
            &[0x5a, 0, 0, 20, 0, 0, 0, 0, 0],
            &((1u32 << 23) - 1).to_le_bytes()
        )?);
        assert!(rig.answers(&[0x5a, 0, 1, 0, 0, 0], &[0xff])?);
        Ok(())
    }

    #[test]
    fn flash_programs_and_erases() -> Result {
        let rig = flash()?;

        rig.send(&[0x06])?;
        rig.send(&[0x02, 0, 0x10, 0xff, 0xf0, 0x0f])?;
        // The second byte went to the beginning of the page.
        assert!(rig.answers(&[0x03, 0, 0x10, 0xff, 0], &[0xf0])?);
        assert!(rig.answers(&[0x0b, 0, 0x10, 0x00, 0, 0], &[0x0f])?);
        // Bits can only be cleared.
        rig.send(&[0x06])?;
        rig.send(&[0x02, 0, 0x10, 0xff, 0x3c])?;
        assert!(rig.answers(&[0x03, 0, 0x10, 0xff, 0], &[0x30])?);
        // What was not enabled is not erased.
        rig.send(&[0x20, 0, 0x10, 0])?;
        assert!(rig.answers(&[0x03, 0, 0x10, 0xff, 0], &[0x30])?);

        for erase in [&[0x20, 0, 0x10, 0x42][..], &[0xd8, 0, 0, 0], &[0xc7]] {
            rig.send(&[0x06])?;
            rig.send(&[0x02, 0, 0x10, 0xff, 0x00])?;
            rig.send(&[0x06])?;
            rig.send(erase)?;
            assert_eq!(rig.status()?, 0);
            assert!(rig.answers(&[0x03, 0, 0x10, 0xff, 0], &[0xff])?);
        }
        Ok(())
    }

    #[test]
    fn flash_erases_no_more_than_was_asked_for() -> Result {
        let rig = flash()?;

        for address in [0x0fff, 0x1000, 0x1fff, 0x2000] {
            let [_, a, b, c] = u32::to_be_bytes(address);
            rig.send(&[0x06])?;
            rig.send(&[0x02, a, b, c, 0])?;
        }
        rig.send(&[0x06])?;
        rig.send(&[0x20, 0, 0x18, 0])?;
        assert!(rig.answers(&[0x03, 0, 0x0f, 0xff, 0, 0], &[0, 0xff])?);
        assert!(rig.answers(&[0x03, 0, 0x1f, 0xff, 0, 0], &[0xff, 0])?);
        // An erase with something behind its address is none.
        rig.send(&[0x06])?;
        rig.send(&[0x20, 0, 0x20, 0, 0])?;
        assert!(rig.answers(&[0x03, 0, 0x20, 0, 0], &[0])?);
        Ok(())
    }

    #[test]
    fn flash_resets_when_armed() -> Result {
        let rig = flash()?;

        rig.send(&[0x06])?;
        rig.send(&[0x99])?;
        assert_eq!(rig.status()?, 0x02);
        rig.send(&[0x66])?;
        rig.send(&[0x99])?;
        assert_eq!(rig.status()?, 0x00);
        Ok(())
    }

    #[test]
    fn stuck_memory_stays_busy() -> Result {
        for rig in [Rig::new(&eeprom())?, flash()?] {
            let Target::Device(device) = &rig.target else {
                return Err(EINVAL);
            };
            device.lock().set_stuck(true);
            assert_eq!(rig.status()? & 1, 1);
            device.lock().set_stuck(false);
            assert_eq!(rig.status()? & 1, 0);
        }
        Ok(())
    }

    #[test]
    fn registers_count_up() -> Result {
        let mut config = TargetConfig::new(Kind::Registers);
        config.size = Auto(Some(16));
        let rig = Rig::new(&config)?;

        rig.send(&[0x0e, 1, 2, 3])?;
        assert!(rig.answers(&[0x8e, 0, 0, 0, 0], &[1, 2, 3, 0])?);
        assert!(rig.answers(&[0x80, 0], &[3])?);
        Ok(())
    }

    #[test]
    fn sample_formats() -> Result {
        let table: [(&str, Result<&[u8]>); 12] = [
            ("be:u16/16", Ok(&[0x00, 0x03])),
            ("le:u16/16", Ok(&[0x03, 0x00])),
            ("be:u12/16>>4", Ok(&[0x00, 0x30])),
            ("be:u8/8", Ok(&[0x03])),
            ("le:s24/32>>8", Ok(&[0x00, 0x03, 0x00, 0x00])),
            ("be:u1/8>>7", Ok(&[0x80])),
            ("be:u13/16>>4", Err(EINVAL)),
            ("be:u0/8", Err(EINVAL)),
            ("be:u16/12", Err(EINVAL)),
            ("xe:u16/16", Err(EINVAL)),
            ("be:16/16", Err(EINVAL)),
            ("be:u16/16>>", Err(EINVAL)),
        ];

        for (text, expected) in table {
            match (SampleFormat::parse(text), expected) {
                (Ok(format), Ok(bytes)) => {
                    let mut config = TargetConfig::new(Kind::Adc);
                    config.format = format;
                    let rig = Rig::new(&config)?;
                    // The fourth sample of a ramp.
                    for _ in 0..3 {
                        rig.send(&[0])?;
                    }
                    let tx = [0; 4];
                    assert!(rig.answers(&tx[..bytes.len()], bytes)?);
                }
                (result, expected) => assert_eq!(result.err(), expected.err()),
            }
        }
        Ok(())
    }

    #[test]
    fn a_sine_goes_up_and_down() -> Result {
        let mut config = TargetConfig::new(Kind::Adc);
        config.format = SampleFormat::parse("be:s8/8")?;
        config.waveform = Waveform::Sine;
        config.period = Auto(Some(8));
        let rig = Rig::new(&config)?;

        // One message of eight samples, and then one that goes on.
        let expected = [0i8, 89, 127, 89, 0, -89, -127, -89];
        for _ in 0..2 {
            let rx = rig.send(&[0; 8])?;
            assert!(rx.iter().map(|byte| byte.cast_signed()).eq(expected));
        }
        Ok(())
    }

    #[test]
    fn given_samples_come_again_and_again() -> Result {
        let mut config = TargetConfig::new(Kind::Adc);
        config.waveform = Waveform::Samples;
        assert_eq!(Target::new(&config).err(), Some(EINVAL));

        config.samples = Setting::parse("1 -1 300")?;
        config.format = SampleFormat::parse("be:s16/16")?;
        let rig = Rig::new(&config)?;
        assert!(rig.answers(&[0; 8], &[0, 1, 0xff, 0xff, 0x01, 0x2c, 0, 1])?);
        Ok(())
    }

    #[test]
    fn scripts_compare_and_answer() -> Result {
        let mut config = TargetConfig::new(Kind::Script);
        config.script = Setting::parse("# a comment\n9f .. / ff 20\n\n06\n05 00 / ff 42")?;
        let rig = Rig::new(&config)?;
        let Target::Device(device) = &rig.target else {
            return Err(EINVAL);
        };

        assert!(rig.answers(&[0x9f, 0x33], &[0xff, 0x20])?);
        assert!(rig.answers(&[0x06], &[0xff])?);
        assert_eq!(device.lock().mismatches(), 0);
        // Other data, which are answered all the same.
        assert!(rig.answers(&[0x05, 0x01], &[0x42])?);
        assert_eq!(device.lock().mismatches(), 1);
        // A message after the end.
        assert!(rig.answers(&[0x05], &[0xff])?);
        assert_eq!(device.lock().mismatches(), 2);
        Ok(())
    }

    #[test]
    fn short_and_long_messages_do_not_match() -> Result {
        for message in [&[0x9f][..], &[0x9f, 0, 0]] {
            let mut config = TargetConfig::new(Kind::Script);
            config.script = Setting::parse("9f .. / ff 20")?;
            let rig = Rig::new(&config)?;
            rig.send(message)?;
            let Target::Device(device) = &rig.target else {
                return Err(EINVAL);
            };
            assert_eq!(device.lock().mismatches(), 1);
        }
        Ok(())
    }

    #[test]
    fn bad_descriptions_are_refused() {
        let mut configs: [TargetConfig; 7] = core::array::from_fn(|index| {
            TargetConfig::new(match index {
                0..=3 => Kind::Eeprom,
                4 => Kind::Flash,
                5 => Kind::Registers,
                _ => Kind::Adc,
            })
        });
        configs[0].size = Auto(Some(1000));
        configs[1].page_size = Auto(Some(2048));
        configs[2].page_size = Auto(Some(0));
        configs[3].address_width = Auto(Some(12));
        configs[4].size = Auto(Some(1 << 25));
        configs[5].size = Auto(Some(129));
        configs[6].period = Auto(Some(0));
        for config in &configs {
            assert_eq!(Target::new(config).err(), Some(EINVAL));
        }

        for script in ["9", "9g", "/ 00", "9f / 00 00", "zz / 00"] {
            let script = crate::target::Steps::parse(script);
            assert_eq!(script.err(), Some(EINVAL));
        }
    }
}
