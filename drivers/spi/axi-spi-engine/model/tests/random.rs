// SPDX-License-Identifier: GPL-2.0

//! Random messages, and what has to become of them.

use super::bench::*;
use crate::{
    hw::{
        Params,
        Version,
        Word, //
    },
    platform::{
        Device,
        Driver,
        Instance,
        SpiDevice,
        Transfer, //
    }, //
};
use core::{
    fmt,
    format_args, //
};
use kernel::{
    kunit,
    prelude::*, //
};

/// A generator of the xorshift family: the same numbers each time.
#[derive(Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        // 0 would stay 0.
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`, which must not be 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        // CAST: The remainder is smaller than `end`.
        ((self.next() >> 16) % u64::from(end)) as u32
    }

    /// A number of `range`, which must not be empty.
    fn within(&mut self, range: (u8, u8)) -> u8 {
        // CAST: It is not more than the end of the range.
        range.0 + self.below(u32::from(range.1 - range.0) + 1) as u8
    }

    /// One of `items`, of which there must be one.
    pub(super) fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        // CAST: There are not more, and `usize` is not smaller.
        items[self.below(items.len() as u32) as usize]
    }

    /// True once in `times`.
    pub(super) fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }
}

/// An engine that can be built, and that drivers can work with.
fn random_params(random: &mut Random, version: Version) -> Params {
    let asynchronous = random.once_in(2);
    let has_sizes = version >= Version::V1_01;

    let lanes = random.one_of(&[1, 1, 2, 4, 8]);

    Params {
        asynchronous,
        data_width: random.one_of(&[8, 16, 24, 32]),
        lanes,
        cmd_width: random.one_of(&[4, 4, 3, 5]),
        sdo_width: random.one_of(&[5, 5, 4, 6]),
        // Before that a driver can't know it. There is a place for a word of each lane.
        sdi_width: match (has_sizes, lanes) {
            (true, 8) => random.one_of(&[5, 5, 4, 6]),
            (true, _) => random.one_of(&[5, 5, 4, 6, 3]),
            _ => 5,
        },
        spi_hz: if asynchronous {
            random.one_of(&[100_000_000, 5_000_000, 25_000_000, 160_000_000])
        } else {
            100_000_000
        },
        ..params(version)
    }
}

/// The word lengths that work on a version, in bits.
fn word_lengths(params: &Params) -> (u8, u8) {
    let shortest = match params.version {
        Version::V1_03 => 8,
        Version::V1_05 | Version::V2_00 => 1,
        _ => 2,
    };
    (shortest, params.data_width)
}

/// How many bytes of a buffer a word takes.
fn word_bytes(bits: u8) -> usize {
    match bits {
        ..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}

fn mask(bits: u8) -> u32 {
    u32::MAX >> (32 - bits)
}

/// The word at the beginning of a buffer.
fn word(buffer: &[u8]) -> u32 {
    match *buffer {
        [byte] => byte.into(),
        [low, high] => u16::from_ne_bytes([low, high]).into(),
        [a, b, c, d] => u32::from_ne_bytes([a, b, c, d]),
        _ => 0,
    }
}

/// Makes a word the beginning of a buffer.
fn set_word(buffer: &mut [u8], word: u32) {
    match buffer {
        // CAST: The bits that fit; a word has no others.
        [byte] => *byte = word as u8,
        // CAST: As above.
        [_, _] => buffer.copy_from_slice(&(word as u16).to_ne_bytes()),
        [_, _, _, _] => buffer.copy_from_slice(&word.to_ne_bytes()),
        _ => {}
    }
}

/// A device with random lanes, for an engine.
fn random_device(random: &mut Random, params: &Params) -> Device {
    let mut device = Device {
        mode: random.below(4),
        chip_select: 0,
        ..Device::new(params.spi_hz / 2)
    };

    if params.version >= Version::V2_00 {
        let mut lanes = 0;
        for lane in 0..params.lanes {
            if random.once_in(2) {
                device.rx_lane_map[lanes] = lane;
                device.tx_lane_map[lanes] = lane;
                lanes += 1;
            }
        }
        // CAST: There are not more than 8.
        device.lanes = (lanes as u8).max(1);
    }
    device
}

/// One transfer of a random message.
pub(super) struct Part {
    tx: KVec<u8>,
    rx: KVec<u8>,
    pub(super) bits: u8,
    pub(super) speed: u32,
    pub(super) delay: u32,
    word_delay: u32,
    cs_change: bool,
    pub(super) stripe: bool,
    pub(super) writes: bool,
    pub(super) reads: bool,
}

impl Part {
    /// How many words it has, on all lanes.
    pub(super) fn words(&self) -> usize {
        self.tx.len() / word_bytes(self.bits)
    }

    /// Whether each word that was received is right.
    ///
    /// A loopback returns what is sent, and the level of the idle line, which is high, otherwise.
    fn received(&self) -> impl Iterator<Item = bool> + '_ {
        let size = word_bytes(self.bits);
        let words = self.tx.chunks(size).zip(self.rx.chunks(size));

        words.map(move |(tx, rx)| {
            let expected = if self.writes {
                word(tx)
            } else {
                mask(self.bits)
            };
            word(rx) == expected
        })
    }

    /// Forgets the bits above the word length of what was received.
    fn forget_upper_bits(&mut self) {
        for buffer in self.rx.chunks_mut(word_bytes(self.bits)) {
            set_word(buffer, word(buffer) & mask(self.bits));
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let does = match (self.writes, self.reads) {
            (true, true) => "exchanges",
            (true, false) => "writes",
            (false, true) => "reads",
            (false, false) => "skips",
        };
        write!(
            f,
            "{does} {} words of {} bits at {} Hz, then {} ns",
            self.words(),
            self.bits,
            self.speed,
            self.delay
        )?;
        if self.word_delay > 0 {
            write!(f, ", {} ns between words", self.word_delay)?;
        }
        if self.stripe {
            f.write_str(", striped")?;
        }
        if self.cs_change {
            f.write_str(", chip select changes")?;
        }
        Ok(())
    }
}

/// A random message to a loopback.
pub(super) struct Message {
    pub(super) parts: KVec<Part>,
    pub(super) lanes: KVec<u8>,
    mode: u8,
}

impl Message {
    fn random(random: &mut Random, params: &Params, device: &Device, most: u32) -> Result<Self> {
        let mut message = Self {
            parts: KVec::new(),
            lanes: KVec::new(),
            // CAST: It is 0 to 3.
            mode: (device.mode & 3) as u8,
        };
        for lane in &device.rx_lane_map[..device.lanes.into()] {
            message.lanes.push(*lane, GFP_KERNEL)?;
        }
        for _ in 0..1 + random.below(most) {
            let part = message.random_part(random, params)?;
            message.parts.push(part, GFP_KERNEL)?;
        }
        if let Some(last) = message.parts.last_mut() {
            last.cs_change = false;
        }
        Ok(message)
    }

    fn random_part(&self, random: &mut Random, params: &Params) -> Result<Part> {
        let bits = random.within(word_lengths(params));
        let has_lanes = params.version >= Version::V2_00 && params.lanes > 1;
        let stripe = has_lanes && random.once_in(2);
        let words = match random.below(6) {
            0 => 0,
            1 => random.below(200),
            _ => 1 + random.below(12),
        };
        // CAST: `usize` is not smaller.
        let words = words as usize * if stripe { self.lanes.len() } else { 1 };
        let size = word_bytes(bits);
        let mut tx = KVec::from_elem(0, words * size, GFP_KERNEL)?;
        for buffer in tx.chunks_mut(size) {
            // CAST: The bits of a word.
            set_word(buffer, random.next() as u32 & mask(bits));
        }
        let len = tx.len();

        Ok(Part {
            tx,
            rx: KVec::from_elem(0x5a, len, GFP_KERNEL)?,
            bits,
            speed: params.spi_hz / 2 / random.one_of(&[1, 1, 2, 4, 10]),
            delay: random.one_of(&[0, 0, 0, 1_000, 30_000]),
            word_delay: random.one_of(&[0, 0, 0, 0, 0, 0, 0, 1_000]),
            cs_change: random.once_in(5),
            stripe,
            writes: random.once_in(2),
            reads: random.once_in(2),
        })
    }

    /// Forgets the bits above the word length of what was received.
    pub(super) fn forget_upper_bits(&mut self) {
        self.parts.iter_mut().for_each(Part::forget_upper_bits);
    }

    /// Sends it.
    pub(super) fn send(&mut self, device: &SpiDevice<'_>) -> Result {
        device.sync(&mut self.transfers()?)?;
        Ok(())
    }

    /// Sends it while `body` runs. Gives how it ended.
    pub(super) fn send_during(&mut self, device: &SpiDevice<'_>, body: impl FnOnce()) -> Result {
        let (sent, ()) = device.sync_during(&mut self.transfers()?, body)?;
        sent?;
        Ok(())
    }

    fn transfers(&mut self) -> Result<KVec<Transfer<'_>>> {
        let mut transfers = KVec::new();

        for part in &mut self.parts {
            let mut transfer = match (part.writes, part.reads) {
                (true, true) => Transfer::exchange(&part.tx, &mut part.rx),
                (true, false) => Transfer::write(&part.tx),
                (false, true) => Transfer::read(&mut part.rx),
                (false, false) => Transfer::nothing(),
            };
            if part.cs_change {
                transfer = transfer.cs_change(1_000);
            }
            if part.stripe {
                transfer = transfer.stripe();
            }
            transfers.push(
                transfer
                    .bits(part.bits)
                    .speed(part.speed)
                    .delay(part.delay)
                    .word_delay(part.word_delay),
                GFP_KERNEL,
            )?;
        }
        Ok(transfers)
    }

    /// Whether each word that was received is right, in their order.
    fn received(&self) -> impl Iterator<Item = bool> + '_ {
        let reading = self.parts.iter().filter(|part| part.reads);

        reading.flat_map(Part::received)
    }

    /// How many words are to be received.
    pub(super) fn incoming(&self) -> usize {
        self.received().count()
    }

    /// How many words were received right before the first wrong one.
    pub(super) fn received_right(&self) -> usize {
        self.received().take_while(|right| *right).count()
    }

    /// Returns what is wrong with what was received, if something is.
    pub(super) fn wrong_data(&self) -> Option<&'static str> {
        (self.received_right() < self.incoming()).then_some("received data")
    }

    /// Returns what is wrong with what was on the wire, if something is.
    fn wrong_words(&self, params: &Params, words: &[Word]) -> Option<&'static str> {
        let mut words = words.iter();

        for part in self.parts.iter().filter(|part| part.reads || part.writes) {
            let all = if part.stripe { self.lanes.len() } else { 1 };
            for group in part.tx.chunks(word_bytes(part.bits) * all) {
                let Some(on_wire) = words.next() else {
                    return Some("missing word");
                };
                if let Some(wrong) = self.wrong_word(params, part, group, on_wire) {
                    return Some(wrong);
                }
            }
        }
        words.next().map(|_| "word too many")
    }

    fn wrong_word(
        &self,
        params: &Params,
        part: &Part,
        group: &[u8],
        on_wire: &Word,
    ) -> Option<&'static str> {
        let actual = params.spi_hz / 2 / u32::from(on_wire.divider);
        if on_wire.bits != part.bits || on_wire.mode & 3 != self.mode {
            return Some("settings");
        }
        if (on_wire.written, on_wire.read) != (part.writes, part.reads) || on_wire.pins != 0xfe {
            return Some("direction or chip select");
        }
        if actual > part.speed {
            return Some("speed");
        }
        if !part.writes {
            return None;
        }
        let has_lanes = params.version >= Version::V2_00;
        for (tx, &lane) in group.chunks(word_bytes(part.bits)).zip(&self.lanes) {
            let lane = if has_lanes { usize::from(lane) } else { 0 };
            if on_wire.sdo[lane] != word(tx) {
                return Some("sent data");
            }
        }
        None
    }

    /// Returns what is wrong with what was on the wire of a place, if something is.
    pub(super) fn wrong_wire(&self, place: &Place) -> Result<Option<&'static str>> {
        Ok(self.wrong_words(&place.params, &words(&place.instance)?))
    }

    /// Says what it is, to complain about it: a line for each transfer, since lines are short.
    pub(super) fn complain(&self) {
        complain(format_args!(
            "mode {}, lanes {:?}, {} of {} words received before a wrong one",
            self.mode,
            &*self.lanes,
            self.received_right(),
            self.incoming()
        ));
        for part in &self.parts {
            complain(format_args!("- {part}"));
        }
    }

    /// Checks all that became of it.
    ///
    /// # Errors
    ///
    /// `EBADMSG` if something is wrong; the log says what.
    pub(super) fn check(&self, place: &Place) -> Result {
        if let Some(wrong) = self.wrong_data().or(self.wrong_wire(place)?) {
            complain(format_args!("wrong: {wrong}"));
            self.complain();
            return Err(EBADMSG);
        }
        Ok(())
    }
}

/// An engine with a loopback, and what is to be connected to it.
pub(super) struct Place {
    pub(super) params: Params,
    pub(super) instance: Instance,
    pub(super) description: Device,
}

impl Place {
    /// A random one, with the driver in Rust.
    pub(super) fn random(random: &mut Random) -> Result<Self> {
        let version = random.one_of(&Version::ALL);

        Self::of_version(random, version, Driver::Rust)
    }

    /// A random one of a version, with a driver.
    pub(super) fn of_version(
        random: &mut Random,
        version: Version,
        driver: Driver,
    ) -> Result<Self> {
        let params = random_params(random, version);
        let instance = looped(&params, driver)?;

        instance.set_latency(random.one_of(&[300, 300, 1_500, 10_000]));
        Ok(Self {
            params,
            instance,
            description: random_device(random, &params),
        })
    }

    /// A random message of up to `most` transfers.
    pub(super) fn message(&self, random: &mut Random, most: u32) -> Result<Message> {
        Message::random(random, &self.params, &self.description, most)
    }
}

/// Says that something is wrong.
pub(super) fn complain(what: fmt::Arguments<'_>) {
    kunit::err(format_args!("{what}\n"));
}
