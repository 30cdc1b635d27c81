// SPDX-License-Identifier: GPL-2.0

//! The execution engine's state, and what instructions do with it.

use super::{
    bits,
    instruction::{
        ConfigRegister,
        Instruction, //
    },
    interconnect::Side,
    interrupts,
    loader::Loader,
    timing,
    transfer::{
        Held,
        Transfer, //
    },
    Engine,
    Lanes,
    Params,
    Picoseconds,
    Wire,
    MAX_LANES, //
};

/// The config registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Config {
    pub(super) divider: u8,
    pub(super) mode: u8,
    pub(super) bits: u8,
    /// When `bits` changed for the words that are taken already.
    pub(super) bits_changed: Picoseconds,
    pub(super) sdo_mask: u8,
}

/// What happens when an instruction has taken its time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Effect {
    Nothing,
    /// The pins get a pattern, and so much of the instruction is left.
    Pins(u8, Picoseconds),
    Sync(u8),
}

/// What the engine does.
#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// It would accept an instruction.
    Idle,
    /// It works until then.
    Busy(Picoseconds, Effect),
    /// It clocks words.
    Transfer(Transfer),
    /// Only a reset helps.
    Hung,
}

/// The execution engine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Execution {
    pub(super) state: State,
    /// When it was or will be ready for the next thing.
    pub(super) ready: Picoseconds,
    pub(super) config: Config,
    inversion: u8,
    pub(super) pins: u8,
    /// The lanes that the register block keeps; it listens to the instructions that it passes on.
    pub(super) kept_lanes: u8,
    pub(super) shift: Lanes,
    pub(super) loader: Loader,
    pub(super) held: Held,
    /// The last accepted instruction is a TRANSFER.
    pub(super) in_transfer: bool,
    /// When the scan of the lanes after a new mask ends.
    pub(super) lanes_ready: Picoseconds,
    /// When the next word of a transfer begins, if nothing is missing for it.
    pub(super) next_word: Option<Picoseconds>,
}

impl Execution {
    /// As after a reset.
    pub(super) fn new(params: &Params, ready: Picoseconds) -> Self {
        Self {
            state: State::Idle,
            ready,
            config: Config {
                divider: params.default_divider,
                mode: params.default_mode,
                bits: params.data_width,
                bits_changed: 0,
                sdo_mask: if params.version.has_lane_masks() {
                    params.all_lanes()
                } else {
                    1
                },
            },
            inversion: 0,
            pins: params.all_pins(),
            kept_lanes: 1,
            shift: [0; MAX_LANES],
            loader: Loader::default(),
            held: Held::new(),
            in_transfer: false,
            lanes_ready: 0,
            next_word: None,
        }
    }
}

impl<W: Wire> Engine<W> {
    /// Does one thing if it is due at `limit` at the latest; says whether it did.
    pub(super) fn step(&mut self, limit: Picoseconds) -> bool {
        if self.faults.stuck {
            return false;
        }
        match self.exec.state {
            State::Idle => self.accept(limit),
            State::Busy(until, effect) if until <= limit => self.finish(until, effect),
            State::Transfer(transfer) => self.step_transfer(transfer, limit),
            State::Busy(..) | State::Hung => false,
        }
    }

    /// Accepts the next instruction.
    fn accept(&mut self, limit: Picoseconds) -> bool {
        let Some((side, at)) = self.next_instruction().filter(|(_, at)| *at <= limit) else {
            return false;
        };
        let word = match side {
            Side::Registers => self.cmd.pop(),
            Side::Offload => self.offload.instruction(),
        };
        if side == Side::Offload {
            self.offload.accepted();
        }
        self.interconnect.accepted(side);
        self.begin(side, word.unwrap_or(0), at);
        true
    }

    /// Who gives the next instruction, and when it is accepted.
    pub(super) fn next_instruction(&self) -> Option<(Side, Picoseconds)> {
        let offload = self.offload.instruction().is_some();
        let registers = self.cmd.peek().is_some();
        let side = self
            .interconnect
            .grant(registers, offload, self.offload.is_on())?;
        let visible = match side {
            Side::Registers => self.cmd.visible()?,
            Side::Offload => self.now,
        };
        // The past is over if the engine was kept from it.
        Some((side, self.exec.ready.max(visible).max(self.now)))
    }

    fn begin(&mut self, side: Side, word: u16, at: Picoseconds) {
        let version = self.params.version;
        let instruction = Instruction::decode(version, word);

        self.exec.in_transfer = matches!(instruction, Instruction::Transfer { .. });
        match instruction {
            Instruction::Transfer { read, write, words } => {
                self.begin_transfer(read, write, words, at);
            }
            Instruction::ChipSelect { t, pattern } => self.begin_chip_select(t, pattern, at),
            Instruction::Config { register, value } => {
                self.configure(side, register, value, at);
                self.busy(at, timing::CONFIG, Effect::Nothing);
            }
            Instruction::Sync(id) => self.busy(at, timing::sync(version), Effect::Sync(id)),
            Instruction::Sleep(t) => match timing::sleep(version, t, self.exec.config.divider) {
                Some(cycles) => self.busy(at, cycles, Effect::Nothing),
                None => self.exec.state = State::Hung,
            },
            Instruction::Invert(mask) => {
                self.exec.inversion = mask;
                self.busy(at, timing::CONFIG, Effect::Nothing);
            }
            Instruction::Nothing => self.busy(at, timing::CONFIG, Effect::Nothing),
        }
        self.prefetch(at);
    }

    fn busy(&mut self, at: Picoseconds, cycles: u64, effect: Effect) {
        self.exec.state = State::Busy(at + cycles * self.params.spi_cycle(), effect);
    }

    fn begin_chip_select(&mut self, t: u8, pattern: u8, at: Picoseconds) {
        let time = timing::chip_select(self.params.version, t, self.exec.config.divider);
        let rest = time.total.saturating_sub(time.edge) * self.params.spi_cycle();
        self.busy(at, time.edge, Effect::Pins(pattern, rest));
    }

    fn configure(&mut self, side: Side, register: ConfigRegister, value: u8, at: Picoseconds) {
        match register {
            ConfigRegister::Divider => self.exec.config.divider = value,
            ConfigRegister::Mode => self.set_mode(value, at),
            ConfigRegister::Bits => self.set_bits(value, at),
            ConfigRegister::SdiMask if side == Side::Registers => self.exec.kept_lanes = value,
            ConfigRegister::SdiMask | ConfigRegister::None => {}
            ConfigRegister::SdoMask => self.set_sdo_mask(value, at),
        }
    }

    fn set_mode(&mut self, mode: u8, at: Picoseconds) {
        const POLARITY: u8 = 2;
        let known = if self.params.version.has_idle_level() {
            0xf
        } else {
            7
        };
        let old = self.exec.config.mode;

        self.exec.config.mode = mode & known;
        if (old ^ mode) & POLARITY != 0 {
            self.wire.clock_rests(at, mode & POLARITY != 0);
        }
    }

    fn set_bits(&mut self, bits: u8, at: Picoseconds) {
        /// Cycles until words that were taken before are aligned anew.
        const REALIGN: u64 = 3;

        if self.exec.config.bits != bits {
            self.exec.config.bits = bits;
            self.exec.config.bits_changed = at + REALIGN * self.params.spi_cycle();
        }
    }

    fn set_sdo_mask(&mut self, mask: u8, at: Picoseconds) {
        self.exec.config.sdo_mask = mask & self.params.all_lanes();
        self.exec.lanes_ready = at + u64::from(self.params.lanes) * self.params.spi_cycle();
    }

    fn finish(&mut self, at: Picoseconds, effect: Effect) -> bool {
        self.exec.state = State::Idle;
        self.exec.ready = at;
        match effect {
            Effect::Nothing => {}
            Effect::Pins(pattern, rest) => {
                self.set_pattern(pattern, at);
                self.exec.state = State::Busy(at + rest, Effect::Nothing);
                return true;
            }
            Effect::Sync(id) => self.deliver_sync(id),
        }
        self.offload.executed();
        true
    }

    /// An inversion takes effect on the pins now. Bits of an earlier selection are forgotten.
    fn set_pattern(&mut self, pattern: u8, at: Picoseconds) {
        let all = self.params.all_pins();

        if pattern & all != all {
            self.exec.shift = [0; MAX_LANES];
        }
        self.set_pins((pattern ^ self.exec.inversion) & all, at);
    }

    pub(super) fn set_pins(&mut self, pins: u8, at: Picoseconds) {
        if pins != self.exec.pins {
            self.exec.pins = pins;
            self.wire.select(at, pins);
        }
    }

    /// Each side has an id and a latch; the last id wins.
    fn deliver_sync(&mut self, id: u8) {
        let side = self.interconnect.owner(self.offload.is_on());

        self.interconnect.synced();
        let source = if side == Some(Side::Offload) {
            self.irq.offload_sync_id = self.offload.next_sync_id();
            interrupts::OFFLOAD_SYNC
        } else {
            self.irq.sync_id = id;
            interrupts::SYNC
        };
        if !self.faults.sync_lost {
            self.irq.latch(source);
        }
    }

    /// Whether SDO rests high.
    pub(super) fn sdo_rests_high(&self) -> bool {
        if self.params.version.has_idle_level() {
            bits::has(self.exec.config.mode, 3)
        } else {
            self.params.sdo_idle
        }
    }
}
