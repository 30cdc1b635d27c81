// SPDX-License-Identifier: GPL-2.0

//! The description of what answers on a chip select.

use super::{
    SampleFormat,
    Steps,
    Waveform, //
};
use crate::setting::{
    named_setting,
    Auto,
    Setting,
    Text, //
};
use kernel::{
    clk::Hertz,
    fmt,
    prelude::*,
    spi::{
        Lines,
        Modes, //
    },
    str::Formatter,
    time::NSEC_PER_USEC, //
};

/// The kinds of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing is there.
    Nothing,
    /// What is sent comes back.
    Loopback,
    /// A serial EEPROM.
    Eeprom,
    /// A NOR flash.
    Flash,
    /// A register file.
    Registers,
    /// A converter.
    Adc,
    /// Given answers to expected messages.
    Script,
    /// Another controller, an SPI target.
    Controller,
}

named_setting!(Kind,
    "none" => Kind::Nothing,
    "loopback" => Kind::Loopback,
    "eeprom" => Kind::Eeprom,
    "flash" => Kind::Flash,
    "registers" => Kind::Registers,
    "adc" => Kind::Adc,
    "script" => Kind::Script,
    "controller" => Kind::Controller,
);

named_setting!(Waveform,
    "ramp" => Waveform::Ramp,
    "sine" => Waveform::Sine,
    "samples" => Waveform::Samples,
);

impl Setting for SampleFormat {
    fn parse(text: &str) -> Result<Self> {
        SampleFormat::parse(text)
    }

    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

/// What a flash answers to "read identification".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JedecId(pub(crate) [u8; 3]);

impl Setting for JedecId {
    fn parse(text: &str) -> Result<Self> {
        if text.len() != 6 {
            return Err(EINVAL);
        }
        let id = u32::from_str_radix(text, 16).map_err(|_| EINVAL)?;
        let [_, a, b, c] = id.to_be_bytes();
        Ok(Self([a, b, c]))
    }

    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        use fmt::Write;

        let [a, b, c] = self.0;
        write!(f, "{a:02x}{b:02x}{c:02x}")
    }
}

/// The values that a converter gives, with spaces between them.
#[derive(Default)]
pub(crate) struct Samples(Text);

impl Samples {
    /// Returns the values.
    pub(crate) fn values(&self) -> Result<KVec<i64>> {
        let mut values = KVec::new();

        for word in self.0.as_str()?.split_whitespace() {
            let value: i64 = word.parse().map_err(|_| EINVAL)?;
            values.push(value, GFP_KERNEL)?;
        }
        Ok(values)
    }
}

impl Setting for Samples {
    fn parse(text: &str) -> Result<Self> {
        let samples = Self(Text::parse(text)?);

        samples.values()?;
        Ok(samples)
    }

    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

/// The messages that a chip expects, and its answers.
#[derive(Default)]
pub(crate) struct Script(Text);

impl Script {
    /// Returns the text.
    pub(crate) fn as_str(&self) -> Result<&str> {
        self.0.as_str()
    }
}

impl Setting for Script {
    fn parse(text: &str) -> Result<Self> {
        Steps::parse(text)?;
        Ok(Self(Text::parse(text)?))
    }

    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

/// How the memory of an EEPROM is arranged.
pub(crate) struct Layout {
    /// The number of bytes.
    pub(crate) size: usize,
    /// The number of bytes that are written at once.
    pub(crate) page_size: usize,
    /// The number of bits of an address.
    pub(crate) address_width: usize,
}

/// Returns the usual number of bits of an address.
fn default_address_width(size: usize) -> usize {
    match size {
        0..=256 => 8,
        257..=512 => 9,
        513..=65536 => 16,
        _ => 24,
    }
}

/// The description of what answers on a chip select, and of the device that the kernel sees there.
pub(crate) struct TargetConfig {
    /// What it is.
    pub(crate) kind: Kind,
    /// The id by which the kernel finds a driver; without one there is no device.
    pub(crate) modalias: Text,
    /// The highest speed of the device, 0 for that of the controller.
    pub(crate) max_speed: Hertz,
    /// How the device is clocked.
    pub(crate) mode: Modes,
    /// The number of lines on which it can be sent to.
    pub(crate) tx_lines: Lines,
    /// The number of lines on which it can send.
    pub(crate) rx_lines: Lines,
    /// The number of bytes or registers that it has.
    pub(crate) size: Auto<usize>,
    /// The number of bytes that an EEPROM writes at once.
    pub(crate) page_size: Auto<usize>,
    /// The number of bits of an address of an EEPROM: 8, 9, 16 or 24.
    pub(crate) address_width: Auto<usize>,
    /// The identification of a flash.
    pub(crate) jedec_id: JedecId,
    /// How long a write takes, in microseconds.
    pub(crate) write_time_us: u32,
    /// How a converter arranges the bits of a sample.
    pub(crate) format: SampleFormat,
    /// What a converter sees.
    pub(crate) waveform: Waveform,
    /// The number of samples in a period of a sine.
    pub(crate) period: Auto<usize>,
    /// The samples that a converter gives.
    pub(crate) samples: Samples,
    /// What a script expects and answers.
    pub(crate) script: Script,
    /// The id by which the other controller's device finds a driver.
    pub(crate) handler: Text,
}

impl TargetConfig {
    /// Describes a target with the usual settings of its kind.
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            modalias: Text::default(),
            max_speed: Hertz(0),
            mode: Modes::empty(),
            tx_lines: Lines::Single,
            rx_lines: Lines::Single,
            size: Auto(None),
            page_size: Auto(None),
            address_width: Auto(None),
            // "sim", as no vendor has it.
            jedec_id: JedecId(*b"sim"),
            write_time_us: 0,
            format: SampleFormat::DEFAULT,
            waveform: Waveform::Ramp,
            period: Auto(None),
            samples: Samples::default(),
            script: Script::default(),
            handler: Text::default(),
        }
    }

    /// Returns how the memory of an EEPROM is arranged.
    pub(crate) fn eeprom_layout(&self) -> Layout {
        let size = self.size.get(1024);

        Layout {
            size,
            page_size: self.page_size.get(32),
            address_width: self.address_width.get(default_address_width(size)),
        }
    }

    /// Returns how long a write takes, in nanoseconds.
    pub(super) fn write_time(&self) -> u64 {
        u64::from(self.write_time_us) * NSEC_PER_USEC.unsigned_abs()
    }
}
