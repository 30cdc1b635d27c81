// SPDX-License-Identifier: GPL-2.0

//! A serial EEPROM of the 25 series, as most vendors make them.
//!
//! It is written in pages, when the chip select becomes inactive after a whole byte, and is busy
//! for a while then. Two bits of its status protect the upper quarter, half or all of it.

use super::{
    memory::{
        Busy,
        Memory,
        Page, //
    },
    Chip,
    TargetConfig, //
};
use crate::shifter::ByteTarget;
use kernel::prelude::*;

const WRITE_STATUS: u8 = 0x01;
const WRITE: u8 = 0x02;
const READ: u8 = 0x03;
const WRITE_DISABLE: u8 = 0x04;
const READ_STATUS: u8 = 0x05;
const WRITE_ENABLE: u8 = 0x06;

/// The ninth bit of the address of chips with 512 bytes is in the command.
const ADDRESS_BIT: u8 = 0x08;

const BUSY: u8 = 0x01;
const WRITE_ENABLED: u8 = 0x02;
/// The bits of the status that can be written: block protection and write protect enable.
const WRITABLE: u8 = 0x8c;

/// The largest chip, that of three bytes of address.
const MAX_SIZE: usize = 1 << 24;
const MAX_PAGE: usize = 4096;

enum State {
    Command,
    /// This many bytes of the address are missing.
    Address {
        command: u8,
        left: u8,
        address: usize,
    },
    Read(usize),
    /// Whether there are data by now.
    Write(bool),
    Status,
    NewStatus(Option<u8>),
    Latch(bool),
    Ignore,
}

pub(super) struct Eeprom {
    memory: Memory,
    page: Page,
    address_bytes: u8,
    status: u8,
    busy: Busy,
    state: State,
}

impl Eeprom {
    pub(super) fn new(config: &TargetConfig) -> Result<Self> {
        let layout = config.eeprom_layout();
        let address_bytes = match layout.address_width {
            width @ (8 | 9 | 16 | 24) => u8::try_from(width / 8)?,
            _ => return Err(EINVAL),
        };
        if layout.size > MAX_SIZE || layout.page_size > MAX_PAGE || layout.page_size > layout.size {
            return Err(EINVAL);
        }

        Ok(Self {
            memory: Memory::erased(layout.size)?,
            page: Page::new(layout.page_size)?,
            address_bytes,
            status: 0,
            busy: Busy::new(config.write_time()),
            state: State::Command,
        })
    }

    fn command(&mut self, command: u8) -> State {
        if command == READ_STATUS {
            return State::Status;
        }
        if self.busy.is_busy() {
            return State::Ignore;
        }
        let (plain, address) = match self.address_bytes {
            1 => (
                command & !ADDRESS_BIT,
                usize::from(command & ADDRESS_BIT) >> 3,
            ),
            _ => (command, 0),
        };
        match (command, plain) {
            (WRITE_ENABLE, _) => State::Latch(true),
            (WRITE_DISABLE, _) => State::Latch(false),
            (WRITE_STATUS, _) => State::NewStatus(None),
            (_, command @ (READ | WRITE)) => State::Address {
                command,
                left: self.address_bytes,
                address,
            },
            _ => State::Ignore,
        }
    }

    fn addressed(&mut self, command: u8, address: usize) -> State {
        if command == READ {
            return State::Read(address);
        }
        let size = self.page.size();
        self.page
            .begin(address, Some(self.memory.block(address, size)));
        State::Write(false)
    }

    /// Returns whether a page is protected by the status.
    fn is_protected(&self, address: usize) -> bool {
        let size = self.memory.size();
        let first = match (self.status >> 2) & 3 {
            0 => size,
            1 => size / 4 * 3,
            2 => size / 2,
            _ => 0,
        };
        self.memory.wrap(address) >= first
    }

    fn finish_write(&mut self, now: u64) {
        let address = self.page.address();
        if self.status & WRITE_ENABLED == 0 {
            return;
        }
        self.status &= !WRITE_ENABLED;
        if !self.is_protected(address) {
            let size = self.page.size();
            self.memory
                .block(address, size)
                .copy_from_slice(self.page.data());
            self.busy.begin(now);
        }
    }

    fn finish_status(&mut self, status: u8, now: u64) {
        if self.status & WRITE_ENABLED != 0 {
            self.status = status & WRITABLE;
            self.busy.begin(now);
        }
    }
}

impl ByteTarget for Eeprom {
    fn output(&mut self) -> u8 {
        match self.state {
            State::Read(address) => self.memory.read(address),
            State::Status => self.status | if self.busy.is_busy() { BUSY } else { 0 },
            _ => 0xff,
        }
    }

    fn input(&mut self, byte: u8) {
        match self.state {
            State::Command => self.state = self.command(byte),
            State::Address {
                command,
                left,
                address,
            } => {
                let (left, address) = (left - 1, address << 8 | usize::from(byte));
                self.state = if left == 0 {
                    self.addressed(command, address)
                } else {
                    State::Address {
                        command,
                        left,
                        address,
                    }
                };
            }
            State::Read(address) => self.state = State::Read(self.memory.wrap(address + 1)),
            State::Write(_) => {
                self.page.push(byte);
                self.state = State::Write(true);
            }
            State::NewStatus(None) => self.state = State::NewStatus(Some(byte)),
            // Any of these is complete: what comes now is too much.
            State::NewStatus(Some(_)) | State::Latch(_) => self.state = State::Ignore,
            State::Status | State::Ignore => {}
        }
    }
}

impl Chip for Eeprom {
    fn select(&mut self, now: u64) {
        self.busy.at(now);
        self.state = State::Command;
    }

    fn deselect(&mut self, now: u64, aligned: bool) {
        let state = core::mem::replace(&mut self.state, State::Ignore);
        if !aligned {
            return;
        }
        match state {
            State::Write(true) => self.finish_write(now),
            State::NewStatus(Some(status)) => self.finish_status(status, now),
            State::Latch(true) => self.status |= WRITE_ENABLED,
            State::Latch(false) => self.status &= !WRITE_ENABLED,
            _ => {}
        }
    }

    fn contents(&mut self) -> Option<&mut [u8]> {
        Some(self.memory.all())
    }

    fn set_stuck(&mut self, stuck: bool) {
        self.busy.set_stuck(stuck);
    }
}
