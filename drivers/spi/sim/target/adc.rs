// SPDX-License-Identifier: GPL-2.0

//! An analog-to-digital converter: each message gets the next sample, or several.

use super::{
    Chip,
    SampleFormat,
    TargetConfig, //
};
use crate::shifter::ByteTarget;
use core::num::NonZero;
use kernel::{
    math64,
    prelude::*, //
};

/// What the converter sees at its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waveform {
    /// One step more with each sample, from zero on.
    Ramp,
    /// A sine of full scale.
    Sine,
    /// The samples that were given, again and again.
    Samples,
}

/// A quarter of a sine, in 64 steps.
#[rustfmt::skip]
const QUARTER: [i64; 65] = [
    0, 804, 1608, 2410, 3212, 4011, 4808, 5602, 6393, 7179,
    7962, 8739, 9512, 10278, 11039, 11793, 12539, 13279, 14010, 14732,
    15446, 16151, 16846, 17530, 18204, 18868, 19519, 20159, 20787, 21403,
    22005, 22594, 23170, 23731, 24279, 24811, 25329, 25832, 26319, 26790,
    27245, 27683, 28105, 28510, 28898, 29268, 29621, 29956, 30273, 30571,
    30852, 31113, 31356, 31580, 31785, 31971, 32137, 32285, 32412, 32521,
    32609, 32678, 32728, 32757, 32767,
];
const FULL_SCALE: NonZero<u64> = math64::divisor::<32767>();

/// Returns the sine at `position` of `period`, times [`FULL_SCALE`].
fn sine(position: usize, period: usize) -> i64 {
    // In 1/64 of a quarter, and 256ths of that.
    let phase = position % period * (256 * 256) / period;
    let (step, rest) = (phase / 256, i64::try_from(phase % 256).unwrap_or(0));
    let at = |step: usize| match step % 256 {
        step @ 0..=63 => QUARTER[step],
        step @ 64..=127 => QUARTER[128 - step],
        step @ 128..=191 => -QUARTER[step - 128],
        step => -QUARTER[256 - step],
    };

    at(step) + (at(step + 1) - at(step)) * rest / 256
}

/// Returns `value`, which is times [`FULL_SCALE`], times `amplitude`; rounded towards 0.
fn scaled(value: i64, amplitude: i64) -> i64 {
    let size = math64::div((value * amplitude).unsigned_abs(), FULL_SCALE);

    // CAST: It is not larger than the amplitude.
    value.signum() * size as i64
}

pub(super) struct Adc {
    waveform: Waveform,
    format: SampleFormat,
    period: usize,
    samples: KVec<i64>,
    /// The number of the next sample.
    next: usize,
    /// The sample that is shifted out, and how many of its bytes are out.
    frame: [u8; 4],
    position: usize,
}

impl Adc {
    pub(super) fn new(config: &TargetConfig) -> Result<Self> {
        let samples = config.samples.values()?;
        let period = config.period.get(64);
        if period == 0 || period > 1 << 16 {
            return Err(EINVAL);
        }
        if config.waveform == Waveform::Samples && samples.is_empty() {
            return Err(EINVAL);
        }
        Ok(Self {
            waveform: config.waveform,
            format: config.format,
            period,
            samples,
            next: 0,
            frame: [0; 4],
            position: 0,
        })
    }

    /// Returns the value of a sample, in steps of the converter.
    fn value(&self, number: usize) -> i64 {
        match self.waveform {
            Waveform::Ramp => i64::try_from(number).unwrap_or(0),
            Waveform::Sine => {
                let amplitude = self.format.amplitude();
                self.format.middle() + scaled(sine(number, self.period), amplitude)
            }
            Waveform::Samples => match self.samples.len() {
                0 => 0,
                len => self.samples[number % len],
            },
        }
    }

    fn convert(&mut self) {
        self.frame = self.format.encode(self.value(self.next));
        // It begins again where every width of sample does.
        self.next = self.next.wrapping_add(1);
        self.position = 0;
    }
}

impl ByteTarget for Adc {
    fn output(&mut self) -> u8 {
        if self.position >= self.format.size() {
            self.convert();
        }
        self.frame[self.position]
    }

    fn input(&mut self, _byte: u8) {
        self.position += 1;
    }
}

impl Chip for Adc {
    fn select(&mut self, _now: u64) {
        self.convert();
    }

    fn deselect(&mut self, _now: u64, _aligned: bool) {}
}
