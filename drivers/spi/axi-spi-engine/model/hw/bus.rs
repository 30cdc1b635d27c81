// SPDX-License-Identifier: GPL-2.0

//! The SPI bus: chips at chip selects and lanes, and a log.

use super::{
    bits,
    Chip,
    Event,
    Lanes,
    Log,
    Picoseconds,
    Wire,
    Word,
    MAX_LANES, //
};
use core::ops::DerefMut;

/// Where a chip is connected.
#[derive(Debug)]
pub struct Socket<S> {
    /// The number of its chip select.
    pub chip_select: u8,
    /// It is selected by a high level.
    pub active_high: bool,
    /// The lanes that it hears and answers on, each with a word of its own.
    pub lanes: u8,
    /// The only clock mode that it knows, 0 to 3. In another one both sides sample half a bit
    /// off, and lose the last bit of each word.
    pub mode: Option<u8>,
    /// The chip.
    pub chip: Chip<S>,
}

impl<S: DerefMut<Target = [u32]>> Socket<S> {
    /// A chip at chip select 0 and lane 0, active low, content with each clock mode.
    pub const fn new(chip: Chip<S>) -> Self {
        Self {
            chip_select: 0,
            active_high: false,
            lanes: 1,
            mode: None,
            chip,
        }
    }

    fn selected(&self, pins: u8) -> bool {
        bits::has(pins, self.chip_select.into()) == self.active_high
    }

    fn exchange(&mut self, word: &Word, sdi: &mut Lanes) {
        let slip = u32::from(self.mode.is_some_and(|mode| mode != word.mode & 3));

        for (lane, (heard, said)) in word.sdo.iter().zip(sdi).enumerate() {
            if bits::has(self.lanes, lane) {
                *said = self.chip.exchange(heard >> slip, word.bits) >> slip;
            }
        }
    }
}

/// A bus with up to eight chips on it. Lanes on which nobody answers are high.
#[derive(Debug)]
pub struct Bus<E, S> {
    log: Log<E>,
    sockets: [Option<Socket<S>>; MAX_LANES],
    pins: u8,
}

impl<E, S> Bus<E, S>
where
    E: DerefMut<Target = [Event]>,
    S: DerefMut<Target = [u32]>,
{
    /// A bus without chips, that logs into memory of the caller.
    pub const fn new(events: E) -> Self {
        Self {
            log: Log::new(events),
            sockets: [const { None }; MAX_LANES],
            pins: u8::MAX,
        }
    }

    /// Connects a chip; gives it back if there are eight already.
    pub fn attach(&mut self, socket: Socket<S>) -> Result<(), Socket<S>> {
        match self.sockets.iter_mut().find(|place| place.is_none()) {
            Some(place) => {
                *place = Some(socket);
                Ok(())
            }
            None => Err(socket),
        }
    }

    /// Disconnects all chips.
    pub fn detach_all(&mut self) {
        self.sockets = [const { None }; MAX_LANES];
    }

    /// The chips, in the order in which they were attached.
    pub fn sockets(&self) -> impl Iterator<Item = &Socket<S>> + '_ {
        self.sockets.iter().flatten()
    }

    /// What happened.
    pub fn log(&self) -> &Log<E> {
        &self.log
    }

    /// The log, to clear it.
    pub fn log_mut(&mut self) -> &mut Log<E> {
        &mut self.log
    }

    /// The levels of the chip select pins.
    pub fn pins(&self) -> u8 {
        self.pins
    }
}

impl<E, S> Wire for Bus<E, S>
where
    E: DerefMut<Target = [Event]>,
    S: DerefMut<Target = [u32]>,
{
    fn select(&mut self, at: Picoseconds, pins: u8) {
        for socket in self.sockets.iter_mut().flatten() {
            if socket.selected(pins) && !socket.selected(self.pins) {
                socket.chip.select();
            }
        }
        self.pins = pins;
        self.log.push(Event::Select(at, pins));
    }

    fn clock_rests(&mut self, at: Picoseconds, high: bool) {
        self.log.push(Event::ClockRests(at, high));
    }

    fn word(&mut self, word: &Word) -> Lanes {
        let mut sdi = [bits::mask(word.bits.into()); MAX_LANES];

        for socket in self.sockets.iter_mut().flatten() {
            if socket.selected(self.pins) {
                socket.exchange(word, &mut sdi);
            }
        }
        self.log.push(Event::Word(Word { sdi, ..*word }));
        sdi
    }

    fn cut(&mut self, at: Picoseconds) {
        self.log.push(Event::Cut(at));
    }

    fn runs_away(&mut self, at: Picoseconds) {
        self.log.push(Event::RunsAway(at));
    }

    fn streamed(&mut self, at: Picoseconds, sdi: &Lanes) {
        self.log.push(Event::Streamed(at, *sdi));
    }

    fn command(&mut self, at: Picoseconds, command: u16) {
        self.log.push(Event::Command(at, command));
    }
}
