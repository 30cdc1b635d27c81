// SPDX-License-Identifier: GPL-2.0

//! What answers on a chip select.

use crate::{
    peer::Port,
    shifter::{
        ByteTarget,
        Shifter, //
    },
    word::{
        for_each,
        Word, //
    },
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        Mutex, //
    }, //
};

mod adc;
mod config;
mod controller;
mod eeprom;
mod flash;
mod memory;
mod registers;
mod sample_format;
mod script;
mod sfdp;

pub(crate) use self::{
    adc::Waveform,
    config::{
        Kind,
        TargetConfig, //
    },
    sample_format::SampleFormat,
    script::Steps, //
};

/// A chip that works with bytes, between its chip select becoming active and inactive again.
///
/// Times are in nanoseconds, of any clock that does not go back.
trait Chip: ByteTarget {
    /// The chip select becomes active.
    fn select(&mut self, now: u64);

    /// The chip select becomes inactive; `aligned` tells that the last byte was complete.
    fn deselect(&mut self, now: u64, aligned: bool);

    /// Returns what the chip has stored, for whoever wants to look at it or change it.
    fn contents(&mut self) -> Option<&mut [u8]> {
        None
    }

    /// Makes the chip answer that it is busy, for ever, or lets it be ready again.
    fn set_stuck(&mut self, stuck: bool) {
        let _ = stuck;
    }

    /// Returns how many messages were not what the chip expected.
    fn mismatches(&self) -> u32 {
        0
    }
}

/// The chips.
enum Model {
    Eeprom(eeprom::Eeprom),
    Flash(flash::Flash),
    Registers(registers::Registers),
    Adc(adc::Adc),
    Script(script::Script),
    Controller(controller::Controller),
}

/// Does the same with each kind of chip.
macro_rules! each {
    ($model:expr, $chip:ident => $what:expr) => {
        match $model {
            Model::Eeprom($chip) => $what,
            Model::Flash($chip) => $what,
            Model::Registers($chip) => $what,
            Model::Adc($chip) => $what,
            Model::Script($chip) => $what,
            Model::Controller($chip) => $what,
        }
    };
}

/// A chip and its shift register.
pub(crate) struct Device {
    model: Model,
    shifter: Shifter,
}

impl Device {
    /// The chip select becomes active.
    pub(crate) fn select(&mut self, now: u64) {
        self.shifter.reset();
        each!(&mut self.model, chip => chip.select(now));
    }

    /// The chip select becomes inactive.
    pub(crate) fn deselect(&mut self, now: u64) {
        let aligned = self.shifter.is_aligned();
        each!(&mut self.model, chip => chip.deselect(now, aligned));
    }

    /// Sends what `memory` has, and replaces it by what comes in.
    pub(crate) fn exchange(&mut self, word: Word, memory: &mut [u8]) {
        let shifter = &mut self.shifter;
        each!(&mut self.model, chip => {
            if word.is_byte() {
                memory.iter_mut().for_each(|byte| *byte = shifter.byte(chip, *byte));
            } else {
                for_each(word, memory, |out| shifter.word(chip, out, word.bits()));
            }
        });
    }

    /// Returns what the chip has stored, if it stores something.
    pub(crate) fn contents(&mut self) -> Option<&mut [u8]> {
        each!(&mut self.model, chip => chip.contents())
    }

    /// Makes the chip answer that it is busy, for ever, or lets it be ready again.
    pub(crate) fn set_stuck(&mut self, stuck: bool) {
        each!(&mut self.model, chip => chip.set_stuck(stuck));
    }

    /// Returns how many messages were not what the chip expected.
    pub(crate) fn mismatches(&self) -> u32 {
        each!(&self.model, chip => chip.mismatches())
    }
}

/// What answers on a chip select.
pub(crate) enum Target {
    /// Nothing: the line is pulled up.
    Nothing,
    /// The output of the controller is connected to its input.
    Loopback,
    /// A chip.
    Device(Pin<KBox<Mutex<Device>>>),
}

impl Target {
    /// Builds what `config` describes.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the description does not make sense, `ENOMEM` if there is no memory.
    pub(crate) fn new(config: &TargetConfig) -> Result<Self> {
        let model = match config.kind {
            Kind::Nothing => return Ok(Self::Nothing),
            Kind::Loopback => return Ok(Self::Loopback),
            Kind::Eeprom => Model::Eeprom(eeprom::Eeprom::new(config)?),
            Kind::Flash => Model::Flash(flash::Flash::new(config)?),
            Kind::Registers => Model::Registers(registers::Registers::new(config)?),
            Kind::Adc => Model::Adc(adc::Adc::new(config)?),
            Kind::Script => Model::Script(script::Script::new(config)?),
            Kind::Controller => Model::Controller(controller::Controller::new()?),
        };
        let device = Device {
            model,
            shifter: Shifter::default(),
        };
        Ok(Self::Device(KBox::pin_init(
            new_mutex!(device),
            GFP_KERNEL,
        )?))
    }

    /// Returns where another controller's transfers are, if this is one.
    pub(crate) fn port(&self) -> Option<Arc<Port>> {
        let Self::Device(device) = self else {
            return None;
        };
        match &device.lock().model {
            Model::Controller(controller) => Some(controller.port().clone()),
            _ => None,
        }
    }

    /// Sends what `memory` has, and replaces it by what comes in.
    pub(crate) fn exchange(&self, word: Word, memory: &mut [u8]) {
        match self {
            // The line is pulled up.
            Self::Nothing => for_each(word, memory, |_| u32::MAX),
            // The bits that a word does not have in memory are lost on the way.
            Self::Loopback if !word.fills_memory() => for_each(word, memory, |wire| wire),
            Self::Loopback => {}
            Self::Device(device) => device.lock().exchange(word, memory),
        }
    }
}
