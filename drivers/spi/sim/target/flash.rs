// SPDX-License-Identifier: GPL-2.0

//! A JEDEC flash memory that describes itself (SFDP), of 64 KiB to 16 MiB.
//!
//! It has the commands that `spi-nor` uses with a chip it does not know by name: reads, also with
//! two or four lines, page program, and erase of 4 KiB, of 64 KiB and of all. Programming only
//! clears bits.

use super::{
    memory::{
        Busy,
        Memory,
        Page, //
    },
    sfdp::Sfdp,
    Chip,
    TargetConfig, //
};
use crate::shifter::ByteTarget;
use kernel::prelude::*;

const WRITE_STATUS: u8 = 0x01;
const PROGRAM: u8 = 0x02;
const READ: u8 = 0x03;
const WRITE_DISABLE: u8 = 0x04;
const READ_STATUS: u8 = 0x05;
const WRITE_ENABLE: u8 = 0x06;
const FAST_READ: u8 = 0x0b;
const ERASE_4K: u8 = 0x20;
const DUAL_READ: u8 = 0x3b;
const READ_SFDP: u8 = 0x5a;
const ENABLE_RESET: u8 = 0x66;
const QUAD_READ: u8 = 0x6b;
const RESET: u8 = 0x99;
const READ_ID: u8 = 0x9f;
const ERASE_ALL: u8 = 0xc7;
const ERASE_64K: u8 = 0xd8;

const BUSY: u8 = 0x01;
const WRITE_ENABLED: u8 = 0x02;
/// The block protection bits of the status; they are stored, but protect nothing.
const WRITABLE: u8 = 0x3c;

const MIN_SIZE: usize = 1 << 16;
/// What three bytes of address can reach.
const MAX_SIZE: usize = 1 << 24;
const PAGE: usize = 256;

/// What happens when the chip select becomes inactive.
#[derive(Clone, Copy)]
enum Action {
    Enable(bool),
    Program,
    Erase { address: usize, size: usize },
    Status(u8),
    ArmReset,
    Reset,
}

#[derive(Clone, Copy)]
enum State {
    Command,
    Address {
        command: u8,
        left: u8,
        address: usize,
    },
    /// A byte is skipped before the data.
    Dummy {
        command: u8,
        address: usize,
    },
    Read(usize),
    Sfdp(usize),
    Id(usize),
    Status,
    NewStatus,
    /// Data, and whether there were some by now.
    Program(bool),
    /// The command is complete, and takes no data.
    Complete(Action),
    /// As above, but another byte of data would be ignored.
    StatusGiven(u8),
    Ignore,
}

pub(super) struct Flash {
    memory: Memory,
    page: Page,
    sfdp: Sfdp,
    id: [u8; 3],
    status: u8,
    reset_armed: bool,
    busy: Busy,
    state: State,
}

impl Flash {
    pub(super) fn new(config: &TargetConfig) -> Result<Self> {
        let size = config.size.get(1 << 20);
        if !(MIN_SIZE..=MAX_SIZE).contains(&size) {
            return Err(EINVAL);
        }
        Ok(Self {
            memory: Memory::erased(size)?,
            page: Page::new(PAGE)?,
            sfdp: Sfdp::new(size),
            id: config.jedec_id.0,
            status: 0,
            reset_armed: false,
            busy: Busy::new(config.write_time()),
            state: State::Command,
        })
    }

    fn command(&mut self, command: u8) -> State {
        if command == READ_STATUS {
            return State::Status;
        }
        if self.busy.is_busy() && !matches!(command, ENABLE_RESET | RESET) {
            return State::Ignore;
        }
        match command {
            READ_ID => State::Id(0),
            WRITE_ENABLE => State::Complete(Action::Enable(true)),
            WRITE_DISABLE => State::Complete(Action::Enable(false)),
            WRITE_STATUS => State::NewStatus,
            ENABLE_RESET => State::Complete(Action::ArmReset),
            RESET => State::Complete(Action::Reset),
            ERASE_ALL => State::Complete(Action::Erase {
                address: 0,
                size: self.memory.size(),
            }),
            READ | FAST_READ | DUAL_READ | QUAD_READ | READ_SFDP | PROGRAM | ERASE_4K
            | ERASE_64K => State::Address {
                command,
                left: 3,
                address: 0,
            },
            _ => State::Ignore,
        }
    }

    fn addressed(&mut self, command: u8, address: usize) -> State {
        match command {
            READ => State::Read(address),
            PROGRAM => {
                self.page.begin(address, None);
                State::Program(false)
            }
            ERASE_4K => State::Complete(Action::Erase {
                address,
                size: 1 << 12,
            }),
            ERASE_64K => State::Complete(Action::Erase {
                address,
                size: 1 << 16,
            }),
            _ => State::Dummy { command, address },
        }
    }

    fn next(&mut self, byte: u8) -> State {
        match self.state {
            State::Command => self.command(byte),
            State::Address {
                command,
                left: 1,
                address,
            } => self.addressed(command, address << 8 | usize::from(byte)),
            State::Address {
                command,
                left,
                address,
            } => State::Address {
                command,
                left: left - 1,
                address: address << 8 | usize::from(byte),
            },
            State::Dummy {
                command: READ_SFDP,
                address,
            } => State::Sfdp(address),
            State::Dummy { address, .. } => State::Read(address),
            State::Read(address) => State::Read(self.memory.wrap(address + 1)),
            State::Sfdp(address) => State::Sfdp(address + 1),
            State::Id(index) => State::Id((index + 1) % self.id.len()),
            State::Program(_) => {
                self.page.push(byte);
                State::Program(true)
            }
            State::NewStatus => State::StatusGiven(byte),
            State::Complete(_) => State::Ignore,
            state @ (State::Status | State::StatusGiven(_) | State::Ignore) => state,
        }
    }

    /// Does what needs no permission.
    fn act(&mut self, action: Action, now: u64) {
        let armed = core::mem::replace(&mut self.reset_armed, false);
        match action {
            Action::Enable(true) => self.status |= WRITE_ENABLED,
            Action::Enable(false) => self.status &= !WRITE_ENABLED,
            Action::ArmReset => self.reset_armed = true,
            Action::Reset if armed => self.status = 0,
            Action::Reset => {}
            action if self.status & WRITE_ENABLED != 0 => {
                self.write(action);
                self.status &= !WRITE_ENABLED;
                self.busy.begin(now);
            }
            _ => {}
        }
    }

    /// Does what had to be enabled before.
    fn write(&mut self, action: Action) {
        match action {
            Action::Program => {
                let cells = self.memory.block(self.page.address(), PAGE);
                for (cell, byte) in cells.iter_mut().zip(self.page.data()) {
                    *cell &= byte;
                }
            }
            Action::Erase { address, size } => self.memory.block(address, size).fill(0xff),
            Action::Status(status) => {
                self.status = (status & WRITABLE) | (self.status & !WRITABLE);
            }
            _ => {}
        }
    }
}

impl ByteTarget for Flash {
    fn output(&mut self) -> u8 {
        match self.state {
            State::Read(address) => self.memory.read(address),
            State::Sfdp(address) => self.sfdp.byte(address),
            State::Id(index) => self.id[index],
            State::Status => self.status | if self.busy.is_busy() { BUSY } else { 0 },
            _ => 0xff,
        }
    }

    fn input(&mut self, byte: u8) {
        self.state = self.next(byte);
    }
}

impl Chip for Flash {
    fn select(&mut self, now: u64) {
        self.busy.at(now);
        self.state = State::Command;
    }

    fn deselect(&mut self, now: u64, aligned: bool) {
        let state = core::mem::replace(&mut self.state, State::Ignore);
        match state {
            _ if !aligned => {}
            State::Complete(action) => self.act(action, now),
            State::Program(true) => self.act(Action::Program, now),
            State::StatusGiven(status) => self.act(Action::Status(status), now),
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
