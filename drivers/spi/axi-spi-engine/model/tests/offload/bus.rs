// SPDX-License-Identifier: GPL-2.0

//! Who has the bus, and what happens when someone leaves, with the driver in Rust.

use super::bench::*;
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

const SPEED: u32 = 10_000_000;

#[kernel::macros::kunit_tests(axi_spi_engine_offload_bus)]
mod suite {
    use super::*;

    #[test]
    fn messages_of_all_devices_are_refused_while_armed() -> Result {
        for version in Version::ALL {
            let instance = offloading(&params(version), Driver::Rust, RECORDED)?;
            let device = device(&instance, &Device::new(SPEED))?;
            let other = instance.add_device(&Device {
                chip_select: 1,
                ..Device::new(SPEED)
            })?;
            let offload = device.offload(TRIGGER)?;
            let program = offload.prepare(&mut [Transfer::write(&[1])])?;

            assert!(echoes(&device, 3)? && echoes(&other, 3)?);
            offload.enable()?;
            for device in [&device, &other] {
                assert_eq!(device.sync(&mut [Transfer::write(&[1])]), Err(EBUSY));
            }
            assert_eq!(program.send(), Err(EOPNOTSUPP));
            offload.disable();
            assert!(echoes(&device, 3)? && echoes(&other, 3)?);
        }
        Ok(())
    }

    #[test]
    fn devices_can_be_added_while_armed() -> Result {
        let instance = offloading(&params(Version::V2_00), Driver::Rust, RECORDED)?;
        let device = device(&instance, &Device::new(SPEED))?;
        let offload = device.offload(TRIGGER)?;
        let _program = offload.prepare(&mut [Transfer::write(&[1])])?;
        offload.enable()?;

        let high = Device {
            chip_select: 1,
            mode: CS_HIGH,
            ..Device::new(SPEED)
        };
        assert_eq!(instance.add_device(&high).err(), Some(EBUSY));
        let other = instance.add_device(&Device {
            chip_select: 1,
            ..Device::new(SPEED)
        })?;
        instance.clear_log();
        run(&instance);
        assert_eq!(words(&instance)?.len(), 1);
        offload.disable();
        assert!(echoes(&other, 3)?);
        drop(other);
        assert!(instance.add_device(&high).is_ok());
        Ok(())
    }

    #[test]
    fn steps_out_of_turn_are_refused() -> Result {
        let instance = offloading(&params(Version::V1_05), Driver::Rust, RECEIVING)?;
        let device = device(&instance, &Device::new(SPEED))?;
        assert_eq!(device.offload(TX_STREAM).err(), Some(ENODEV));

        let offload = device.offload(TRIGGER)?;
        assert_eq!(device.offload(TRIGGER).err(), Some(EBUSY));
        assert_eq!(offload.enable(), Err(EINVAL));
        let program = offload.prepare(&mut [Transfer::read_stream(2)])?;
        offload.enable()?;
        assert_eq!(offload.enable(), Err(EBUSY));

        // Forgotten while it is armed: it does not go on.
        drop(program);
        instance.clear_log();
        run(&instance);
        assert_eq!(words(&instance)?.len(), 0);
        assert!(echoes(&device, 3)?);
        Ok(())
    }

    #[test]
    fn what_the_memories_can_not_hold_is_refused() -> Result {
        for version in Version::ALL {
            for (width, words) in [(4u8, 16usize), (6, 64)] {
                let params = Params {
                    memory_width: width,
                    program_width: width,
                    ..params(version)
                };
                if version < Version::V1_01 && width != 4 {
                    // It can't be read.
                    continue;
                }
                let instance = offloading(&params, Driver::Rust, RECEIVING)?;
                let device = device(&instance, &Device::new(SPEED))?;
                let offload = device.offload(TRIGGER)?;

                let fits = words - usize::from(version >= Version::V1_04);
                let bytes = bytes(words + 1)?;
                let write = |count: usize| {
                    offload
                        .prepare(&mut [Transfer::write(&bytes[..count])])
                        .err()
                };
                assert_eq!(write(fits), None);
                assert_eq!(write(fits + 1), Some(ENOSPC));

                let reads = |count: usize| -> Result<Option<Error>> {
                    let mut transfers = KVec::new();
                    for _ in 0..count {
                        transfers.push(Transfer::read_stream(1), GFP_KERNEL)?;
                    }
                    Ok(offload.prepare(&mut transfers).err())
                };
                // Two instructions for the chip select, and the report.
                let fits = words - 2 - usize::from(version < Version::V1_05);
                assert_eq!(reads(fits)?, None);
                assert_eq!(reads(fits + 1)?, Some(ENOSPC));

                let mut rx = [0];
                let into_buffer = offload.prepare(&mut [Transfer::read(&mut rx)]);
                assert_eq!(into_buffer.err(), Some(EINVAL));
            }
        }
        Ok(())
    }

    #[test]
    fn lanes_change_only_where_nothing_is_sent() -> Result {
        let params = Params {
            lanes: 4,
            ..params(Version::V2_00)
        };
        let instance = offloading(&params, Driver::Rust, RECEIVING)?;
        let device = device(
            &instance,
            &Device {
                lanes: 2,
                ..Device::new(SPEED)
            },
        )?;
        let offload = device.offload(TRIGGER)?;
        let mixed =
            offload.prepare(&mut [Transfer::write(&[1]), Transfer::write(&[1, 2]).stripe()]);
        assert_eq!(mixed.err(), Some(EINVAL));

        let program =
            offload.prepare(&mut [Transfer::read_stream(1), Transfer::read_stream(2).stripe()])?;
        offload.enable()?;
        instance.clear_log();
        run(&instance);
        run(&instance);
        assert_eq!(words(&instance)?.len(), 4);
        offload.disable();
        drop(program);
        assert!(echoes(&device, 3)?);
        Ok(())
    }

    #[test]
    fn a_chip_select_is_not_held_after_disarming() -> Result {
        for version in Version::ALL {
            let instance = offloading(&params(version), Driver::Rust, RECORDED)?;
            let device = device(&instance, &Device::new(SPEED))?;
            let other = instance.add_device(&Device {
                chip_select: 1,
                mode: CPOL,
                ..Device::new(SPEED)
            })?;
            let offload = device.offload(TRIGGER)?;
            let program = offload.prepare(&mut [Transfer::write(&[1]).cs_change(0)])?;

            // A message of another device holds its own.
            other.sync(&mut [Transfer::write(&[1]).cs_change(0)])?;
            assert_eq!(instance.with(|engine| engine.wire().pins()), 0xfd);
            offload.enable()?;
            run(&instance);
            assert_eq!(instance.with(|engine| engine.wire().pins()), 0xfe);
            offload.disable();
            assert!(echoes(&other, 3)?);
            assert_eq!(instance.with(|engine| engine.wire().pins()), 0xff);
            drop(program);
        }
        Ok(())
    }

    #[test]
    fn the_engine_can_go_while_armed() -> Result {
        for version in Version::ALL {
            let instance = offloading(&params(version), Driver::Rust, RECEIVING)?;
            for _ in 0..3 {
                let device = device(&instance, &Device::new(SPEED))?;
                let offload = device.offload(TRIGGER)?;
                let program = offload.prepare(&mut [Transfer::read_stream(2)])?;
                offload.enable()?;
                run(&instance);
                instance.unbind();
                assert_eq!(instance.peek(register::OFFLOAD_STATUS), 0);
                assert_eq!(instance.peek(register::OFFLOAD_EN), 0);

                // The device is gone: nothing happens any more.
                drop(program);
                drop(offload);
                drop(device);
                instance.bind(Driver::Rust)?;
            }
            let device = device(&instance, &Device::new(SPEED))?;
            assert!(echoes(&device, 3)?);
        }
        Ok(())
    }
}
