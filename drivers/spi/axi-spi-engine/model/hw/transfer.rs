// SPDX-License-Identifier: GPL-2.0

//! TRANSFER, word by word.

use super::{
    bits,
    execution::State,
    interconnect::Side,
    ring::Ring,
    timing,
    version::Prefetch,
    Engine,
    Lanes,
    Picoseconds,
    Version,
    Wire,
    Word,
    MAX_LANES, //
};

/// A TRANSFER that is being executed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer {
    read: bool,
    write: bool,
    /// Words that have not ended.
    left: u16,
    /// The first word; a full-width one is the last that ends (R9).
    hangs: bool,
    /// The word that is being clocked.
    word: Option<Word>,
}

/// Received words for which the FIFO had no place. A word time has one on each lane that is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    times: Ring<Lanes, 2>,
}

impl Held {
    pub(super) fn new() -> Self {
        Self { times: Ring::new() }
    }
}

impl<W: Wire> Engine<W> {
    pub(super) fn begin_transfer(&mut self, read: bool, write: bool, words: u16, at: Picoseconds) {
        let full_width = self.exec.config.bits == self.params.data_width;

        self.exec.ready = at + timing::TRANSFER_START * self.params.spi_cycle();
        self.exec.state = State::Transfer(Transfer {
            read,
            write,
            left: words,
            hangs: words > 1 && full_width && self.params.version.full_width_hangs(),
            word: None,
        });
    }

    pub(super) fn step_transfer(&mut self, transfer: Transfer, limit: Picoseconds) -> bool {
        match transfer.word {
            Some(word) if word.end <= limit => self.end_word(transfer, word),
            Some(_) => false,
            None if transfer.left == 0 => self.end_transfer(transfer),
            None => self.begin_word(transfer, limit),
        }
    }

    /// Ends a transfer, but not while as many received words wait as can. Where that are two, one
    /// may still wait, and what comes next overtakes it (C38).
    fn end_transfer(&mut self, transfer: Transfer) -> bool {
        if transfer.read && self.is_stalled() {
            return false;
        }
        self.exec.state = State::Idle;
        self.offload.executed();
        true
    }

    /// Begins a word if there is something to send, and a place for what is received.
    fn begin_word(&mut self, mut transfer: Transfer, limit: Picoseconds) -> bool {
        let start = self.exec.ready.max(self.now);

        self.exec.next_word = None;
        if transfer.read && self.is_stalled() {
            return false;
        }
        let start = if transfer.write {
            match self.sdo_ready(start) {
                Some(at) => at,
                None => return false,
            }
        } else {
            start
        };
        if start > limit {
            self.exec.next_word = Some(start);
            return false;
        }
        self.exec.state = match self.word(&transfer, start) {
            Some(word) => {
                transfer.word = Some(word);
                State::Transfer(transfer)
            }
            None => {
                self.wire.runs_away(start);
                State::Hung
            }
        };
        self.prefetch(start);
        true
    }

    /// The word to clock, or nothing if it would never end.
    fn word(&mut self, transfer: &Transfer, start: Picoseconds) -> Option<Word> {
        let config = self.exec.config;
        let width = self.params.data_width;
        let one_bit_hangs = config.bits == 1 && self.params.version.one_bit_hangs();

        if config.bits == 0 || config.bits > width || one_bit_hangs {
            return None;
        }
        let (lanes, sdo) = self.sdo(transfer.write, config.bits, start);
        let cycles = u64::from(config.bits) * timing::bit(config.divider);
        Some(Word {
            start,
            end: start + cycles * self.params.spi_cycle(),
            pins: self.exec.pins,
            mode: config.mode,
            bits: config.bits,
            divider: u16::from(config.divider) + 1,
            written: transfer.write,
            read: transfer.read,
            lanes,
            sdo,
            sdi: [0; MAX_LANES],
        })
    }

    /// What is sent: the upper bits of aligned words, and the idle level where there is none.
    fn sdo(&mut self, write: bool, length: u8, start: Picoseconds) -> (u8, Lanes) {
        let length_mask = bits::mask(length.into());
        let idle = if self.sdo_rests_high() {
            length_mask
        } else {
            0
        };
        let mut sdo = [idle; MAX_LANES];

        if !write {
            return (0, sdo);
        }
        let aligned = self.alignment(start);
        let (words, filled) = self.exec.loader.take();
        let lanes = filled & self.exec.config.sdo_mask;
        let width = u32::from(self.params.data_width);
        for (lane, (sdo, word)) in sdo.iter_mut().zip(words).enumerate() {
            if bits::has(lanes, lane) {
                let left = bits::up(word, width.saturating_sub(aligned.into())) & bits::mask(width);
                *sdo = bits::down(left, width.saturating_sub(length.into()));
            }
        }
        (lanes, sdo)
    }

    /// The word length that the words to send are aligned with (R3).
    fn alignment(&self, start: Picoseconds) -> u8 {
        let config = self.exec.config;
        let accepted = start.saturating_sub(timing::TRANSFER_START * self.params.spi_cycle());

        if self.params.version < Version::V2_00 || accepted >= config.bits_changed {
            return config.bits;
        }
        self.exec.loader.aligned(config.bits, config.bits_changed)
    }

    /// When the words for a word time are there, from `at` on.
    fn sdo_ready(&mut self, at: Picoseconds) -> Option<Picoseconds> {
        let at = at.max(self.exec.lanes_ready);
        let visible = self.load(at);

        self.exec.loader.is_complete().then_some(at.max(visible))
    }

    /// Takes words for a word time from the stream; gives the time when the last was there.
    fn load(&mut self, at: Picoseconds) -> Picoseconds {
        let mut visible = 0;

        while let Some(lane) = self.exec.loader.wants(self.exec.config.sdo_mask) {
            let word = match self.interconnect.owner(self.offload.is_on()) {
                Some(Side::Offload) => self.offload.pop(),
                Some(Side::Registers) => {
                    visible = self.sdo.visible().unwrap_or(0);
                    self.sdo.pop()
                }
                None => None,
            };
            let Some(word) = word else { break };
            self.exec.loader.fill(lane, word, self.exec.config.bits, at);
        }
        visible
    }

    /// Takes words ahead of their use, as the version does.
    pub(super) fn prefetch(&mut self, at: Picoseconds) {
        let offload = self.interconnect.owner(self.offload.is_on()) == Some(Side::Offload);
        let takes = match self.params.version.prefetch() {
            Prefetch::Never => false,
            Prefetch::Always => true,
            Prefetch::InTransfer => self.exec.in_transfer || offload,
        };
        if takes && !self.reset.holds(at) {
            self.load(at);
        }
    }

    fn end_word(&mut self, mut transfer: Transfer, word: Word) -> bool {
        let sdi = self.wire.word(&word);
        let length = u32::from(word.bits);
        let wrong = word.bits == 1
            && word.divider == 1
            && self.params.version.one_bit_is_wrong_at_full_speed();

        for (shift, said) in self.exec.shift.iter_mut().zip(sdi) {
            let heard = if wrong { !said } else { said } & bits::mask(length);
            let all = bits::up(*shift, length) | heard;
            *shift = all & bits::mask(self.params.data_width.into());
        }
        if transfer.read {
            self.store(word.end);
        }
        self.exec.ready = word.end;
        transfer.word = None;
        transfer.left -= 1;
        self.exec.state = if transfer.hangs {
            self.wire.runs_away(word.end);
            State::Hung
        } else {
            State::Transfer(transfer)
        };
        true
    }

    /// A received word goes to who has the engine.
    fn store(&mut self, at: Picoseconds) {
        self.exec.held.times.push(self.exec.shift);
        self.flush(at);
    }

    /// Moves received words into the FIFO or the stream, as far as there is a place.
    pub(super) fn flush(&mut self, at: Picoseconds) {
        while let Some(sdi) = self.exec.held.times.peek() {
            if !self.deliver(&sdi, at) {
                break;
            }
            self.exec.held.times.pop();
        }
    }

    fn deliver(&mut self, sdi: &Lanes, at: Picoseconds) -> bool {
        if self.interconnect.owner(self.offload.is_on()) == Some(Side::Offload) {
            let drains = self.offload.drains();
            if drains && self.offload.enabled {
                self.wire.streamed(at, sdi);
                self.offload.streamed(sdi);
            }
            return drains;
        }
        self.deliver_to_fifo(sdi, at)
    }

    /// Before 2.00 the bus side sees one lane of each word.
    fn deliver_to_fifo(&mut self, sdi: &Lanes, at: Picoseconds) -> bool {
        let mask = if self.params.version.has_lane_masks() {
            self.exec.kept_lanes & self.params.all_lanes()
        } else {
            1
        };
        if self.faults.sdi_lost {
            return true;
        }
        if !self
            .sdi
            .has_room(mask.count_ones().try_into().unwrap_or(usize::MAX))
        {
            return false;
        }
        let kept = (0..MAX_LANES).filter(|lane| bits::has(mask, *lane));
        self.sdi
            .push(at, kept.filter_map(|lane| sdi.get(lane).copied()), mask);
        true
    }

    /// As many words wait as can, so that no other may be clocked.
    fn is_stalled(&self) -> bool {
        self.exec.held.times.len() >= self.params.version.words_before_stall().into()
    }

    /// When the transfer does something next.
    pub(super) fn next_word_event(&self, transfer: &Transfer) -> Option<Picoseconds> {
        transfer.word.map(|word| word.end).or(self.exec.next_word)
    }

    /// Whether a word is being clocked.
    pub(super) fn is_clocking(&self) -> bool {
        match self.exec.state {
            State::Transfer(transfer) => transfer.word.is_some(),
            State::Hung | State::Idle | State::Busy(..) => false,
        }
    }

    /// When the rest of the transfer ends if nothing stops it.
    pub(super) fn end_of_transfer(&self, transfer: &Transfer) -> Option<Picoseconds> {
        let Some(word) = transfer.word else {
            return self.exec.next_word;
        };
        let more = u64::from(transfer.left.saturating_sub(1));
        Some(word.end + more * (word.end - word.start))
    }
}
