// SPDX-License-Identifier: GPL-2.0

//! Tests of settings as text, and of descriptions of controllers.

#[kernel::macros::kunit_tests(spi_sim_settings)]
mod suite {
    use crate::{
        config::Config,
        setting::{
            self,
            Auto,
            Setting, //
        },
        target::{
            Kind,
            SampleFormat,
            TargetConfig,
            Waveform, //
        },
        timing::Timing, //
    };
    use kernel::{
        clk::Hertz,
        page::PAGE_SIZE,
        prelude::*,
        spi::{
            Lines,
            Modes, //
        }, //
    };

    /// Whether a value that is read from `text` shows as `shown`.
    fn shows<T: Setting>(text: &str, shown: &str) -> Result<bool> {
        let value: T = setting::parse(text.as_bytes())?;
        let mut page = KBox::new([0; PAGE_SIZE], GFP_KERNEL)?;
        let len = setting::show(&value, &mut page)?;

        Ok(page[..len].strip_suffix(b"\n") == Some(shown.as_bytes()))
    }

    /// Whether none of the texts is a value.
    fn refuses<T: Setting>(texts: &[&str]) -> bool {
        texts
            .iter()
            .all(|text| setting::parse::<T>(text.as_bytes()).err() == Some(EINVAL))
    }

    #[test]
    fn values_show_as_they_were_set() -> Result {
        assert!(shows::<u32>(" 4294967295\n", "4294967295")?);
        assert!(shows::<bool>("y", "1")?);
        assert!(shows::<bool>("0\n", "0")?);
        assert!(shows::<Auto<u16>>("auto\n", "auto")?);
        assert!(shows::<Auto<u16>>("7", "7")?);
        assert!(shows::<Hertz>("1000000", "1000000")?);
        assert!(shows::<Modes>("\n", "")?);
        assert!(shows::<Modes>("no-rx  cpha\n", "cpha no-rx")?);
        assert!(shows::<Lines>("4", "4")?);
        assert!(shows::<Kind>("eeprom\n", "eeprom")?);
        assert!(shows::<Waveform>("sine", "sine")?);
        assert!(shows::<Timing>("clock", "clock")?);
        assert!(shows::<SampleFormat>("le:s12/16>>4\n", "le:s12/16>>4")?);
        Ok(())
    }

    #[test]
    fn what_is_no_value_is_refused() {
        assert!(refuses::<u32>(&[
            "",
            "-1",
            "4294967296",
            "1 2",
            "0x10",
            "one"
        ]));
        assert!(refuses::<bool>(&["", "maybe"]));
        assert!(refuses::<Auto<u16>>(&["", "automatic", "65536"]));
        assert!(refuses::<Modes>(&["cpha,cpol", "CPHA", "fast"]));
        assert!(refuses::<Lines>(&["", "0", "3", "16"]));
        assert!(refuses::<Kind>(&["", "Flash", "flash eeprom"]));
        assert_eq!(setting::parse::<Kind>(b"\xff").err(), Some(EINVAL));
    }

    #[test]
    fn descriptions_that_contradict_themselves_are_refused() -> Result {
        let wrong: [fn(&mut Config); 10] = [
            |config| config.num_chipselects = 0,
            |config| config.num_chipselects = 17,
            |config| config.min_bits_per_word = 0,
            |config| config.max_bits_per_word = 33,
            |config| config.min_bits_per_word = config.max_bits_per_word + 1,
            |config| config.max_transfer_size = Auto(Some(0)),
            |config| config.max_message_size = Auto(Some(0)),
            |config| config.dma_alignment = 24,
            |config| config.dma_alignment = 0,
            |config| config.log_size = (1 << 20) + 1,
        ];

        for spoil in wrong {
            let mut config = Config::default();
            assert!(config.settings().is_ok());
            spoil(&mut config);
            assert_eq!(config.settings().err(), Some(EINVAL));
        }

        let mut config = Config::default();
        config
            .targets
            .push((4, TargetConfig::new(Kind::Loopback)), GFP_KERNEL)?;
        assert_eq!(config.settings().err(), Some(EINVAL));
        config.num_chipselects = 5;
        assert!(config.settings().is_ok());
        Ok(())
    }
}
