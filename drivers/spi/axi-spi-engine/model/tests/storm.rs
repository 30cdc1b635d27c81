// SPDX-License-Identifier: GPL-2.0

//! Random faults of the hardware: a message may fail, but is never wrong without saying so, and the
//! next one is right.

use super::{
    bench::*,
    random::*, //
};
use crate::{
    hw::{
        Faults,
        Params,
        Version, //
    },
    platform::{
        Driver,
        Instance,
        SpiDevice, //
    }, //
};
use core::format_args;
use kernel::{
    kunit::info,
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// Something that goes wrong while a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// An interrupt comes without a reason.
    Spurious,
    /// Some interrupts get lost.
    Lost(u32),
    /// Interrupts get lost, and come when nobody waits any more.
    Late,
    /// The engine stops.
    Stuck,
    /// Words that come in get lost.
    SdiLost,
    /// Words to be sent get lost.
    SdoLost,
    /// Reports do not interrupt.
    SyncLost,
    /// Instructions get lost.
    CommandsLost,
}

const FAULTS: [Fault; 9] = [
    Fault::Spurious,
    Fault::Lost(1),
    Fault::Lost(3),
    Fault::Late,
    Fault::Stuck,
    Fault::SdiLost,
    Fault::SdoLost,
    Fault::SyncLost,
    Fault::CommandsLost,
];

impl Fault {
    fn begin(self, instance: &Instance) {
        let faults = Faults {
            stuck: self == Self::Stuck,
            sdi_lost: self == Self::SdiLost,
            sdo_lost: self == Self::SdoLost,
            commands_lost: self == Self::CommandsLost,
            sync_lost: self == Self::SyncLost,
        };
        instance.with(|engine| engine.faults = faults);
        match self {
            Self::Spurious => instance.raise(),
            Self::Lost(count) => instance.lose_interrupts(count),
            Self::Late => instance.lose_interrupts(u32::MAX),
            _ => {}
        }
    }

    fn end(instance: &Instance) {
        instance.with(|engine| engine.faults = Faults::default());
        // What was lost last comes now.
        instance.lose_interrupts(0);
        instance.raise();
    }
}

/// How often messages came to which end.
#[derive(Default)]
struct Ends {
    right: u32,
    timed_out: u32,
    lost_words: u32,
    /// Their device was gone before they were begun.
    unsent: u32,
}

/// Whether it can go unnoticed that a message is wrong.
///
/// An instruction that was lost can be missed only if it had something to do with words that came
/// in, or were left over. A word that is missing can't be told from one that happens to be what an
/// empty FIFO gives, if words are as long as that and the level is off.
fn can_be_missed(fault: Fault, params: &Params) -> bool {
    match fault {
        Fault::CommandsLost => true,
        Fault::SdiLost => params.version == Version::V2_00 && params.data_width == 32,
        _ => false,
    }
}

impl Ends {
    fn total(&self) -> u32 {
        self.right + self.timed_out + self.lost_words + self.unsent
    }

    /// Counts how a message ended, and checks it if it says that it is right.
    fn add(&mut self, ended: Result, fault: Fault, message: &Message, place: &Place) -> Result {
        match ended {
            Ok(()) => {
                if !can_be_missed(fault, &place.params) {
                    message.check(place)?;
                }
                self.right += 1;
            }
            Err(ETIMEDOUT) => self.timed_out += 1,
            Err(EIO) => self.lost_words += 1,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Sends a message without a fault.
fn send_right(random: &mut Random, place: &Place, device: &SpiDevice<'_>) -> Result {
    let mut message = place.message(random, 4)?;
    place.instance.clear_log();
    message.send(device)?;
    message.check(place)
}

/// Sends a message with a fault, and one without.
fn strike(random: &mut Random, place: &Place, device: &SpiDevice<'_>, ends: &mut Ends) -> Result {
    let fault = random.one_of(&FAULTS);
    let mut message = place.message(random, 4)?;
    place.instance.clear_log();
    fault.begin(&place.instance);
    let result = message.send(device);
    Fault::end(&place.instance);

    ends.add(result, fault, &message, place)?;
    send_right(random, place, device)
}

/// Takes the driver off the engine while a message is sent with a fault, and puts it on again for
/// one without.
fn unbind(random: &mut Random, place: &Place, ends: &mut Ends) -> Result {
    let fault = random.one_of(&FAULTS);
    // Without a pause the message may not have been begun; less than 20 us would not let it.
    let pause = random.one_of(&[0, 20, 100, 1_000]);
    let mut message = place.message(random, 4)?;

    let removed = device(&place.instance, &place.description)?;
    fault.begin(&place.instance);
    let result = message.send_during(&removed, || {
        fsleep(Delta::from_micros(pause));
        place.instance.unbind();
    });
    Fault::end(&place.instance);
    drop(removed);
    if pause == 0 && result == Err(EINVAL) && words(&place.instance)?.is_empty() {
        ends.unsent += 1;
    } else {
        ends.add(result, fault, &message, place)?;
    }

    place.instance.bind(Driver::Rust)?;
    let added = device(&place.instance, &place.description)?;
    send_right(random, place, &added)
}

#[kernel::macros::kunit_tests(axi_spi_engine_storm)]
mod suite {
    use super::*;
    use crate::platform::cycles;

    const SEED: u64 = 0x5_7071;
    const ENGINES: u32 = 50;
    const STRIKES: u32 = 20;

    /// Does something to engines, `enough` times at most, and prints what became of the messages.
    fn storm(
        what: &str,
        enough: u32,
        strike: fn(&mut Random, &Place, &mut Ends) -> Result,
    ) -> Result {
        let mut random = Random::new(SEED);
        let mut ends = Ends::default();

        for engine in 0..cycles(ENGINES, enough / STRIKES) {
            let place = Place::random(&mut random)?;

            strike(&mut random, &place, &mut ends).inspect_err(|error| {
                let messages = ends.total();
                complain(format_args!("seed {SEED:#x}, engine {engine}, {messages}"));
                complain(format_args!("{error:?} on {:?}", place.params));
            })?;
        }
        info(format_args!(
            "{what}: {}, seed {SEED:#x}: {} messages right, {} timed out, {} lost words, \
             {} not sent\n",
            ends.total(),
            ends.right,
            ends.timed_out,
            ends.lost_words,
            ends.unsent
        ));
        Ok(())
    }

    #[test]
    fn faults_never_spoil_data() -> Result {
        storm("faults", 100_000, |random, place, ends| {
            let device = device(&place.instance, &place.description)?;

            for _ in 0..STRIKES {
                strike(random, place, &device, ends)?;
            }
            Ok(())
        })
    }

    #[test]
    fn unbinding_never_spoils_data() -> Result {
        storm("unbound", 10_000, |random, place, ends| {
            for _ in 0..STRIKES {
                unbind(random, place, ends)?;
            }
            Ok(())
        })
    }
}
