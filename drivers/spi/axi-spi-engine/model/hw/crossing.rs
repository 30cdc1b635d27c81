// SPDX-License-Identifier: GPL-2.0

//! Ways between the two clocks.

use super::{
    Params,
    Picoseconds, //
};

/// Tells the SPI side that a word was popped. A handshake carries one such event; one more can
/// wait for it, and further ones merge with that (R6).
#[derive(Clone, Copy, Debug)]
pub(super) struct Events {
    travel: Picoseconds,
    turnaround: Picoseconds,
    arrives: Option<Picoseconds>,
    free: Picoseconds,
    waiting: bool,
}

impl Events {
    pub(super) fn new(params: &Params) -> Self {
        Self {
            travel: 2 * params.spi_cycle() + params.axi_cycle(),
            turnaround: 3 * params.spi_cycle() + 2 * params.axi_cycle(),
            arrives: None,
            free: 0,
            waiting: false,
        }
    }

    /// An event happens.
    pub(super) fn send(&mut self, now: Picoseconds) {
        if now < self.free {
            self.waiting = true;
        } else {
            self.start(now);
        }
    }

    fn start(&mut self, at: Picoseconds) {
        self.waiting = false;
        self.arrives = Some(at + self.travel);
        self.free = at + self.turnaround;
    }

    /// When something happens next.
    pub(super) fn next(&self) -> Option<Picoseconds> {
        self.arrives.or(self.waiting.then_some(self.free))
    }

    /// What happens at [`Self::next`]; says whether an event arrived.
    pub(super) fn step(&mut self) -> bool {
        if self.arrives.take().is_some() {
            return true;
        }
        if self.waiting {
            self.start(self.free);
        }
        false
    }
}

/// Carries a number to the bus side, one at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    travel: Picoseconds,
    turnaround: Picoseconds,
    carried: u32,
    arrives: Option<Picoseconds>,
    free: Picoseconds,
    /// What the bus side sees.
    seen: u32,
}

impl Number {
    pub(super) fn new(params: &Params) -> Self {
        Self {
            travel: 2 * params.axi_cycle() + 2 * params.spi_cycle(),
            turnaround: 3 * params.axi_cycle() + 3 * params.spi_cycle(),
            carried: 0,
            arrives: None,
            free: 0,
            seen: 0,
        }
    }

    /// What the bus side sees.
    pub(super) fn seen(&self) -> u32 {
        self.seen
    }

    /// When something happens next, if the number is `value` now.
    pub(super) fn next(&self, value: u32, now: Picoseconds) -> Option<Picoseconds> {
        self.arrives
            .or((value != self.carried).then_some(self.free.max(now)))
    }

    /// What happens at [`Self::next`], which was `at`.
    pub(super) fn step(&mut self, value: u32, at: Picoseconds) {
        if self.arrives.take().is_some() {
            self.seen = self.carried;
        } else {
            self.carried = value;
            self.arrives = Some(at + self.travel);
            self.free = at + self.turnaround;
        }
    }
}
