// SPDX-License-Identifier: GPL-2.0

//! The register block.

use super::{
    bits,
    interrupts,
    Engine,
    Execution,
    Params,
    Picoseconds,
    Wire, //
};

mod offset {
    pub(super) const VERSION: u32 = 0x000;
    pub(super) const PERIPHERAL_ID: u32 = 0x004;
    pub(super) const SCRATCH: u32 = 0x008;
    pub(super) const DATA_WIDTH: u32 = 0x00c;
    pub(super) const OFFLOAD_MEM_ADDR_WIDTH: u32 = 0x010;
    pub(super) const FIFO_ADDR_WIDTH: u32 = 0x014;
    pub(super) const ENABLE: u32 = 0x040;
    pub(super) const IRQ_MASK: u32 = 0x080;
    pub(super) const IRQ_PENDING: u32 = 0x084;
    pub(super) const IRQ_SOURCE: u32 = 0x088;
    pub(super) const SYNC_ID: u32 = 0x0c0;
    pub(super) const OFFLOAD_SYNC_ID: u32 = 0x0c4;
    pub(super) const CMD_FIFO_ROOM: u32 = 0x0d0;
    pub(super) const SDO_FIFO_ROOM: u32 = 0x0d4;
    pub(super) const SDI_FIFO_LEVEL: u32 = 0x0d8;
    pub(super) const CMD_FIFO: u32 = 0x0e0;
    pub(super) const SDO_FIFO: u32 = 0x0e4;
    pub(super) const SDI_FIFO: u32 = 0x0e8;
    pub(super) const SDI_FIFO_PEEK: u32 = 0x0f0;
    pub(super) const OFFLOAD_ENABLE: u32 = 0x100;
    pub(super) const OFFLOAD_STATUS: u32 = 0x104;
    pub(super) const OFFLOAD_MEM_RESET: u32 = 0x108;
    pub(super) const OFFLOAD_CMD_FIFO: u32 = 0x110;
    pub(super) const OFFLOAD_SDO_FIFO: u32 = 0x114;
}

/// What a read of an empty SDI FIFO gives since 2.00.
const EMPTY: u32 = 0xdead_dead;
/// After how many bus cycles it does.
const WATCHDOG: u64 = 16;

/// The register ENABLE, which is a reset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reset {
    on: bool,
    /// When the SPI side notices that it is over.
    released: Picoseconds,
}

impl Reset {
    /// As after power up.
    pub(super) fn new() -> Self {
        Self {
            on: true,
            released: 0,
        }
    }

    /// Whether the SPI side is held.
    pub(super) fn holds(&self, at: Picoseconds) -> bool {
        self.on || at < self.released
    }
}

impl<W: Wire> Engine<W> {
    /// Reads a register of 32 bits. What is not there reads as 0, and so does an offset that is
    /// not a multiple of 4.
    ///
    /// The bus may have to wait for the answer, see [`Engine::take_stall`].
    pub fn read(&mut self, register: u32) -> u32 {
        self.advance(self.now);
        match register {
            offset::VERSION => self.params.version.register(),
            offset::PERIPHERAL_ID => self.params.id,
            offset::SCRATCH => self.scratch,
            offset::DATA_WIDTH => self.data_width(),
            offset::OFFLOAD_MEM_ADDR_WIDTH => self.memory_sizes(),
            offset::FIFO_ADDR_WIDTH => self.fifo_sizes(),
            offset::ENABLE => u32::from(self.reset.on),
            offset::IRQ_MASK => self.irq.mask(),
            offset::IRQ_PENDING => self.irq.mask() & self.source(),
            offset::IRQ_SOURCE => self.source(),
            offset::SYNC_ID => self.irq.sync_id.into(),
            offset::OFFLOAD_SYNC_ID => self.irq.offload_sync_id.into(),
            offset::CMD_FIFO_ROOM => number(self.cmd.room(self.output_works())),
            offset::SDO_FIFO_ROOM => number(self.sdo.room(self.output_works())),
            offset::SDI_FIFO_LEVEL => self.sdi.level(self.now),
            offset::SDI_FIFO => self.read_sdi(),
            offset::SDI_FIFO_PEEK => self.sdi.peek(self.now),
            offset::OFFLOAD_ENABLE => self.offload.enabled.into(),
            offset::OFFLOAD_STATUS => self.offload.is_on().into(),
            _ => 0,
        }
    }

    /// Writes a register of 32 bits. What is not there or can't be written does not mind.
    pub fn write(&mut self, register: u32, value: u32) {
        self.advance(self.now);
        match register {
            offset::SCRATCH => self.scratch = value,
            offset::ENABLE => self.set_reset(value & 1 == 1),
            offset::OFFLOAD_CMD_FIFO => self.offload.append_command(self.now, value),
            offset::OFFLOAD_SDO_FIFO => self.offload.append_word(self.now, self.word_of(value)),
            _ if self.reset.on => {}
            offset::IRQ_MASK => self.irq.set_mask(value),
            offset::IRQ_PENDING => self.irq.acknowledge(value),
            offset::CMD_FIFO => self.write_command(bits::half(value)),
            offset::SDO_FIFO => self.write_sdo(self.word_of(value)),
            offset::OFFLOAD_ENABLE => self.enable_offload(value & 1 == 1),
            offset::OFFLOAD_MEM_RESET => self.offload.set_memory_reset(self.now, value & 1 == 1),
            _ => {}
        }
        // What the write made possible may happen at once.
        self.advance(self.now);
    }

    /// The bits of a written value that a FIFO of DATA_WIDTH takes.
    fn word_of(&self, value: u32) -> u32 {
        value & bits::mask(self.params.data_width.into())
    }

    fn data_width(&self) -> u32 {
        u32::from(self.params.lanes) << 16 | u32::from(self.params.data_width)
    }

    fn memory_sizes(&self) -> u32 {
        let Params {
            program_width,
            memory_width,
            ..
        } = self.params;
        self.since_1_01([program_width, memory_width, 0, 0])
    }

    fn fifo_sizes(&self) -> u32 {
        let Params {
            cmd_width,
            sync_width,
            sdo_width,
            sdi_width,
            ..
        } = self.params;
        self.since_1_01([cmd_width, sync_width, sdo_width, sdi_width])
    }

    fn since_1_01(&self, fields: [u8; 4]) -> u32 {
        if self.params.version.has_sizes() {
            u32::from_le_bytes(fields)
        } else {
            0
        }
    }

    fn output_works(&self) -> bool {
        !self.reset.holds(self.now)
    }

    /// The levels are off during a reset.
    pub(super) fn levels(&self) -> u32 {
        if self.reset.on {
            return 0;
        }
        let works = self.output_works();
        [
            (interrupts::CMD, self.cmd.is_almost_empty(works)),
            (interrupts::SDO, self.sdo.is_almost_empty(works)),
            (interrupts::SDI, self.sdi.is_almost_full(self.now)),
        ]
        .into_iter()
        .filter_map(|(bit, is_on)| is_on.then_some(bit))
        .sum()
    }

    fn source(&self) -> u32 {
        self.irq.source(self.levels())
    }

    /// The level of the interrupt line.
    pub fn irq(&self) -> bool {
        self.irq.mask() & self.source() != 0
    }

    fn write_command(&mut self, command: u16) {
        let lost = self.faults.commands_lost;
        if !lost && self.cmd.push(self.now, command, self.output_works()) {
            self.wire.command(self.now, command);
        }
    }

    fn write_sdo(&mut self, word: u32) {
        if !self.faults.sdo_lost {
            self.sdo.push(self.now, word, self.output_works());
            self.prefetch(self.now);
        }
    }

    fn read_sdi(&mut self) -> u32 {
        let waits = self.params.version.has_lane_masks();

        if waits && !self.sdi.is_valid(self.now) {
            let end = self.now + WATCHDOG * self.params.axi_cycle();
            self.stall += end - self.now;
            self.advance(end);
        }
        let word = match self.sdi.pop(self.now) {
            Some(word) => word,
            None if waits => EMPTY,
            None => self.sdi.peek(self.now),
        };
        self.flush(self.now);
        // What waited for a place goes on at once.
        self.advance(self.now);
        word
    }

    fn enable_offload(&mut self, on: bool) {
        self.offload.enabled = on;
        self.flush(self.now);
        self.prefetch(self.now);
    }

    /// All stops, and pins go high whatever the inversion was (R13). What the offload was told
    /// stays, and SCRATCH.
    fn set_reset(&mut self, on: bool) {
        const RELEASE: u64 = 5;
        let cycle = self.params.spi_cycle();

        if on && !self.reset.on {
            self.stop();
        }
        if self.reset.on && !on {
            let cycles = if self.params.asynchronous { RELEASE } else { 1 };
            self.reset.released = self.now + cycles * cycle;
            self.exec.ready = self.reset.released;
        }
        self.reset.on = on;
    }

    fn stop(&mut self) {
        if self.is_clocking() {
            self.wire.cut(self.now);
        }
        let rests_high = |mode: u8| bits::has(mode, 1);
        let rested = rests_high(self.exec.config.mode);
        let pins = self.exec.pins;
        self.exec = Execution::new(&self.params, self.now);
        self.exec.pins = pins;

        let at = self.now + self.params.spi_cycle();
        let rests = rests_high(self.exec.config.mode);
        if rests != rested {
            self.wire.clock_rests(at, rests);
        }
        self.set_pins(self.params.all_pins(), at);

        self.cmd.clear();
        self.sdo.clear();
        self.sdi.clear(&self.params);
        self.irq = Default::default();
        self.offload.reset();
        self.interconnect.reset();
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
