// SPDX-License-Identifier: GPL-2.0

//! One engine: its registers, its clocks, and what it was built with.

use crate::{
    flow::Sink,
    instruction::Instruction,
    regs,
    timing::Clock,
    version::{
        Limits,
        Version, //
    }, //
};
use core::ops::RangeInclusive;
use kernel::{
    clk::enabled::EnabledClk,
    device::Bound,
    io::{
        mem::ExclusiveIoMem,
        Io,
        IoBase,
        Region,
        RelaxedMmio, //
    },
    platform,
    prelude::*,
    spi::controller::Words, //
};

pub(crate) mod offload;

/// How many times to look for a report that should be there: it arrives some cycles of the engine's
/// clock after what it reports, about as long as a register takes to be read.
const LOOKS: usize = 8;

/// The binary logarithm of the size of the receive FIFO, where the engine does not tell it.
const DEFAULT_SDI_ADDR_WIDTH: u8 = 5;

/// What an engine was built with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build {
    version: Version,
    /// The length of the longest word, in bits.
    width: u16,
    lanes: u8,
    /// How many instructions fit into an empty FIFO.
    pub(crate) cmd_words: u32,
    /// How many words to be sent fit into an empty FIFO.
    pub(crate) sdo_words: u32,
    /// How many words that came in may be waiting.
    pub(crate) sdi_words: u32,
    /// What fits into the memories of the offload.
    pub(crate) memories: offload::Memories,
}

impl Build {
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// What programs have to respect.
    pub(crate) fn limits(&self) -> Limits {
        self.version
            .limits(self.width, self.message_lanes(), self.sdi_words)
    }

    /// The lengths of words that work, in bits.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there is none.
    pub(crate) fn word_lengths(&self) -> Result<RangeInclusive<u8>> {
        self.version.word_lengths(self.width).ok_or(EINVAL)
    }

    /// The number of lanes that messages can use, 1 to 8.
    ///
    /// There is a place for the words of all of them: a transfer ends only when its last words have
    /// one, and is received only when it has ended.
    pub(crate) fn message_lanes(&self) -> u8 {
        if !self.version.has_lanes() {
            return 1;
        }
        let places = u8::try_from(self.sdi_words).unwrap_or(u8::MAX);

        self.lanes.min(places).clamp(1, 8)
    }
}

/// An engine that runs.
pub(crate) struct Hardware<'bound> {
    // Dropped in this order: as long as there are registers, the clocks run.
    io: ExclusiveIoMem<'bound, { regs::SIZE }>,
    _spi_clk: EnabledClk,
    _bus_clk: EnabledClk,
    clock: Clock,
    build: Build,
}

impl<'bound> Hardware<'bound> {
    /// Starts the engine of `dev`, whatever it did before, and finds out what it is.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `ENODEV` if the version is unknown.
    /// - `EINVAL` if there is no clock, or no room for instructions or words.
    /// - Those of getting the clocks and the registers.
    pub(crate) fn new(dev: &'bound platform::Device<Bound>) -> Result<Self> {
        let bus_clk = EnabledClk::get(dev.as_ref(), c"s_axi_aclk")?;
        let spi_clk = EnabledClk::get(dev.as_ref(), c"spi_clk")?;
        let clock = Clock::new(u64::try_from(spi_clk.rate().as_hz())?).ok_or(EINVAL)?;
        let io = dev
            .io_request_by_index(0)
            .ok_or(EINVAL)?
            .iomap_exclusive_sized()?;

        let build = {
            let regs = (&io).as_view().relaxed();
            let version = read_version(regs)?;
            stop(regs, clock);
            start(regs);
            read_build(regs, version)?
        };

        Ok(Self {
            io,
            _spi_clk: spi_clk,
            _bus_clk: bus_clk,
            clock,
            build,
        })
    }

    #[inline]
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    #[inline]
    pub(crate) fn build(&self) -> &Build {
        &self.build
    }

    #[inline]
    fn regs(&self) -> RelaxedMmio<'_, Region<{ regs::SIZE }>> {
        (&self.io).as_view().relaxed()
    }

    /// Makes the engine forget all that it was doing, and its settings.
    ///
    /// The chip selects are 1, active high ones hence active.
    pub(crate) fn reset(&self) {
        self.hold_reset();
        start(self.regs());
    }

    /// Stops the engine, until the next [`reset`](Self::reset).
    pub(crate) fn hold_reset(&self) {
        self.regs()
            .write_reg(regs::RESET::zeroed().with_asserted(true));
    }

    /// Returns whether it does nothing: it was stopped, or had no power meanwhile.
    #[inline]
    pub(crate) fn is_in_reset(&self) -> bool {
        self.regs().read(regs::RESET).asserted()
    }

    /// Lets these interrupt, and no others.
    #[inline]
    pub(crate) fn interrupt_on(&self, sources: regs::INT_ENABLE) {
        self.regs().write_reg(sources);
    }

    #[inline]
    pub(crate) fn pending(&self) -> regs::INT_PENDING {
        self.regs().read(regs::INT_PENDING)
    }

    /// Acknowledges reports. Afterwards, [`sync_id`](Self::sync_id) is that of the last of them, or
    /// of one that interrupts again.
    #[inline]
    pub(crate) fn acknowledge_sync(&self) {
        self.regs()
            .write_reg(regs::INT_PENDING::zeroed().with_sync(true));
    }

    /// Returns the id of the last report.
    #[inline]
    pub(crate) fn sync_id(&self) -> u8 {
        self.regs().read(regs::SYNC_ID).id()
    }

    /// Acknowledges the report of `id`, if it has arrived, or does so at once; returns whether.
    ///
    /// Although it does not interrupt it would stay pending, and interrupt later.
    #[inline(always)]
    pub(crate) fn take_report(&self, id: u8) -> bool {
        let has_arrived = (0..LOOKS).any(|_| self.sync_id() == id);

        if has_arrived {
            self.acknowledge_sync();
        }
        has_arrived
    }

    /// Returns how many instructions can be given.
    #[inline]
    pub(crate) fn cmd_room(&self) -> u32 {
        self.regs().read(regs::CMD_FIFO_ROOM).into()
    }

    /// Gives an instruction. There must be room.
    #[inline(always)]
    pub(crate) fn command(&self, instruction: Instruction) {
        self.regs()
            .write_reg(regs::CMD_FIFO::from(u32::from(instruction.into_raw())));
    }

    /// Returns how many words can be sent.
    #[inline]
    pub(crate) fn sdo_room(&self) -> u32 {
        self.regs().read(regs::SDO_FIFO_ROOM).into()
    }

    /// Sends up to `count` words. There must be room.
    #[inline(always)]
    pub(crate) fn send(&self, words: &mut Words<'_>, count: u32) {
        let regs = self.regs();
        words.take(count, move |word| {
            regs.write_reg(regs::SDO_FIFO::from(word))
        });
    }

    /// Takes up to `count` words that came in. They must be there.
    #[inline]
    pub(crate) fn receive(&self, words: &mut Words<'_>, count: u32) {
        let regs = self.regs();
        words.fill(count, move || regs.read(regs::SDI_FIFO).into());
    }

    /// Takes a word that came in. There must be one.
    #[inline]
    pub(crate) fn receive_one(&self) -> u32 {
        self.regs().read(regs::SDI_FIFO).into()
    }

    /// Takes a word that came in, if there is one.
    #[inline]
    pub(crate) fn try_receive(&self) -> Option<u32> {
        let is_empty = || self.regs().read(regs::SDI_FIFO_LEVEL).level() == 0;

        if !self.build.version.has_no_word() {
            return (!is_empty()).then(|| self.receive_one());
        }
        let word = self.receive_one();
        // With 32 bits it may be a word after all. The level may be too high, but is not too low
        // any more.
        let is_missing = word == regs::NO_WORD && (self.build.width < 32 || is_empty());
        (!is_missing).then_some(word)
    }
}

impl Sink for &Hardware<'_> {
    #[inline]
    fn write(&mut self, instructions: &[u16]) {
        let regs = self.regs();

        for &instruction in instructions {
            regs.write_reg(regs::CMD_FIFO::from(u32::from(instruction)));
        }
    }

    #[inline]
    fn write_one(&mut self, instruction: Instruction) {
        self.command(instruction);
    }
}

type Regs<'a> = RelaxedMmio<'a, Region<{ regs::SIZE }>>;

fn read_version(regs: Regs<'_>) -> Result<Version> {
    let version = regs.read(regs::VERSION);
    let version = Version::new(version.major(), version.minor(), version.patch());

    if !version.is_known() {
        return Err(ENODEV);
    }
    Ok(version)
}

/// Stops an engine that may be running, and forgets the program of the offload, which a reset
/// leaves alone.
fn stop(regs: Regs<'_>, clock: Clock) {
    regs.write_reg(regs::INT_ENABLE::zeroed());
    regs.write_reg(regs::RESET::zeroed().with_asserted(true));
    regs.write_reg(regs::RESET::zeroed());

    offload::empty_memories(regs, clock);
}

/// Lets the engine run from a reset.
fn start(regs: Regs<'_>) {
    regs.write_reg(regs::RESET::zeroed());
    regs.write_reg(
        regs::INT_PENDING::zeroed()
            .with_sync(true)
            .with_offload_sync(true),
    );
    regs.write_reg(regs::INT_ENABLE::zeroed());
}

/// Finds out what an idle engine was built with.
fn read_build(regs: Regs<'_>, version: Version) -> Result<Build> {
    let data_width = regs.read(regs::DATA_WIDTH);
    let sdi_addr_width = match regs.read(regs::FIFO_ADDR_WIDTH).sdi() {
        0 => DEFAULT_SDI_ADDR_WIDTH,
        width => width.min(16),
    };
    let build = Build {
        version,
        width: data_width.width(),
        lanes: data_width.lanes(),
        cmd_words: regs.read(regs::CMD_FIFO_ROOM).into(),
        sdo_words: regs.read(regs::SDO_FIFO_ROOM).into(),
        sdi_words: (1 << sdi_addr_width) - 1,
        memories: offload::read_memories(regs, version),
    };

    if build.cmd_words == 0 || build.sdo_words == 0 {
        return Err(EINVAL);
    }
    Ok(build)
}
