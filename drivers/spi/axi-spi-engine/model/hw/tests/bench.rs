// SPDX-License-Identifier: GPL-2.0

//! A bench: an engine, chips, and a bus master that takes its time for each access.

use crate::hw::*;

pub(super) const NS: Picoseconds = 1000;
pub(super) const US: Picoseconds = 1000 * NS;

pub(super) const VERSION: u32 = 0x000;
pub(super) const SCRATCH: u32 = 0x008;
pub(super) const DATA_WIDTH: u32 = 0x00c;
pub(super) const ENABLE: u32 = 0x040;
pub(super) const MASK: u32 = 0x080;
pub(super) const PENDING: u32 = 0x084;
pub(super) const SOURCE: u32 = 0x088;
pub(super) const SYNC_ID: u32 = 0x0c0;
pub(super) const OFFLOAD_SYNC_ID: u32 = 0x0c4;
pub(super) const CMD_ROOM: u32 = 0x0d0;
pub(super) const SDO_ROOM: u32 = 0x0d4;
pub(super) const SDI_LEVEL: u32 = 0x0d8;
pub(super) const CMD: u32 = 0x0e0;
pub(super) const SDO: u32 = 0x0e4;
pub(super) const SDI: u32 = 0x0e8;
pub(super) const PEEK: u32 = 0x0f0;
pub(super) const OFFLOAD_EN: u32 = 0x100;
pub(super) const OFFLOAD_STATUS: u32 = 0x104;
pub(super) const OFFLOAD_RESET: u32 = 0x108;
pub(super) const OFFLOAD_CMD: u32 = 0x110;
pub(super) const OFFLOAD_SDO: u32 = 0x114;

pub(super) const WRITE: u16 = 0x0100;
pub(super) const READ: u16 = 0x0200;

/// TRANSFER of `n` words.
pub(super) fn transfer(flags: u16, n: u16) -> u16 {
    flags | (n - 1)
}

/// CHIPSELECT without delay.
pub(super) fn cs(pattern: u16) -> u16 {
    0x1000 | pattern
}

/// CONFIG.
pub(super) fn config(register: u16, value: u16) -> u16 {
    0x2000 | register << 8 | value
}

pub(super) fn divider(value: u16) -> u16 {
    config(0, value)
}

pub(super) fn mode(value: u16) -> u16 {
    config(1, value)
}

pub(super) fn bits(value: u16) -> u16 {
    config(2, value)
}

pub(super) fn sdi_mask(value: u16) -> u16 {
    config(3, value)
}

pub(super) fn sdo_mask(value: u16) -> u16 {
    config(4, value)
}

pub(super) fn sync(id: u16) -> u16 {
    0x3000 | id
}

pub(super) fn sleep(t: u16) -> u16 {
    0x3100 | t
}

pub(super) fn invert(mask: u16) -> u16 {
    0x4000 | mask
}

pub(super) type TestBus = Bus<Vec<Event>, Vec<u32>>;

pub(super) struct Bench {
    pub(super) engine: Engine<TestBus>,
    /// What an access takes.
    pub(super) access: Picoseconds,
}

/// A running engine without chips.
pub(super) fn bench(params: Params) -> Bench {
    let bus = Bus::new(vec![Event::default(); 20_000]);
    let mut bench = Bench {
        engine: Engine::new(params, bus).expect("parameters"),
        access: 140 * NS,
    };
    bench.write(ENABLE, 0);
    bench.wait(10 * US);
    bench
}

/// The same with a loopback on all lanes of chip select 0.
pub(super) fn looped(params: Params) -> Bench {
    let mut bench = bench(params);
    bench.attach(Socket {
        lanes: 0xff,
        ..Socket::new(Chip::Loopback)
    });
    bench
}

pub(super) fn default_of(version: Version) -> Params {
    Params::new(version)
}

impl Bench {
    pub(super) fn attach(&mut self, socket: Socket<Vec<u32>>) {
        assert!(self.engine.wire_mut().attach(socket).is_ok());
    }

    pub(super) fn wait(&mut self, time: Picoseconds) {
        let now = self.engine.now();
        self.engine.advance(now + time);
    }

    pub(super) fn read(&mut self, register: u32) -> u32 {
        self.wait(self.access);
        self.engine.read(register)
    }

    pub(super) fn write(&mut self, register: u32, value: u32) {
        self.wait(self.access);
        self.engine.write(register, value);
    }

    pub(super) fn commands(&mut self, commands: &[u16]) {
        for command in commands {
            self.write(CMD, (*command).into());
        }
    }

    pub(super) fn send(&mut self, words: &[u32]) {
        for word in words {
            self.write(SDO, *word);
        }
    }

    pub(super) fn receive(&mut self, count: usize) -> Vec<u32> {
        (0..count).map(|_| self.read(SDI)).collect()
    }

    /// Queues commands without letting the engine begin before the last is there.
    pub(super) fn at_once(&mut self, commands: &[u16]) {
        for command in commands {
            self.engine.write(CMD, (*command).into());
        }
    }

    /// What was clocked since the bench was made.
    pub(super) fn words(&self) -> Vec<Word> {
        self.engine.wire().log().words().copied().collect()
    }

    /// The first lane of these.
    pub(super) fn sent(&self) -> Vec<u32> {
        self.words().iter().map(|word| word.sdo[0]).collect()
    }

    /// When the pins changed, and to what.
    pub(super) fn selects(&self) -> Vec<(Picoseconds, u8)> {
        let events = self.engine.wire().log().events();
        events
            .iter()
            .filter_map(|event| match event {
                Event::Select(at, pins) => Some((*at, *pins)),
                _ => None,
            })
            .collect()
    }

    pub(super) fn ran_away(&self) -> bool {
        let events = self.engine.wire().log().events();
        events
            .iter()
            .any(|event| matches!(event, Event::RunsAway(_)))
    }

    pub(super) fn soft_reset(&mut self) {
        self.write(ENABLE, 1);
        self.write(ENABLE, 0);
        self.wait(US);
    }

    /// Whether a SYNC comes through.
    pub(super) fn is_alive(&mut self) -> bool {
        let id = self.engine.read(SYNC_ID) as u16 ^ 0x55;
        self.commands(&[sync(id)]);
        self.wait(20 * US);
        self.read(SYNC_ID) == u32::from(id)
    }
}
