// SPDX-License-Identifier: GPL-2.0

//! A chip that expects certain messages, and answers each in a certain way.

use super::{
    Chip,
    TargetConfig, //
};
use crate::shifter::ByteTarget;
use kernel::prelude::*;

/// What is answered where the script says nothing.
const IDLE: u8 = 0xff;

/// One message: what is expected, `None` being anything, and what is answered.
struct Step {
    expected: KVec<Option<u8>>,
    answer: KVec<u8>,
}

/// The messages of a script, in their order.
pub(crate) struct Steps(KVec<Step>);

/// Reads a byte of two hexadecimal digits.
fn byte(word: &str) -> Result<u8> {
    if word.len() != 2 {
        return Err(EINVAL);
    }
    u8::from_str_radix(word, 16).map_err(|_| EINVAL)
}

impl Step {
    /// Reads `9f .. .. / ff 20 ba`.
    fn parse(line: &str) -> Result<Self> {
        let (expected, answer) = line.split_once('/').unwrap_or((line, ""));
        let mut step = Self {
            expected: KVec::new(),
            answer: KVec::new(),
        };

        for word in expected.split_whitespace() {
            let byte = if word == ".." {
                None
            } else {
                Some(byte(word)?)
            };
            step.expected.push(byte, GFP_KERNEL)?;
        }
        for word in answer.split_whitespace() {
            step.answer.push(byte(word)?, GFP_KERNEL)?;
        }
        if step.expected.is_empty() || step.answer.len() > step.expected.len() {
            return Err(EINVAL);
        }
        Ok(step)
    }
}

impl Steps {
    /// Reads a script, with a message on each line.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it is not one, `ENOMEM` if there is no memory.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut steps = KVec::new();

        for line in text.lines().map(str::trim) {
            if !line.is_empty() && !line.starts_with('#') {
                steps.push(Step::parse(line)?, GFP_KERNEL)?;
            }
        }
        Ok(Self(steps))
    }
}

pub(super) struct Script {
    steps: Steps,
    /// The message that comes next, or is being exchanged.
    step: usize,
    position: usize,
    /// Whether the message is what was expected so far.
    matches: bool,
    mismatches: u32,
}

impl Script {
    pub(super) fn new(config: &TargetConfig) -> Result<Self> {
        Ok(Self {
            steps: Steps::parse(config.script.as_str()?)?,
            step: 0,
            position: 0,
            matches: true,
            mismatches: 0,
        })
    }

    fn current(&self) -> Option<&Step> {
        self.steps.0.get(self.step)
    }
}

impl ByteTarget for Script {
    fn output(&mut self) -> u8 {
        self.current()
            .and_then(|step| step.answer.get(self.position))
            .copied()
            .unwrap_or(IDLE)
    }

    fn input(&mut self, byte: u8) {
        let expected = self
            .current()
            .and_then(|step| step.expected.get(self.position));
        self.matches &= match expected {
            Some(Some(expected)) => *expected == byte,
            Some(None) => true,
            None => false,
        };
        self.position = self.position.saturating_add(1);
    }
}

impl Chip for Script {
    fn select(&mut self, _now: u64) {
        self.position = 0;
        self.matches = true;
    }

    fn deselect(&mut self, _now: u64, aligned: bool) {
        let length = self.current().map_or(0, |step| step.expected.len());

        if !self.matches || !aligned || self.position != length {
            self.mismatches = self.mismatches.saturating_add(1);
        }
        self.step = self.step.saturating_add(1).min(self.steps.0.len());
    }

    fn mismatches(&self) -> u32 {
        self.mismatches
    }
}
