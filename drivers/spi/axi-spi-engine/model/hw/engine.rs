// SPDX-License-Identifier: GPL-2.0

//! The engine as its owner sees it.

use super::{
    execution::{
        Execution,
        State, //
    },
    interconnect::Interconnect,
    interrupts::{
        self,
        Interrupts, //
    },
    offload::Offload,
    queue::Queue,
    registers::Reset,
    sdi::Sdi,
    BadParams,
    Faults,
    Lanes,
    Params,
    Picoseconds,
    Wire, //
};

/// An AXI SPI Engine with something connected to its pins.
#[derive(Debug)]
pub struct Engine<W> {
    pub(super) params: Params,
    pub(super) now: Picoseconds,
    pub(super) stall: Picoseconds,
    pub(super) scratch: u32,
    pub(super) reset: Reset,
    pub(super) irq: Interrupts,
    pub(super) cmd: Queue<u16>,
    pub(super) sdo: Queue<u32>,
    pub(super) sdi: Sdi,
    pub(super) offload: Offload,
    pub(super) interconnect: Interconnect,
    pub(super) exec: Execution,
    /// What does not work.
    pub faults: Faults,
    pub(super) wire: W,
}

impl<W: Wire> Engine<W> {
    /// A core as after power up, in reset, at the time 0.
    ///
    /// # Errors
    ///
    /// [`BadParams`] if no core can be built like that.
    pub fn new(params: Params, wire: W) -> Result<Self, BadParams> {
        params.check()?;
        Ok(Self {
            params,
            now: 0,
            stall: 0,
            scratch: 0,
            reset: Reset::new(),
            irq: Interrupts::default(),
            cmd: Queue::new(&params, params.cmd_width),
            sdo: Queue::new(&params, params.sdo_width),
            sdi: Sdi::new(&params),
            offload: Offload::new(&params),
            interconnect: Interconnect::new(params.version),
            exec: Execution::new(&params, 0),
            faults: Faults::default(),
            wire,
        })
    }

    /// How it was built.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// What is connected.
    pub fn wire(&self) -> &W {
        &self.wire
    }

    /// What is connected, to change it.
    pub fn wire_mut(&mut self) -> &mut W {
        &mut self.wire
    }

    /// The present.
    pub fn now(&self) -> Picoseconds {
        self.now
    }

    /// Lets time go on until `now`. Nothing happens if that is past already.
    pub fn advance(&mut self, now: Picoseconds) {
        while self.step(now) {}
        self.now = self.now.max(now);
    }

    /// How long the last reads kept the bus waiting, besides what an access always takes. The
    /// present is later by as much.
    pub fn take_stall(&mut self) -> Picoseconds {
        core::mem::take(&mut self.stall)
    }

    /// When the interrupt line may change, or a word may come out of the SDI stream that
    /// [`Engine::collect`] asked for, if nobody accesses the engine until then. `None` if neither
    /// can.
    ///
    /// It need not happen then: ask again after [`Engine::advance`].
    pub fn next_event(&self) -> Option<Picoseconds> {
        if self.irq.mask() == 0 && !self.offload.is_collected() {
            return None;
        }
        let execution = self.next_step().map(|at| at.max(self.now + 1));
        let fifo = self.sdi.next_change(self.now);
        match (execution, fifo) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    fn next_step(&self) -> Option<Picoseconds> {
        if self.faults.stuck {
            return None;
        }
        match &self.exec.state {
            State::Idle => self.next_instruction().map(|(_, at)| at),
            State::Busy(until, _) => Some(*until),
            State::Transfer(transfer) if self.words_matter() => self.next_word_event(transfer),
            State::Transfer(transfer) => self.end_of_transfer(transfer),
            State::Hung => None,
        }
    }

    /// Whether single words of a transfer can change the interrupt line, or are waited for.
    fn words_matter(&self) -> bool {
        self.irq.mask() & (interrupts::SDO | interrupts::SDI) != 0 || self.offload.is_collected()
    }

    /// Sets the level of the offload's trigger; a rising edge starts the program.
    pub fn set_trigger(&mut self, high: bool) {
        self.advance(self.now);
        self.offload.set_trigger(high);
        self.prefetch(self.now);
        self.advance(self.now);
    }

    /// Gives a word to the offload's SDO stream. `false` if the stream takes none, because it is
    /// full or because the core was built without.
    pub fn stream(&mut self, word: u32) -> bool {
        let taken = self.offload.stream(word);
        self.prefetch(self.now);
        taken
    }

    /// Whether the other end of the offload's SDI stream takes words; it does from the beginning.
    pub fn set_drain(&mut self, ready: bool) {
        self.offload.drain_ready = ready;
        self.flush(self.now);
    }

    /// Keeps the words that come out of the offload's SDI stream from now on, for
    /// [`Engine::take_streamed`]: so many at most, with those that were not taken yet, then the
    /// stream waits.
    pub fn collect(&mut self, words: u64) {
        self.offload.collect(words);
        self.flush(self.now);
    }

    /// Takes the next word that came out of the offload's SDI stream, of all lanes.
    pub fn take_streamed(&mut self) -> Option<Lanes> {
        let word = self.offload.take_streamed();
        if word.is_some() {
            self.flush(self.now);
        }
        word
    }

    /// Clears the latched SYNC interrupt, as a driver should have done.
    ///
    /// The C driver leaves it behind in its setup, and then takes it for the end of the first
    /// message (defect C2). With this, other things can be tested on that driver.
    pub fn forget_sync(&mut self) {
        self.irq.acknowledge(interrupts::SYNC);
    }
}
