// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of controllers that move buffers by DMA channels, with a DMA controller that has no
//! hardware: what goes out comes in.

use super::bus::Added;
use crate::{
    bindings,
    device::{
        self,
        Bound, //
    },
    dmaengine::{
        tests::{
            engine::{
                Registered,
                USER, //
            },
            line::Failing, //
        },
        BusWidth,
        Channel,
        Config,
        Direction, //
    },
    faux,
    new_mutex,
    prelude::*,
    spi::{
        controller::{
            BoardInfo,
            CurrentMessage,
            DmaChannels,
            Moved,
            Operations,
            Registration,
            SettingUp,
            Settings,
            Starting,
            TransferRef,
            Transferred, //
        },
        Buffer,
        Device,
        Message,
        Transfer, //
    },
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc,
        Mutex, //
    },
    time::{
        delay::fsleep,
        Delta, //
    },
    workqueue, //
};

/// What starting the controller does.
#[derive(Clone, Copy)]
enum Start {
    /// The channels are done before it returns.
    AtOnce,
    /// Another thread moves the data.
    Later,
    /// The same, but one channel has called back before, twice.
    CalledBack,
    /// Nothing happens any more.
    Never,
    /// It is refused, after the data were moved.
    Refused(Error),
    /// It is aborted.
    Aborted,
}

/// What the tests look at.
#[pin_data]
struct Notes {
    #[pin]
    start: Mutex<Start>,
    /// Transfers that were moved by DMA, those that were not, and those that failed.
    moved: Atomic<u32>,
    copied: Atomic<u32>,
    failed: Atomic<u32>,
    /// Transfers that are not mapped, and that channels have refused for that.
    refused: Atomic<u32>,
    /// Pieces of memory that the last transfer was mapped in.
    pieces: Atomic<usize>,
    /// Other threads that are at work.
    threads: Atomic<i32>,
}

impl Notes {
    fn new() -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                start <- new_mutex!(Start::AtOnce),
                moved: Atomic::new(0),
                copied: Atomic::new(0),
                failed: Atomic::new(0),
                refused: Atomic::new(0),
                pieces: Atomic::new(0),
                threads: Atomic::new(0),
            }),
            GFP_KERNEL,
        )
    }

    fn set(&self, start: Start) {
        *self.start.lock() = start;
    }

    /// Does something in another thread.
    fn spawn(
        self: &Arc<Self>,
        rig: &Arc<Registered>,
        work: impl FnOnce(&Registered) + Send + 'static,
    ) -> Result {
        let (this, rig) = (self.clone(), rig.clone());

        self.threads.add(1, Relaxed);
        workqueue::system().try_spawn(GFP_KERNEL, move || {
            work(&rig);
            drop(rig);
            this.threads.add(-1, Relaxed);
        })?;
        Ok(())
    }

    /// Returns how many transfers were moved, copied, and failed.
    fn counts(&self) -> (u32, u32, u32) {
        (
            self.moved.load(Relaxed),
            self.copied.load(Relaxed),
            self.failed.load(Relaxed),
        )
    }
}

/// The data of a controller.
struct Mover<'a> {
    channels: Option<Pin<KBox<DmaChannels<'a>>>>,
    rig: Arc<Registered>,
    notes: Arc<Notes>,
}

impl Mover<'_> {
    fn start(&self) -> Result {
        let start = *self.notes.start.lock();

        match start {
            Start::AtOnce => self.rig.engine.exchange(),
            Start::Later | Start::CalledBack => {
                if let Start::CalledBack = start {
                    self.rig.engine.tx.call_back(0);
                    self.rig.engine.tx.call_back(0);
                }
                self.notes.spawn(&self.rig, |rig| {
                    fsleep(Delta::from_millis(5));
                    rig.engine.exchange();
                })?;
            }
            Start::Never => {}
            Start::Refused(error) => {
                self.rig.engine.exchange();
                return Err(error);
            }
            Start::Aborted => {
                if let Some(channels) = &self.channels {
                    channels.abort();
                }
            }
        }
        Ok(())
    }
}

#[vtable]
impl Operations for Mover<'static> {
    type Data<'a> = Mover<'a>;
    type DeviceState<'a> = ();
    type Prepared<'p> = ();

    fn new_device_state<'a>(_data: &Self::Data<'a>, _dev: &Device) -> impl PinInit<(), Error> {
        Ok::<_, Error>(())
    }

    fn setup<'a>(_data: &Self::Data<'a>, _dev: &SettingUp<'_>, _state: Pin<&()>) -> Result {
        Ok(())
    }

    fn can_dma<'a>(_data: &Self::Data<'a>, _state: Pin<&()>, transfer: &TransferRef<'_>) -> bool {
        transfer.len() >= 8 && transfer.len() % 4 == 0
    }

    fn dma_channels<'x, 'a>(data: &'x Self::Data<'a>) -> Option<&'x DmaChannels<'a>> {
        data.channels.as_deref()
    }

    fn transfer_one<'t, 'd, 'a, 'p>(
        data: &'d Self::Data<'a>,
        _state: Pin<&'t ()>,
        mut transfer: Starting<'t, 'd>,
        _prepared: Option<Pin<&'t mut ()>>,
    ) -> Result<Transferred<'t>> {
        let notes = &data.notes;
        let table = transfer.rx_sg().or(transfer.tx_sg());

        let (Some(table), Some(channels)) = (table, &data.channels) else {
            if let Some(channels) = &data.channels {
                let run = channels.run(&mut transfer, || data.start());
                notes.refused.add(u32::from(run == Err(EINVAL)), Relaxed);
            }
            notes.copied.add(1, Relaxed);
            transfer.loop_back();
            return Ok(transfer.finish());
        };
        notes.pieces.store(table.iter().count(), Relaxed);

        match channels.run(&mut transfer, || data.start())? {
            Moved::All => {
                notes.moved.add(1, Relaxed);
                Ok(transfer.finish())
            }
            Moved::NotStarted => Ok(Transferred::NotStarted),
        }
    }

    fn handle_err<'a>(
        data: &Self::Data<'a>,
        _state: Pin<&()>,
        _message: &mut CurrentMessage<'_>,
        _error: Error,
    ) {
        data.notes.failed.add(1, Relaxed);
    }

    fn target_abort(data: &Self::Data<'_>) -> Result {
        if let Some(channels) = &data.channels {
            channels.abort();
        }
        Ok(())
    }
}

/// What a test has: the DMA controller, and the device that is the parent of the SPI controller.
/// The latter takes no part in DMA, so nothing can be mapped for it.
struct World {
    rig: Arc<Registered>,
    user: faux::Registration,
    notes: Arc<Notes>,
}

impl World {
    fn new() -> Result<Self> {
        Ok(Self {
            rig: Arc::new(Registered::new()?, GFP_KERNEL)?,
            user: faux::Registration::new(USER, None)?,
            notes: Notes::new()?,
        })
    }

    fn channel(&self, name: &CStr) -> Result<Channel<'_>> {
        self.rig.request(&self.user, name)
    }

    fn channels(&self) -> Result<Pin<KBox<DmaChannels<'_>>>> {
        let channels = DmaChannels::new(self.channel(c"tx")?, self.channel(c"rx")?);

        KBox::pin_init(channels, GFP_KERNEL)
    }

    /// Registers the SPI controller.
    fn register<'w>(
        &'w self,
        settings: &Settings,
        channels: Option<Pin<KBox<DmaChannels<'w>>>>,
    ) -> Result<Registration<'w, Mover<'static>>> {
        let data = Mover {
            channels,
            rig: self.rig.clone(),
            notes: self.notes.clone(),
        };

        // SAFETY: Local variables of tests, which are not forgotten.
        unsafe { Registration::new(self.parent(), settings, Ok::<_, Error>(data)) }
    }

    fn parent(&self) -> &device::Device<Bound> {
        self.user.as_ref().as_ref()
    }

    /// Returns how often each channel was terminated.
    fn terminated(&self) -> (u32, u32) {
        let engine = &self.rig.engine;

        (
            engine.tx.terminated.load(Relaxed),
            engine.rx.terminated.load(Relaxed),
        )
    }

    fn fail(&self, what: Failing) {
        self.rig.engine.tx.fail(what);
        self.rig.engine.rx.fail(what);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The next test registers the same devices.
        while self.notes.threads.load(Relaxed) != 0 {
            fsleep(Delta::from_millis(1));
        }
    }
}

fn add<'r>(controller: &'r Registration<'_, Mover<'static>>) -> Result<&'r Device<Bound>> {
    Ok(Added::new(controller, &BoardInfo::new(c"rust_spi_kunit")?)?.0)
}

/// A message with data in both directions.
fn message(lengths: &[usize]) -> Result<Message> {
    let mut transfers = KVec::new();
    for len in lengths {
        let mut data = KVec::new();
        for index in 0..*len {
            // CAST: The low byte will do.
            data.push(index as u8 ^ 0x5a, GFP_KERNEL)?;
        }
        let (tx, rx) = (
            Buffer::from_slice(&data, GFP_KERNEL)?,
            Buffer::zeroed(*len, GFP_KERNEL)?,
        );
        transfers.push(Transfer::exchange(tx, rx)?, GFP_KERNEL)?;
    }
    Message::new(transfers, GFP_KERNEL)
}

fn came_back(message: &Message) -> bool {
    message
        .transfers()
        .iter()
        .all(|transfer| transfer.tx() == transfer.rx())
}

/// Sends a message, and checks that nothing of an earlier one disturbs it.
fn works(world: &World, dev: &Device<Bound>) -> Result {
    let (moved, copied, failed) = world.notes.counts();
    world.notes.set(Start::AtOnce);
    world.fail(Failing::None);

    let mut message = message(&[64])?;
    message.sync(dev)?;
    assert!(came_back(&message));
    assert_eq!(world.notes.counts(), (moved + 1, copied, failed));
    Ok(())
}

/// The C side of the controller that a device is on.
fn raw(dev: &Device<Bound>) -> &bindings::spi_controller {
    // SAFETY: The device is bound, so the controller is registered; no other thread uses it.
    unsafe { &*(*dev.as_raw()).controller }
}

#[macros::kunit_tests(rust_spi_dma)]
mod suite {
    use super::*;

    #[test]
    fn buffers_are_moved_by_both_channels() -> Result {
        let world = World::new()?;
        let controller = world.register(&Settings::new(1), Some(world.channels()?))?;
        let dev = add(&controller)?;
        assert!(core::ptr::eq(raw(dev).dma_tx, world.rig.engine.tx.as_raw()));
        assert!(core::ptr::eq(raw(dev).dma_rx, world.rig.engine.rx.as_raw()));

        for start in [Start::AtOnce, Start::Later, Start::CalledBack] {
            world.notes.set(start);
            let mut message = message(&[64, 1024])?;
            message.sync(dev)?;
            assert!(came_back(&message));
        }
        assert_eq!(world.notes.counts(), (6, 0, 0));
        // Nothing has to be stopped that is done.
        assert_eq!(world.terminated(), (0, 0));

        drop(controller);
        assert_eq!(world.rig.engine.tx.clients(), 0);
        assert_eq!(world.rig.engine.rx.clients(), 0);
        Ok(())
    }

    #[test]
    fn what_is_small_or_odd_is_copied() -> Result {
        let world = World::new()?;
        let controller = world.register(&Settings::new(1), Some(world.channels()?))?;

        let mut message = message(&[4, 64, 9, 13, 8])?;
        message.sync(add(&controller)?)?;
        assert!(came_back(&message));
        assert_eq!(world.notes.counts(), (2, 3, 0));
        // Nothing can be moved that is not mapped.
        assert_eq!(world.notes.refused.load(Relaxed), 3);
        Ok(())
    }

    #[test]
    fn memory_may_be_in_pieces() -> Result {
        let world = World::new()?;
        let settings = Settings::new(1).max_dma_length(16);
        let controller = world.register(&settings, Some(world.channels()?))?;

        let mut message = message(&[64])?;
        message.sync(add(&controller)?)?;
        assert!(came_back(&message));
        assert_eq!(world.notes.counts(), (1, 0, 0));
        assert_eq!(world.notes.pieces.load(Relaxed), 4);
        Ok(())
    }

    #[test]
    fn one_direction_is_enough() -> Result {
        let world = World::new()?;
        let controller = world.register(&Settings::new(1), Some(world.channels()?))?;
        let dev = add(&controller)?;

        let data = Buffer::from_slice(&[0x33u8; 32], GFP_KERNEL)?;
        Message::new([Transfer::write(data)], GFP_KERNEL)?.sync(dev)?;
        assert_eq!(world.notes.counts(), (1, 0, 0));

        let data = Buffer::<u8>::zeroed(32, GFP_KERNEL)?;
        let mut message = Message::new([Transfer::read(data)], GFP_KERNEL)?;
        message.sync(dev)?;
        assert_eq!(world.notes.counts(), (2, 0, 0));
        let ones = [0xff; 32];
        assert_eq!(message.rx(0), Some(&ones[..]));
        Ok(())
    }

    #[test]
    fn an_error_stops_both_channels() -> Result {
        let world = World::new()?;
        let controller = world.register(&Settings::new(1), Some(world.channels()?))?;
        let dev = add(&controller)?;

        world.rig.engine.rx.fail(Failing::Move);
        assert_eq!(message(&[64])?.sync(dev).err(), Some(EIO));
        assert_eq!(world.terminated(), (1, 1));
        world.fail(Failing::Submit);
        assert_eq!(message(&[64])?.sync(dev).err(), Some(ENXIO));
        assert_eq!(world.terminated(), (2, 2));
        world.fail(Failing::None);
        world.notes.set(Start::Refused(EREMOTEIO));
        assert_eq!(message(&[64])?.sync(dev).err(), Some(EREMOTEIO));
        assert_eq!(world.terminated(), (3, 3));

        assert_eq!(world.notes.counts(), (0, 0, 3));
        works(&world, dev)
    }

    #[test]
    fn what_takes_too_long_is_stopped() -> Result {
        let world = World::new()?;
        let controller = world.register(&Settings::new(1), Some(world.channels()?))?;
        let dev = add(&controller)?;

        world.notes.set(Start::Never);
        let mut late = message(&[64])?;
        assert_eq!(late.sync(dev).err(), Some(ETIMEDOUT));
        assert_eq!(world.terminated(), (1, 1));
        assert_eq!(world.notes.counts(), (0, 0, 1));

        // The channels have nothing to do any more.
        world.rig.engine.exchange();
        assert_eq!(late.rx(0), Some(&[0; 64][..]));
        works(&world, dev)
    }

    #[test]
    fn a_channel_that_can_not_be_stopped_is_waited_for() -> Result {
        let world = World::new()?;
        let controller = world.register(&Settings::new(1), Some(world.channels()?))?;
        let dev = add(&controller)?;

        world.notes.set(Start::Never);
        world.rig.engine.rx.fail(Failing::Terminate);
        let seen = Arc::new(Atomic::new(0u32), GFP_KERNEL)?;
        let note = seen.clone();
        world.notes.spawn(&world.rig, move |rig| {
            // The one that could be stopped was, and the message is late.
            while rig.engine.tx.terminated.load(Relaxed) == 0 {
                fsleep(Delta::from_millis(10));
            }
            fsleep(Delta::from_millis(100));
            note.store(rig.engine.rx.terminated.load(Relaxed) + 1, Relaxed);
            rig.engine.rx.fail(Failing::None);
        })?;
        assert_eq!(message(&[64])?.sync(dev).err(), Some(ETIMEDOUT));
        assert_eq!(seen.load(Relaxed), 1);
        assert_eq!(world.terminated(), (1, 1));
        works(&world, dev)
    }

    #[test]
    fn without_descriptors_data_are_copied() -> Result {
        let world = World::new()?;
        let controller = world.register(&Settings::new(1), Some(world.channels()?))?;
        let dev = add(&controller)?;

        for line in [&world.rig.engine.tx, &world.rig.engine.rx] {
            line.fail(Failing::Prepare);
            let mut message = message(&[64])?;
            message.sync(dev)?;
            assert!(came_back(&message));
            line.fail(Failing::None);
        }
        assert_eq!(world.notes.counts(), (0, 2, 0));
        // The descriptor that the other one has made is gone.
        assert_eq!(world.terminated(), (2, 2));
        works(&world, dev)
    }

    #[test]
    fn without_channels_nothing_is_mapped() -> Result {
        let world = World::new()?;
        let controller = world.register(&Settings::new(1), None)?;
        let dev = add(&controller)?;
        assert!(raw(dev).can_dma.is_none() && raw(dev).dma_tx.is_null());

        let mut message = message(&[64])?;
        message.sync(dev)?;
        assert!(came_back(&message));
        assert_eq!(world.notes.counts(), (0, 1, 0));
        Ok(())
    }

    #[test]
    fn channels_have_a_direction() -> Result {
        let world = World::new()?;

        let swapped = DmaChannels::new(world.channel(c"rx")?, world.channel(c"tx")?);
        assert_eq!(KBox::pin_init(swapped, GFP_KERNEL).err(), Some(EINVAL));
        assert_eq!(world.rig.engine.tx.clients(), 0);
        assert_eq!(world.rig.engine.rx.clients(), 0);
        Ok(())
    }

    /// The core would map buffers for another device.
    #[test]
    fn channels_with_a_device_of_their_own_are_refused() -> Result {
        let world = World::new()?;

        world.rig.engine.rx.set_own_device(true);
        assert_eq!(world.channels().err(), Some(EOPNOTSUPP));
        world.rig.engine.rx.set_own_device(false);
        world.channels()?;
        Ok(())
    }

    #[test]
    fn channels_can_be_configured_again() -> Result {
        let world = World::new()?;
        let channels = world.channels()?;
        let config = |direction, max_burst| Config {
            direction,
            address: 0x1000,
            width: BusWidth::Bytes1,
            max_burst,
        };

        channels.configure(config(Direction::ToDevice, 3))?;
        channels.configure(config(Direction::FromDevice, 5))?;
        assert_eq!(world.rig.engine.tx.configured.load(Relaxed), 3);
        assert_eq!(world.rig.engine.rx.configured.load(Relaxed), 5);
        Ok(())
    }

    #[cfg(CONFIG_SPI_SLAVE)]
    #[test]
    fn a_target_waits_until_it_is_aborted() -> Result {
        let world = World::new()?;
        let controller = world.register(&Settings::target(), Some(world.channels()?))?;
        let dev = add(&controller)?;

        world.notes.set(Start::Aborted);
        assert_eq!(message(&[64])?.sync(dev).err(), Some(EINTR));
        assert_eq!(world.terminated(), (1, 1));

        // Longer than a host would wait.
        world.notes.set(Start::Never);
        world.notes.spawn(&world.rig, |rig| {
            fsleep(Delta::from_millis(400));
            rig.engine.exchange();
        })?;
        let mut message = message(&[64])?;
        message.sync(dev)?;
        assert!(came_back(&message));
        assert_eq!(world.terminated(), (1, 1));
        works(&world, dev)
    }
}
