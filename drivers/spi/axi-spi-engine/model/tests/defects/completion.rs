// SPDX-License-Identifier: GPL-2.0

//! Messages that end too early, too late or never.

use super::*;
use crate::{
    hw::{
        Chip,
        Script,
        Socket, //
    },
    platform::{
        Device,
        Instance,
        KernelSocket,
        SpiDevice,
        Transfer, //
    },
    tests::bench::*, //
};
use kernel::time::{
    delay::fsleep,
    Delta, //
};

/// How many interrupts a message may take before the rest get lost, so that one that never ends
/// does.
const MANY: u32 = 1000;

/// Sends a message to a loopback; whatever comes of it, the engine is quiet afterwards.
fn once(
    version: Version,
    driver: Driver,
    speed: u32,
    body: fn(&Instance, &SpiDevice<'_>) -> Result<bool>,
) -> Result<bool> {
    let instance = looped(&params(version), driver)?;
    let device = device(&instance, &Device::new(speed))?;
    instance.limit_interrupts(MANY);
    let result = body(&instance, &device);
    quiet(&instance);
    result
}

pub(super) const STALE_SYNC: Case = Case {
    id: "C2",
    what: "the SYNC of the setup ends the first message",
    on: since_1_02,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let device = instance.add_device(&Device::new(1_000_000))?;
        let right = echoes(&device, 3);
        quiet(&instance);
        right
    },
};

/// What the C driver says that it received in the first message after its setup, which was 1, 2
/// and 3, with an interrupt as late as in the measurements on the RTL.
pub(super) fn after_setup(version: Version, speed: u32) -> Result<[u8; 3]> {
    let instance = looped(&params(version), Driver::C)?;
    instance.set_latency(1500);
    let device = instance.add_device(&Device::new(speed))?;
    let mut rx = [0; 3];
    let sent = device.sync(&mut [Transfer::exchange(&[1, 2, 3], &mut rx)]);
    quiet(&instance);
    sent?;
    Ok(rx)
}

pub(super) const AFTER_TIMEOUT: Case = Case {
    id: "C4",
    what: "the message after a timeout gets what was left of it",
    on: all,
    right: |version, driver| {
        once(version, driver, 10_000_000, |instance, device| {
            instance.with(|engine| engine.faults.stuck = true);
            let lost = echoes(device, 3) == Err(ETIMEDOUT);
            instance.with(|engine| {
                // A C driver would not survive an interrupt now (C3).
                engine.write(register::MASK, 0);
                engine.faults.stuck = false;
            });
            let mut rx = zeros(2)?;
            device.sync(&mut [Transfer::exchange(&[0xa1, 0xa2], &mut rx)])?;
            Ok(lost && *rx == [0xa1, 0xa2])
        })
    },
};

pub(super) const LONG_DELAY: Case = Case {
    id: "C5",
    what: "a delay of 256 SCLK periods hangs the engine",
    on: |version| (Version::V1_03..=Version::V1_05).contains(&version),
    right: |version, driver| {
        once(version, driver, 10_000_000, |_, device| {
            device.sync(&mut [Transfer::write(&[1]).delay(30_000)])?;
            Ok(true)
        })
    },
};

pub(super) const LIVELOCK: Case = Case {
    id: "C6",
    what: "a full rx FIFO reads as empty, and interrupts without end",
    on: on_2_00,
    right: |version, driver| once(version, driver, 50_000_000, |_, device| echoes(device, 64)),
};

/// A chip that answers 1, 2, and so on.
fn counting(words: u32) -> Result<KernelSocket> {
    let mut script = KVVec::new();
    for word in 1..=words {
        script.push(word, GFP_KERNEL)?;
    }
    Ok(Socket::new(Chip::Script(Script::new(script))))
}

pub(super) const OVERTAKEN: Case = Case {
    id: "C38",
    what: "the end is reported before the last word is there, and nobody asks for it",
    // On 2.00 it is not, but a full FIFO reads as empty (C6).
    on: |version| version != Version::V1_05,
    right: |version, driver| {
        once(version, driver, 50_000_000, |instance, device| {
            // All words are on the wire before the driver looks, one more than fit.
            instance.set_latency(10_000);
            instance.attach(counting(33)?)?;
            let mut rx = zeros(33)?;
            device.sync(&mut [Transfer::read(&mut rx)])?;
            Ok(rx.iter().copied().eq(1..=33))
        })
    },
};

pub(super) const ZERO_LENGTH: Case = Case {
    id: "C10",
    what: "a transfer without a length and with a buffer stops tx",
    on: all,
    right: |version, driver| {
        once(version, driver, 10_000_000, |instance, device| {
            device.sync(&mut [
                Transfer::write(&[]).delay(10_000),
                Transfer::write(&[0x11, 0x22]),
            ])?;
            Ok(words(instance)?.len() == 2)
        })
    },
};

pub(super) const NO_RESET: Case = Case {
    id: "C20",
    what: "what the engine was told before the probe is still done",
    on: all,
    right: |version, driver| {
        let instance = Instance::new(&params(version))?;
        instance.with(|engine| {
            engine.write(register::ENABLE, 0);
            // A word of 8 bits without a chip select, which waits for its data.
            engine.advance(engine.now() + US);
            engine.write(register::CMD, 0x2208);
            engine.write(register::CMD, 0x0100);
        });
        instance.bind(driver)?;
        let device = device(&instance, &Device::new(10_000_000));
        let sent = device.and_then(|device| device.sync(&mut [Transfer::write(&[0x11, 0x22])]));
        quiet(&instance);
        sent?;
        let words = words(&instance)?;
        Ok(words.len() == 2 && words.iter().all(|word| word.pins == 0xfe))
    },
};

pub(super) const NOT_ITS_OWN: Case = Case {
    id: "C33",
    what: "an interrupt without a reason is taken for one with a reason",
    on: all,
    right: |version, driver| {
        once(version, driver, 10_000_000, |instance, device| {
            instance.raise();
            fsleep(Delta::from_millis(1));
            Ok(instance.unhandled() == 1 && echoes(device, 3)?)
        })
    },
};

/// Waits for 254 cycles of the serial clock.
const SLEEP: u32 = 0x31fe;

pub(super) const FULL_FIFO: Case = Case {
    id: "C34",
    what: "a setup gets lost when there is no room for instructions",
    on: since_1_02,
    right: |version, driver| {
        let instance = looped(&params(version), driver)?;
        let first = device(&instance, &Device::new(10_000_000))?;
        instance.limit_interrupts(MANY);
        // More than fit; what a driver has given them before is done, and theirs takes a while.
        instance.with(|engine| (0..64).for_each(|_| engine.write(register::CMD, SLEEP)));

        let has_active_high = version >= Version::V1_02;
        let second = instance.add_device(&Device {
            mode: if has_active_high { CS_HIGH } else { 0 },
            chip_select: 1,
            ..Device::new(10_000_000)
        });
        fsleep(Delta::from_millis(1));
        let is_high = instance.with(|engine| engine.wire().pins() & 2 != 0);
        let sent = second.and_then(|_second| echoes(&first, 3));
        quiet(&instance);
        Ok(sent? && is_high != has_active_high)
    },
};

/// What the C driver does is in [`crash`](crate::tests::crash); the report of the tests tells of
/// those that sleep.
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
pub(super) const FROM_ATOMIC: Case = Case {
    id: "A14",
    what: "a message is compiled where nobody may sleep with an allocation that may",
    on: all,
    right: |version, driver| {
        once(version, driver, 10_000_000, |_, device| {
            Ok(echoes_from_atomic(device, 1)? && echoes_from_atomic(device, 40)?)
        })
    },
};

/// What the C driver does is in [`crash`](crate::tests::crash).
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
pub(super) const FREED: Case = Case {
    id: "C26",
    what: "a message is read after its callback has freed it",
    on: all,
    right: |version, driver| {
        once(version, driver, 10_000_000, |_, device| {
            for _ in 0..3 {
                device.send_orphan()?;
            }
            Ok(true)
        })
    },
};
