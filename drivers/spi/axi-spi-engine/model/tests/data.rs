// SPDX-License-Identifier: GPL-2.0

//! The C driver works on the model, as far as it works at all.

#[kernel::macros::kunit_tests(axi_spi_engine_c)]
mod suite {
    use crate::{
        hw::{
            Params,
            Version, //
        },
        platform::{
            Device,
            Driver,
            Transfer, //
        },
        tests::bench::*, //
    };
    use kernel::prelude::*;

    #[test]
    fn bytes_come_back_on_all_versions() -> Result {
        for version in Version::ALL {
            let instance = looped(&params(version), Driver::C)?;
            let device = device(&instance, &Device::new(10_000_000))?;

            for len in [1, 3, 32, 33, 300] {
                assert!(echoes(&device, len)?);
            }
        }
        Ok(())
    }

    #[test]
    fn words_of_all_sizes_come_back() -> Result {
        for version in [Version::V1_05, Version::V2_00] {
            for (bits, mask) in [(8, 0xff), (16, 0xff), (32, 0xff), (12, 0x0f), (20, 0x00)] {
                let instance = looped(&params(version), Driver::C)?;
                let device = device(&instance, &Device::new(10_000_000))?;
                let mut tx = bytes(64)?;
                let mut rx = zeros(64)?;
                let size = match bits {
                    8 => 1,
                    12 | 16 => 2,
                    _ => 4,
                };
                // The upper bits of a word are not sent, and those of what comes in mean nothing.
                for word in tx.chunks_mut(size) {
                    word[size - 1] &= mask;
                    if bits == 20 {
                        word[2] &= 0x0f;
                    }
                }
                device.sync(&mut [Transfer::exchange(&tx, &mut rx).bits(bits)])?;
                for word in rx.chunks_mut(size) {
                    word[size - 1] &= mask;
                    if bits == 20 {
                        word[2] &= 0x0f;
                    }
                }
                assert_eq!(*tx, *rx);
            }
        }
        Ok(())
    }

    #[test]
    fn chip_select_and_mode_are_on_the_wire() -> Result {
        for version in [Version::V1_02, Version::V1_05, Version::V2_00] {
            for (mode, clock_mode) in [(0, 0), (CPHA, 1), (CPOL, 2), (CPOL | CPHA, 3)] {
                let instance = looped(&params(version), Driver::C)?;
                let device = device(
                    &instance,
                    &Device {
                        mode: mode | CS_HIGH,
                        chip_select: 3,
                        ..Device::new(5_000_000)
                    },
                )?;
                device.sync(&mut [Transfer::write(&[0x5a])])?;
                let words = words(&instance)?;
                assert_eq!(words.len(), 1);
                assert_eq!(words[0].sdo[0], 0x5a);
                assert_eq!(words[0].mode & 3, clock_mode);
                assert_eq!(words[0].pins, 0xff);
                assert_eq!(words[0].divider, 10);
                let selects = selects(&instance)?;
                assert_eq!(selects[selects.len() - 1].1, 0xf7);
            }
        }
        Ok(())
    }

    #[test]
    fn transfers_of_a_message_share_a_chip_select() -> Result {
        let instance = looped(&params(Version::V1_05), Driver::C)?;
        let device = device(&instance, &Device::new(10_000_000))?;
        let mut rx = zeros(2)?;
        device.sync(&mut [
            Transfer::write(&[1, 2]),
            Transfer::read(&mut rx).delay(10_000),
            Transfer::write(&[3]).cs_change(20_000),
            Transfer::write(&[4]),
        ])?;
        let words = words(&instance)?;
        let selects = selects(&instance)?;
        assert_eq!(words.len(), 6);
        assert_eq!(selects.len(), 4);
        assert!(words[4].start - words[3].end >= 10 * US);
        assert!(selects[2].0 - selects[1].0 >= 20 * US);
        Ok(())
    }

    #[test]
    fn a_core_of_another_width_is_probed() -> Result {
        for (data_width, sdi_width) in [(8, 4), (16, 5), (24, 6)] {
            let params = Params {
                data_width,
                sdi_width,
                ..params(Version::V1_05)
            };
            let instance = looped(&params, Driver::C)?;
            let device = device(&instance, &Device::new(10_000_000))?;
            assert!(echoes(&device, 100)?);
        }
        Ok(())
    }
}
