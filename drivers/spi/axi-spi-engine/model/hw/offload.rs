// SPDX-License-Identifier: GPL-2.0

//! The offload: a program with SDO words that a trigger starts.

use super::{
    instruction::sync_id,
    queue::CAPACITY,
    ring::Ring,
    Lanes,
    Params,
    Picoseconds, //
};

/// A memory that is only appended to.
#[derive(Clone, Copy, Debug)]
struct Appended<T> {
    words: [T; CAPACITY],
    size: usize,
    write: usize,
    read: usize,
}

impl<T: Copy + Default> Appended<T> {
    fn new(width: u8) -> Self {
        Self {
            words: [T::default(); CAPACITY],
            size: 1 << width,
            write: 0,
            read: 0,
        }
    }

    /// Appends; the pointer wraps, over what is there.
    fn append(&mut self, word: T) {
        if let Some(slot) = self.words.get_mut(self.write) {
            *slot = word;
        }
        self.write = (self.write + 1) % self.size;
    }

    fn next(&self) -> T {
        self.words.get(self.read).copied().unwrap_or_default()
    }

    fn advance(&mut self) {
        self.read = (self.read + 1) % self.size;
    }

    fn at_end(&self) -> bool {
        self.read == self.write
    }
}

/// The offload block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offload {
    params: Params,
    program: Appended<u16>,
    memory: Appended<u32>,
    /// SDO words of the stream.
    stream: Ring<u32, CAPACITY>,
    /// The register OFFLOAD_EN.
    pub(super) enabled: bool,
    active: bool,
    /// The last instruction of the program was given out.
    last_given: bool,
    /// A program of one command went all around once.
    went_around: bool,
    /// It does just now.
    running_away: bool,
    trigger: bool,
    /// The SDI stream takes words.
    pub(super) drain_ready: bool,
    /// Who takes them, if that is not only the log.
    collector: Option<Collector>,
    sync_id: u8,
    memory_reset: Option<Picoseconds>,
    crossing: Crossing,
}

/// How many words of the SDI stream wait for whoever collects them.
const WAITING: usize = 8;

/// Words of the SDI stream for a DMA controller.
#[derive(Clone, Copy, Debug)]
struct Collector {
    words: Ring<Lanes, WAITING>,
    /// How many more it has memory for.
    room: u64,
}

/// The FIFO through which writes to the memories go, without back pressure. The SPI side takes
/// one word in each cycle.
#[derive(Clone, Copy, Debug)]
struct Crossing {
    capacity: u64,
    cycle: Picoseconds,
    /// When the last word will have been taken.
    busy_until: Picoseconds,
}

impl Crossing {
    fn new(params: &Params) -> Self {
        Self {
            capacity: 1 << params.sync_width,
            cycle: params.spi_cycle(),
            busy_until: 0,
        }
    }

    /// A word comes; says whether it had a place.
    fn pass(&mut self, now: Picoseconds) -> bool {
        let waiting = self.busy_until.saturating_sub(now) / self.cycle;
        if waiting >= self.capacity {
            return false;
        }
        self.busy_until = self.busy_until.max(now) + self.cycle;
        true
    }
}

impl Offload {
    pub(super) fn new(params: &Params) -> Self {
        Self {
            params: *params,
            program: Appended::new(params.program_width),
            memory: Appended::new(params.memory_width),
            stream: Ring::new(),
            enabled: false,
            active: false,
            last_given: false,
            went_around: false,
            running_away: false,
            trigger: false,
            drain_ready: true,
            collector: None,
            sync_id: 0,
            memory_reset: None,
            crossing: Crossing::new(params),
        }
    }

    /// It is enabled or its program runs: the register OFFLOAD_STATUS.
    pub(super) fn is_on(&self) -> bool {
        self.enabled || self.active
    }

    /// The trigger's level. Its rising edge starts the program, or else its high level.
    pub(super) fn set_trigger(&mut self, high: bool) {
        let edge = high && !self.trigger;
        self.trigger = high;
        if edge || (high && self.params.version.level_trigger()) {
            self.start();
        }
    }

    fn start(&mut self) {
        if self.enabled && !self.active {
            self.active = true;
            self.last_given = false;
            self.running_away = false;
            self.program.read = 0;
            self.memory.read = 0;
        }
    }

    /// The next instruction of the running program.
    pub(super) fn instruction(&self) -> Option<u16> {
        (self.active && !self.last_given).then(|| self.program.next())
    }

    /// The engine accepted that.
    pub(super) fn accepted(&mut self) {
        self.program.advance();
        if self.running_away {
            self.last_given = self.program.read == 0;
        } else if self.program.at_end() {
            self.running_away = self.misses_end();
            self.last_given = !self.running_away;
        }
    }

    /// A program of one command does not meet its end the first time (R10).
    fn misses_end(&mut self) -> bool {
        let short = self.program.write == 1 && self.params.version.short_program_runs_away();
        let first = short && !self.went_around;
        self.went_around |= short;
        first
    }

    /// The engine executed all that it was given. The program may be at its end.
    pub(super) fn executed(&mut self) {
        if self.active && self.last_given {
            self.active = false;
            let high = self.trigger;
            if high && self.params.version.level_trigger() {
                self.start();
            }
        }
    }

    /// Takes the next SDO word, of the stream or of the memory.
    pub(super) fn pop(&mut self) -> Option<u32> {
        if self.params.streaming {
            return self.stream.pop();
        }
        let empty = self.memory.at_end() && self.params.version.full_memory_is_empty();
        if !self.active || empty {
            return None;
        }
        let word = self.memory.next();
        self.memory.advance();
        Some(word)
    }

    /// A word comes into the SDO stream; says whether it was taken.
    pub(super) fn stream(&mut self, word: u32) -> bool {
        self.params.streaming && self.stream.push(word)
    }

    /// Whether the SDI stream takes a word. A disabled offload discards them.
    pub(super) fn drains(&self) -> bool {
        let has_room = match &self.collector {
            Some(collector) => collector.room > 0 && collector.words.len() < WAITING,
            None => true,
        };
        !self.enabled || (self.drain_ready && has_room)
    }

    /// Gives the words of the SDI stream to a collector, that has room for so many, those that wait
    /// for it being some of them.
    pub(super) fn collect(&mut self, room: u64) {
        let collector = self.collector.get_or_insert(Collector {
            words: Ring::new(),
            room,
        });

        // CAST: A `u64` holds all of a `usize`.
        collector.room = room.saturating_sub(collector.words.len() as u64);
    }

    /// Whether somebody waits for the words of the SDI stream.
    pub(super) fn is_collected(&self) -> bool {
        self.enabled && self.collector.is_some_and(|collector| collector.room > 0)
    }

    /// The SDI stream took a word.
    pub(super) fn streamed(&mut self, sdi: &Lanes) {
        if let Some(collector) = &mut self.collector {
            collector.room = collector.room.saturating_sub(1);
            collector.words.push(*sdi);
        }
    }

    /// Takes the next word of the SDI stream.
    pub(super) fn take_streamed(&mut self) -> Option<Lanes> {
        self.collector.as_mut()?.words.pop()
    }

    /// The id of an executed SYNC: one more each time, whatever the program says.
    pub(super) fn next_sync_id(&mut self) -> u8 {
        let id = self.sync_id;
        self.sync_id = id.wrapping_add(1);
        id
    }

    /// Appends to the program. A SYNC in it sets the next id.
    pub(super) fn append_command(&mut self, now: Picoseconds, word: u32) {
        if let Some(id) = sync_id(self.params.version, word) {
            self.sync_id = id;
        }
        if self.passes(now) {
            self.program.append(super::bits::half(word));
            self.went_around = false;
        }
        self.hold_reset();
    }

    /// Appends to the SDO memory.
    pub(super) fn append_word(&mut self, now: Picoseconds, word: u32) {
        if self.passes(now) {
            self.memory.append(word);
        }
        self.hold_reset();
    }

    fn passes(&mut self, now: Picoseconds) -> bool {
        !self.params.asynchronous || self.crossing.pass(now)
    }

    /// The register OFFLOAD_MEM_RESET, a level. The other side misses a short pulse (R12).
    pub(super) fn set_memory_reset(&mut self, now: Picoseconds, on: bool) {
        match (on, self.memory_reset) {
            (true, None) => self.memory_reset = Some(now),
            (false, Some(since)) => {
                self.memory_reset = None;
                if !self.params.asynchronous || 2 * (now - since) >= self.params.spi_cycle() {
                    self.forget();
                }
            }
            _ => {}
        }
    }

    /// While the reset is on, the pointers stay at the beginning.
    fn hold_reset(&mut self) {
        if self.memory_reset.is_some() {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.program.write = 0;
        self.memory.write = 0;
    }

    /// The reset of the whole engine; memories, their pointers and the id stay.
    pub(super) fn reset(&mut self) {
        self.enabled = false;
        self.active = false;
        self.last_given = false;
        self.memory_reset = None;
        self.stream.clear();
    }
}
