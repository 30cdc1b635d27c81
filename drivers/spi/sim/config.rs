// SPDX-License-Identifier: GPL-2.0

//! The description of a simulated controller.

use crate::{
    setting::Auto,
    target::TargetConfig,
    timing::Timing,
    vcd::MAX_CHIP_SELECTS, //
};
use kernel::{
    clk::Hertz,
    prelude::*,
    spi::{
        controller,
        Lines,
        Mode,
        Modes, //
    }, //
};

/// The description of a simulated controller and of what is on its bus.
pub(crate) struct Config {
    /// The number of the bus.
    pub(crate) bus_num: Auto<u16>,
    /// The number of chip selects.
    pub(crate) num_chipselects: u8,
    /// The smallest word, in bits.
    pub(crate) min_bits_per_word: u8,
    /// The largest word, in bits.
    pub(crate) max_bits_per_word: u8,
    /// The lowest speed, 0 for any.
    pub(crate) min_speed: Hertz,
    /// The highest speed, 0 for any.
    pub(crate) max_speed: Hertz,
    /// The modes that devices may ask for.
    pub(crate) modes: Modes,
    /// The longest transfer, in bytes.
    pub(crate) max_transfer_size: Auto<usize>,
    /// The longest message, in bytes.
    pub(crate) max_message_size: Auto<usize>,
    /// The most lines that a transfer is sent on.
    pub(crate) tx_lines: Lines,
    /// The most lines that a transfer is received on.
    pub(crate) rx_lines: Lines,
    /// Whether a transfer can send or receive, but not both.
    pub(crate) half_duplex: bool,
    /// What buffers should be aligned to, in bytes; a power of two.
    pub(crate) dma_alignment: u16,
    /// Whether messages are prepared.
    pub(crate) prepares: bool,
    /// The most words of a transfer that the controller does not split.
    pub(crate) split_words: Auto<usize>,
    /// Whether transfers take time.
    pub(crate) timing: Timing,
    /// The number of bytes that the record of the wires has room for.
    pub(crate) log_size: usize,
    /// What is on the bus, by chip select.
    pub(crate) targets: KVec<(u8, TargetConfig)>,
}

/// The largest record of the wires.
const MAX_LOG_SIZE: usize = 1 << 20;

impl Default for Config {
    fn default() -> Self {
        Self {
            bus_num: Auto(None),
            num_chipselects: 4,
            min_bits_per_word: 1,
            max_bits_per_word: 32,
            min_speed: Hertz(0),
            max_speed: Hertz(0),
            modes: Mode::ClockPhase
                | Mode::ClockPolarity
                | Mode::ChipSelectHigh
                | Mode::LsbFirst
                | Mode::NoChipSelect,
            max_transfer_size: Auto(None),
            max_message_size: Auto(None),
            tx_lines: Lines::Single,
            rx_lines: Lines::Single,
            half_duplex: false,
            dma_alignment: 1,
            prepares: true,
            split_words: Auto(None),
            timing: Timing::Instant,
            log_size: 1 << 16,
            targets: KVec::new(),
        }
    }
}

impl Config {
    /// Returns the description of what is on a chip select.
    pub(crate) fn target(&self, chip_select: u8) -> Option<&TargetConfig> {
        self.targets
            .iter()
            .find(|(number, _)| *number == chip_select)
            .map(|(_, target)| target)
    }

    /// As [`target`](Self::target), to change it.
    pub(crate) fn target_mut(&mut self, chip_select: u8) -> Option<&mut TargetConfig> {
        self.targets
            .iter_mut()
            .find(|(number, _)| *number == chip_select)
            .map(|(_, target)| target)
    }

    /// Returns the settings of the controller.
    ///
    /// # Errors
    ///
    /// `EINVAL` if values are out of range, or contradict each other.
    pub(crate) fn settings(&self) -> Result<controller::Settings> {
        let chip_selects_exist = self
            .targets
            .iter()
            .all(|(number, _)| *number < self.num_chipselects);
        let is_empty = |size: Auto<usize>| size.0 == Some(0);

        if !(1..=MAX_CHIP_SELECTS).contains(&self.num_chipselects)
            || !chip_selects_exist
            || is_empty(self.max_transfer_size)
            || is_empty(self.max_message_size)
            || is_empty(self.split_words)
            // It is part of preparing a message.
            || (self.split_words.0.is_some() && !self.prepares)
            || !self.dma_alignment.is_power_of_two()
            || self.log_size > MAX_LOG_SIZE
        {
            return Err(EINVAL);
        }

        let settings = controller::Settings::new(self.num_chipselects.into())
            .modes(self.modes)
            .lines(self.tx_lines, self.rx_lines)
            .bits_per_word(self.min_bits_per_word..=self.max_bits_per_word)?
            .min_speed(self.min_speed)
            .max_speed(self.max_speed)
            .dma_alignment(self.dma_alignment);
        let settings = if self.half_duplex {
            settings.half_duplex()
        } else {
            settings
        };
        Ok(match self.bus_num.0 {
            Some(number) => settings.bus_num(number),
            None => settings,
        })
    }
}
