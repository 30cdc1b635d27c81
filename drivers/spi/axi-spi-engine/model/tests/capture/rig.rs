// SPDX-License-Identifier: GPL-2.0

//! A board that captures, and what files of the driver read.

use crate::{
    hw::{
        Chip,
        Script,
        Socket,
        Version, //
    },
    platform::{
        Capture,
        Device,
        Driver,
        DriverName,
        File,
        Instance,
        Part,
        SpiDevice, //
    },
    tests::bench::params, //
};
use kernel::{
    prelude::*,
    str::CString,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// The drivers of a board.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drivers {
    /// Of the engine.
    engine: Driver,
    /// Of the trigger.
    trigger: Driver,
}

impl Drivers {
    const fn new(engine: Driver, trigger: Driver) -> Self {
        Self { engine, trigger }
    }

    /// Whether a capture may end in any way, and another one works then. The engine's driver in C
    /// neither waits for the end of a run nor resets what it finds (C20, C21).
    pub(super) fn can_begin_again(self) -> bool {
        matches!(self.engine, Driver::Rust)
    }
}

/// The drivers that there are for an offload.
pub(super) const PROVIDERS: [Drivers; 3] = [
    Drivers::new(Driver::C, Driver::C),
    Drivers::new(Driver::C, Driver::Rust),
    Drivers::new(Driver::Rust, Driver::Rust),
];

/// How often the message is sent for a block.
const SCANS: u64 = 64;

/// How the board is set up.
#[derive(Clone, Copy)]
pub(super) struct Setup {
    hz: u32,
    words: u32,
    speed: u32,
}

impl Setup {
    pub(super) fn new(hz: u32, words: u32) -> Self {
        Self {
            hz,
            words,
            speed: 10_000_000,
        }
    }

    pub(super) fn speed(mut self, speed: u32) -> Self {
        self.speed = speed;
        self
    }

    fn device(&self) -> Device {
        Device {
            driver: DriverName::new(c"rust_spi_capture"),
            sampling_hz: self.hz,
            words: self.words,
            ..Device::new(self.speed)
        }
    }
}

/// A converter whose samples count up, 16 bits each.
fn ramp() -> Result<Chip<KVVec<u32>>> {
    let mut samples = KVVec::with_capacity(1 << 16, GFP_KERNEL)?;
    for sample in 0..1 << 16 {
        samples.push(sample, GFP_KERNEL)?;
    }
    Ok(Chip::Script(Script::repeating(samples)))
}

/// An engine without a driver, and the converter at it.
pub(super) fn instance(version: Version) -> Result<Instance> {
    let instance = Instance::new(&params(version))?;
    instance.attach(Socket::new(ramp()?))?;
    Ok(instance)
}

/// What a file gives.
pub(super) struct Record {
    pub(super) number: u64,
    pub(super) lost: u64,
    pub(super) samples: KVec<u16>,
}

impl Record {
    fn new(data: &[u8]) -> Result<Self> {
        let (number, data) = data.split_first_chunk().ok_or(EINVAL)?;
        let (lost, data) = data.split_first_chunk().ok_or(EINVAL)?;
        let mut samples = KVec::with_capacity(data.len() / 4, GFP_KERNEL)?;
        for word in data.chunks_exact(4) {
            let low = u32::from_ne_bytes(word.try_into().map_err(|_| EINVAL)?) & 0xffff;
            samples.push(low.try_into()?, GFP_KERNEL)?;
        }

        Ok(Self {
            number: u64::from_ne_bytes(*number),
            lost: u64::from_ne_bytes(*lost),
            samples,
        })
    }

    /// Whether it continues the ramp of the converter that has begun with `first`.
    pub(super) fn continues(&self, first: u16) -> bool {
        (self.number..).zip(&self.samples).all(|(number, sample)| {
            // CAST: The ramp begins again after as many samples as `u16` has values.
            *sample == first.wrapping_add(number as u16)
        })
    }
}

/// A board that captures.
// Fields are dropped in this order.
pub(super) struct Rig<'a> {
    device: Option<SpiDevice<'a>>,
    capture: Capture<'a>,
    instance: &'a Instance,
    drivers: Drivers,
    setup: Setup,
}

impl<'a> Rig<'a> {
    pub(super) fn new(instance: &'a Instance, drivers: Drivers, setup: Setup) -> Result<Self> {
        let mut this = Self {
            device: None,
            capture: Capture::new(instance, drivers.trigger)?,
            instance,
            drivers,
            setup,
        };
        instance.bind(drivers.engine)?;
        this.add_device()?;
        Ok(this)
    }

    fn add_device(&mut self) -> Result {
        let device = self.instance.add_device(&self.setup.device())?;
        if !device.is_bound() {
            return Err(ENXIO);
        }
        self.device = Some(device);
        Ok(())
    }

    pub(super) fn remove_device(&mut self) {
        self.device = None;
    }

    pub(super) fn unbind(&mut self) {
        self.instance.unbind();
    }

    pub(super) fn unplug(&mut self, part: Part) {
        self.capture.unplug(part);
    }

    /// Lets all be there again.
    pub(super) fn restore(&mut self) -> Result {
        self.remove_device();
        self.unbind();
        for part in Part::ALL.into_iter().rev() {
            self.unplug(part);
        }
        for part in Part::ALL {
            self.capture.plug(part)?;
        }
        self.instance.bind(self.drivers.engine)?;
        self.add_device()
    }

    /// Opens the device that the driver made.
    pub(super) fn open(&self, wait: bool) -> Result<File> {
        let name = self.device.as_ref().ok_or(ENODEV)?.name()?;
        File::open(
            &CString::try_from_fmt(fmt!("spi-capture-{}", &*name))?,
            wait,
        )
    }

    /// How long a record is.
    pub(super) fn record_len(&self) -> usize {
        // CAST: Both fit into 32 bits, which a `usize` has at least.
        16 + 4 * (SCANS as usize) * self.setup.words as usize
    }

    /// Reads one record.
    pub(super) fn record(&self, file: &File) -> Result<Record> {
        let mut data = KVec::from_elem(0u8, self.record_len(), GFP_KERNEL)?;
        if file.read(&mut data)? != self.record_len() {
            return Err(EIO);
        }
        Record::new(&data)
    }

    /// Whether a reader that keeps up gets so many blocks, one after the other, and whole.
    pub(super) fn keeps_up(&self, blocks: u64) -> Result<bool> {
        let file = self.open(true)?;
        let first = self.record(&file)?.samples[0];

        for block in 1..blocks {
            let record = self.record(&file)?;
            let number = block * SCANS * u64::from(self.setup.words);
            if (record.number, record.lost) != (number, 0) || !record.continues(first) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How many blocks the converter has given since it was attached.
    fn blocks(&self) -> u64 {
        let answered = self.instance.with(|engine| {
            let chips = engine.wire().sockets().map(|socket| &socket.chip);
            chips.fold(0, |sum, chip| match chip {
                Chip::Script(script) => sum + script.answered(),
                _ => sum,
            })
        });
        // CAST: A `u64` holds all of a `usize`.
        answered as u64 / (SCANS * u64::from(self.setup.words))
    }

    /// Waits until the converter has given so many blocks; not much longer.
    ///
    /// # Errors
    ///
    /// `ETIMEDOUT` if it gives none.
    pub(super) fn wait_for_block(&self, blocks: u64) -> Result {
        let scan = Delta::from_nanos((1_000_000_000 / self.setup.hz).into());
        let mut scans = 10 * SCANS * blocks;

        while self.blocks() < blocks {
            scans = scans.checked_sub(1).ok_or(ETIMEDOUT)?;
            fsleep(scan);
        }
        Ok(())
    }

    /// Waits until the converter has given so many blocks more.
    pub(super) fn wait_for_more(&self, blocks: u64) -> Result {
        self.wait_for_block(self.blocks() + blocks)
    }
}
