// SPDX-License-Identifier: GPL-2.0

//! Rust SPI sample: a converter that hardware samples, and user space reads.
//!
//! A clock starts a message that the controller has recorded (SPI offload), and what comes back
//! goes into a ring of blocks in memory, by DMA. Between two blocks no CPU does anything. It needs
//! a controller with an offload, a trigger and a DMA channel, such as the AXI SPI Engine.
//!
//! Firmware can say how often, `sampling-frequency` in Hz, and how many words of 16 bits the
//! message has, `test,words`. Each word is a sample.
//!
//! User space reads records from `/dev/spi-capture-spiB.C`, in the byte order of the CPU:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | number of the record's first sample; the first one after opening is 0 |
//! | 8 | how many samples were lost before it, since opening, because the reader was late |
//! | 4 each | samples, in the low 16 bits; what the others are is not defined |
//!
//! All records have the same length, `16 + 4 * 64 * test,words`. A read gives whole ones, as many
//! as there are and fit; if not one fits it fails with `EINVAL`. If there is none it waits, or
//! fails with `EAGAIN` with `O_NONBLOCK`. When the device is gone it fails with `ENODEV`. `poll()`
//! tells when there is one.
//!
//! What is lost is known for certain if the DMA channel tells which block it is in. With others, if
//! its calls are late by a block, nobody knows how many blocks that was; numbers are too low then.

use kernel::{
    clk::Hertz,
    device::{
        Bound,
        Core, //
    },
    dmaengine::{
        Cursor,
        DevresIssued,
        Direction,
        Handler,
        Issued,
        Layout,
        Transfer as DmaTransfer, //
    },
    fs::{
        file::flags::O_NONBLOCK,
        File, //
    },
    iov::IovIterDest,
    math64::Decimal,
    miscdevice::stream::{
        self,
        Readiness,
        Stream, //
    },
    new_mutex,
    new_poll_condvar,
    new_spinlock,
    new_spinlock_irq,
    of,
    prelude::*,
    spi::{
        self,
        offload::{
            Armed,
            Capability,
            Offload,
            Periodic,
            Trigger, //
        },
        Message,
        Transfer, //
    },
    str::CString,
    sync::{
        poll::{
            PollCondVar,
            PollTable, //
        },
        Arc,
        Mutex,
        SpinLock,
        SpinLockIrq, //
    }, //
};

/// How often the message is sent for one block.
const SCANS: usize = 64;

/// How many blocks the ring has.
const BLOCKS: usize = 16;

/// What a sample takes in memory: words of the controller's stream have 32 bits, whatever those on
/// the bus have.
const SAMPLE: usize = size_of::<u32>();

/// The length of the two numbers before the samples.
const HEADER: usize = 2 * size_of::<u64>();

/// How often the converter is sampled if firmware does not say.
const DEFAULT_HZ: u32 = 100_000;

struct CaptureDriver;

kernel::spi_device_table! {
    SPI_TABLE,
    <CaptureDriver as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"rust_spi_capture"), ())]
}

kernel::of_device_table! {
    OF_TABLE,
    <CaptureDriver as spi::Driver>::IdInfo,
    [(of::DeviceId::new(c"test,rust_spi_capture"), ())]
}

/// What firmware says.
#[derive(Clone, Copy)]
struct Config {
    frequency: Hertz,
    words: usize,
}

impl Config {
    fn new(dev: &spi::Device<Bound>) -> Result<Self> {
        let node = dev.as_ref().fwnode();
        let number = |name, default| {
            node.map_or(default, |node| node.property_read::<u32>(name).or(default))
        };
        let words = number(c"test,words", 1);
        if !(1..=16).contains(&words) {
            return Err(EINVAL);
        }

        Ok(Self {
            frequency: Hertz(number(c"sampling-frequency", DEFAULT_HZ).try_into()?),
            words: words.try_into()?,
        })
    }

    /// How many samples a block has.
    fn samples(&self) -> usize {
        SCANS * self.words
    }

    /// How many bytes a block has.
    fn bytes(&self) -> usize {
        self.samples() * SAMPLE
    }
}

/// What the DMA channel tells.
struct State {
    /// How often it has called.
    calls: u64,
    /// The device is gone.
    gone: bool,
}

/// What readers wait for.
#[pin_data]
struct News {
    #[pin]
    state: SpinLockIrq<State>,
    #[pin]
    changed: PollCondVar,
}

impl News {
    fn new() -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                state <- new_spinlock_irq!(State { calls: 0, gone: false }),
                changed <- new_poll_condvar!(),
            }),
            GFP_KERNEL,
        )
    }

    fn tell(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock());
        self.changed.notify_all();
    }

    fn calls(&self) -> u64 {
        self.state.lock().calls
    }

    fn is_gone(&self) -> bool {
        self.state.lock().gone
    }

    /// Waits until there were more calls than these.
    fn wait(&self, calls: u64) -> Result {
        let mut state = self.state.lock();

        while state.calls == calls && !state.gone {
            if self.changed.wait_interruptible(&mut state) {
                return Err(ERESTARTSYS);
            }
        }
        if state.gone {
            return Err(ENODEV);
        }
        Ok(())
    }
}

/// Called for each block, in a tasklet.
struct Told(Arc<News>);

impl Handler for Told {
    fn finished(&self, _result: Result) {
        self.0.tell(|state| state.calls += 1);
    }
}

/// The ring, and who is told of it; all that files need.
struct Ring {
    issued: DevresIssued<Told>,
    news: Arc<News>,
    config: Config,
}

impl Ring {
    fn access<R>(&self, body: impl FnOnce(&Issued<'_, Told>) -> R) -> Result<R> {
        let issued = self.issued.try_access().ok_or(ENODEV)?;

        Ok(body(&issued))
    }
}

/// What the device in `/dev` has.
struct Shared(Arc<Ring>);

/// The device is gone, with its driver, or as that could not be bound after all.
impl Drop for Shared {
    fn drop(&mut self) {
        self.0.news.tell(|state| state.gone = true);
    }
}

/// An open file.
#[pin_data]
struct Reader {
    ring: Arc<Ring>,
    /// The number of the block that the file began with.
    first: u64,
    /// Where the file is. Only who has `record` moves it; others don't wait for them to copy.
    #[pin]
    cursor: SpinLock<Cursor>,
    /// Room for a record.
    #[pin]
    record: Mutex<KVec<u8>>,
}

impl Reader {
    /// Makes a record of the next block; returns whether there is one.
    fn next(&self, cursor: &mut Cursor, record: &mut [u8]) -> Result<bool> {
        // CAST: There are few samples.
        let samples = self.ring.config.samples() as u64;
        let (header, data) = record.split_at_mut(HEADER);

        let read = self
            .ring
            .access(|issued| issued.read_next(cursor, data))??;
        let Some(block) = read else {
            return Ok(false);
        };
        let (number, lost) = header.split_at_mut(HEADER / 2);
        number.copy_from_slice(&((block - self.first) * samples).to_ne_bytes());
        lost.copy_from_slice(&(cursor.lost() * samples).to_ne_bytes());
        Ok(true)
    }

    /// Reads the records that are there, as far as they fit.
    fn read_some(&self, to: &mut IovIterDest<'_>) -> Result<usize> {
        let mut record = self.record.lock();
        let mut cursor = *self.cursor.lock();
        let mut read = 0;

        if to.len() < record.len() {
            return Err(EINVAL);
        }
        while to.len() >= record.len() && self.next(&mut cursor, &mut record)? {
            if to.copy_to_iter(&record) < record.len() {
                // It is there for the next read.
                return if read > 0 { Ok(read) } else { Err(EFAULT) };
            }
            *self.cursor.lock() = cursor;
            read += record.len();
        }
        Ok(read)
    }
}

#[vtable]
impl Stream for Reader {
    type Device = Shared;

    fn open(shared: &Shared) -> impl PinInit<Self, Error> {
        let ring = shared.0.clone();

        pin_init::pin_init_scope(move || {
            let cursor = ring.access(|issued| issued.cursor())?;
            let record = KVec::from_elem(0, HEADER + ring.config.bytes(), GFP_KERNEL)?;

            Ok(try_pin_init!(Self {
                ring,
                first: cursor.next(),
                cursor <- new_spinlock!(cursor),
                record <- new_mutex!(record),
            }))
        })
    }

    fn read(self: Pin<&Self>, file: &File, to: &mut IovIterDest<'_>) -> Result<usize> {
        loop {
            let calls = self.ring.news.calls();
            match self.read_some(to)? {
                0 if file.flags() & O_NONBLOCK != 0 => return Err(EAGAIN),
                0 => self.ring.news.wait(calls)?,
                read => return Ok(read),
            }
        }
    }

    fn poll(self: Pin<&Self>, file: &File, table: &PollTable<'_>) -> Readiness {
        table.register_wait(file, &self.ring.news.changed);

        // Nobody is told again when the ring goes.
        if self.ring.news.is_gone() {
            return Readiness::Gone;
        }
        let cursor = *self.cursor.lock();
        match self.ring.access(|issued| issued.is_readable(&cursor)) {
            Ok(true) => Readiness::Readable,
            Ok(false) => Readiness::Waiting,
            Err(_) => Readiness::Gone,
        }
    }
}

/// What a bound device has.
#[pin_data]
struct Capture<'bound> {
    #[pin]
    armed: Mutex<Option<Armed<'bound, Periodic>>>,
}

/// The message that the clock starts.
fn message(config: &Config) -> Result<Message> {
    Message::new([Transfer::stream_in::<u16, 16>(config.words)?], GFP_KERNEL)
}

/// Starts the DMA channel, which waits for data.
fn ring(offload: &Offload<'_>, config: Config) -> Result<Arc<Ring>> {
    let channel = offload.rx_stream()?;
    let news = News::new()?;
    let layout = Layout::cyclic(config.bytes(), BLOCKS)?;
    let memory = DmaTransfer::new(
        &channel,
        layout,
        Direction::FromDevice,
        Told(news.clone()),
        GFP_KERNEL,
    )?;
    let issued = channel.prepare(memory)?.submit()?.issue().into_devres()?;

    Ok(Arc::new(
        Ring {
            issued,
            news,
            config,
        },
        GFP_KERNEL,
    )?)
}

impl<'bound> Capture<'bound> {
    fn new(dev: &'bound spi::Device<Bound>) -> Result<impl PinInit<Self, Error> + 'bound> {
        let config = Config::new(dev)?;
        let wanted = Capability::Trigger | Capability::RxStreamDma;
        let offload = Offload::get(dev, wanted)?;
        let trigger = Trigger::get(&offload)?;
        let settings = trigger.validate(Periodic::new(config.frequency)?)?;

        // What comes first can wait for what comes next, but not the other way round.
        let ring = ring(&offload, config)?;
        let armed = offload.prepare(message(&config)?)?.arm(trigger, settings)?;
        let name = CString::try_from_fmt(fmt!("spi-capture-{}", dev.as_ref().name()))?;
        stream::register::<Reader>(dev.as_ref(), name, Shared(ring))?;

        dev_info!(
            dev,
            "{} words, {} times in a second\n",
            config.words,
            Decimal(settings.frequency_hz())
        );
        Ok(try_pin_init!(Self {
            armed <- new_mutex!(Some(armed)),
        }))
    }
}

impl spi::Driver for CaptureDriver {
    type IdInfo = ();
    type Data<'bound> = Capture<'bound>;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&SPI_TABLE);
    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
        pin_init::pin_init_scope(move || Capture::new(dev))
    }

    /// The device in `/dev` vanishes after this, and then the DMA channel stops.
    fn unbind<'bound>(_dev: &'bound spi::Device<Core<'_>>, this: Pin<&Self::Data<'bound>>) {
        drop(this.armed.lock().take());
    }
}

kernel::module_spi_driver! {
    type: CaptureDriver,
    name: "rust_spi_capture",
    authors: ["The Rust SPI developers"],
    description: "Rust SPI sample: a converter that hardware samples",
    license: "GPL",
}
