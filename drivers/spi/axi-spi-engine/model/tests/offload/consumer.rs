// SPDX-License-Identifier: GPL-2.0

//! A driver of a device in Rust, which uses the offload of each driver of the engine.

use super::bench::*;
use crate::{
    hw::Version,
    platform::{
        Device,
        Driver, //
    },
    tests::bench::*, //
};
use kernel::{
    clk::Hertz,
    device::{
        Bound,
        Core, //
    },
    prelude::*,
    spi::{
        self,
        offload::{
            Armed,
            Capability,
            Offload,
            Periodic,
            Trigger, //
        },
        Buffer,
        Message,
        Transfer, //
    }, //
};

/// The driver of the device: it has the trigger send three words.
pub(crate) struct Chip;

kernel::spi_device_table! {
    CHIP_TABLE,
    <Chip as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"axi-engine-rust-chip"), ())]
}

impl spi::Driver for Chip {
    type IdInfo = ();
    type Data<'bound> = Armed<'bound, Periodic>;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&CHIP_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
        arm(dev)
    }
}

fn message(words: &[u8]) -> Result<Message> {
    let buffer = Buffer::from_slice(words, GFP_KERNEL)?;

    Message::new([Transfer::write(buffer)], GFP_KERNEL)
}

/// Goes up all steps, and up and down again some of them.
///
/// # Errors
///
/// `EBADMSG` if something is not as it should be.
fn arm(dev: &spi::Device<Bound>) -> Result<Armed<'_, Periodic>> {
    if Offload::get(dev, Capability::TxStreamDma.into()).err() != Some(ENODEV) {
        return Err(EBADMSG);
    }
    let offload = Offload::get(dev, Capability::Trigger | Capability::TxStaticData)?;
    if Offload::get(dev, Capability::Trigger.into()).err() != Some(EBUSY) {
        return Err(EBADMSG);
    }

    // More than fits.
    let refused = match offload.prepare(message(&[0; 17])?) {
        Ok(_) => return Err(EBADMSG),
        Err(refused) => refused,
    };
    let (offload, _) = refused.returned;
    let trigger = Trigger::get(&offload)?;
    let settings = trigger.validate(Periodic::new(Hertz::from_khz(1))?)?;

    let prepared = offload.prepare(message(&[9])?)?;
    let (prepared, trigger) = prepared.arm(trigger, settings)?.disarm();
    let (offload, _) = prepared.into_parts();

    let prepared = offload.prepare(message(&[0x11, 0x22, 0x33])?)?;
    Ok(prepared.arm(trigger, settings)?)
}

fn steps(driver: Driver) -> Result {
    for version in Version::ALL {
        let params = one_clock(&params(version));
        let instance = offloading(&params, driver, RECORDED)?;
        for _ in 0..2 {
            let chip = instance.add_device(&Device {
                rust: true,
                ..Device::new(10_000_000)
            })?;
            ensure(instance.is_triggered())?;

            instance.clear_log();
            run(&instance);
            run(&instance);
            let sent = words(&instance)?;
            let sent = sent.iter().map(|word| word.sdo[0]);
            ensure(sent.eq([0x11, 0x22, 0x33, 0x11, 0x22, 0x33]))?;

            drop(chip);
            ensure(!instance.is_triggered())?;
            ensure(instance.peek(register::OFFLOAD_STATUS) == 0)?;
        }
        let device = device(&instance, &Device::new(10_000_000))?;
        ensure(device.sync(&mut [crate::platform::Transfer::write(&[1, 2, 3])])? == 3)?;
    }
    Ok(())
}

#[kernel::macros::kunit_tests(axi_spi_engine_offload_consumer)]
mod suite {
    use super::*;

    #[test]
    fn steps_on_the_driver_in_c() -> Result {
        steps(Driver::C)
    }

    #[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
    #[test]
    fn steps_on_the_driver_in_rust() -> Result {
        steps(Driver::Rust)
    }
}
