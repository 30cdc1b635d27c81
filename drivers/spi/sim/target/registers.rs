// SPDX-License-Identifier: GPL-2.0

//! A chip with registers of 8 bits, as many sensors are.
//!
//! The first byte of a message is the number of a register, with its upper bit set to read. The
//! number then goes up with each byte.

use super::{
    Chip,
    TargetConfig, //
};
use crate::shifter::ByteTarget;
use kernel::prelude::*;

const READ: u8 = 0x80;
const MAX_REGISTERS: usize = 128;

enum State {
    Command,
    Read(usize),
    Write(usize),
}

pub(super) struct Registers {
    values: KVec<u8>,
    state: State,
}

impl Registers {
    pub(super) fn new(config: &TargetConfig) -> Result<Self> {
        let size = config.size.get(MAX_REGISTERS);
        if !(1..=MAX_REGISTERS).contains(&size) {
            return Err(EINVAL);
        }
        Ok(Self {
            values: KVec::zeroed(size, GFP_KERNEL)?,
            state: State::Command,
        })
    }

    fn next(&self, register: usize) -> usize {
        (register + 1) % self.values.len()
    }
}

impl ByteTarget for Registers {
    fn output(&mut self) -> u8 {
        match self.state {
            State::Read(register) => self.values[register],
            _ => 0,
        }
    }

    fn input(&mut self, byte: u8) {
        self.state = match self.state {
            State::Command => {
                let register = usize::from(byte & !READ) % self.values.len();
                if byte & READ != 0 {
                    State::Read(register)
                } else {
                    State::Write(register)
                }
            }
            State::Read(register) => State::Read(self.next(register)),
            State::Write(register) => {
                self.values[register] = byte;
                State::Write(self.next(register))
            }
        };
    }
}

impl Chip for Registers {
    fn select(&mut self, _now: u64) {
        self.state = State::Command;
    }

    fn deselect(&mut self, _now: u64, _aligned: bool) {}

    fn contents(&mut self) -> Option<&mut [u8]> {
        Some(&mut self.values)
    }
}
