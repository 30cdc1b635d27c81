// SPDX-License-Identifier: GPL-2.0

//! Rust SPI sample: messages that are submitted in an interrupt.
//!
//! It has the shape of a driver for a CAN controller. An interrupt, which is that of a timer here,
//! submits three prepared messages back to back: read the flags, read the frame, clear the flags.
//! Nobody waits for them. What they do to a flash memory is harmless: they read its status, read
//! its identification, and disable writing.
//!
//! Nothing in it waits for what is in flight when the device is unbound: that is done for it.
//!
//! To bind it to a flash that has another driver already, see `rust_driver_spi.rs`.

use kernel::{
    device::{
        Bound,
        Core, //
    },
    impl_has_hr_timer,
    new_spinlock_irq,
    of,
    prelude::*,
    spi::{
        self,
        AsyncMessage,
        Buffer,
        Complete,
        Message,
        Transfer, //
    },
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc,
        ArcBorrow,
        SpinLockIrq, //
    },
    time::{
        hrtimer::{
            ArcHrTimerHandle,
            HrTimer,
            HrTimerCallback,
            HrTimerCallbackContext,
            HrTimerPointer,
            HrTimerRestart,
            RelativeMode, //
        },
        Delta,
        Monotonic, //
    }, //
};

const READ_STATUS: u8 = 0x05;
const READ_ID: u8 = 0x9f;
const WRITE_DISABLE: u8 = 0x04;

/// How often the interrupt comes, and the time between two of them.
const EVENTS: i32 = 32;
const PERIOD: Delta = Delta::from_millis(2);

/// Which message is which.
const FLAGS: u64 = 0;
const FRAME: u64 = 1;
const CLEAR: u64 = 2;

struct AsyncDriver;

kernel::spi_device_table! {
    SPI_TABLE,
    <AsyncDriver as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"rust_spi_async"), ())]
}

kernel::of_device_table! {
    OF_TABLE,
    <AsyncDriver as spi::Driver>::IdInfo,
    [(of::DeviceId::new(c"test,rust_spi_async"), ())]
}

/// What the interrupt and the messages share.
#[pin_data]
struct Chip {
    dev: ARef<spi::Device>,
    #[pin]
    timer: HrTimer<Self>,
    /// The messages that are not in flight.
    #[pin]
    idle: SpinLockIrq<[Option<AsyncMessage>; 3]>,
    events: Atomic<i32>,
    frames: Atomic<i32>,
}

impl_has_hr_timer! {
    impl HasHrTimer<Self> for Chip {
        mode: RelativeMode<Monotonic>, field: self.timer
    }
}

impl HrTimerCallback for Chip {
    type Pointer<'a> = Arc<Self>;

    fn run(
        this: ArcBorrow<'_, Self>,
        mut context: HrTimerCallbackContext<'_, Self>,
    ) -> HrTimerRestart {
        if this.events.fetch_add(1, Relaxed) >= EVENTS {
            return HrTimerRestart::NoRestart;
        }

        let this: Arc<Self> = this.into();
        if let Err(error) = this.interrupt() {
            dev_dbg!(this.dev, "event lost: {error:?}\n");
        }
        context.forward_now(PERIOD);
        HrTimerRestart::Restart
    }
}

impl Chip {
    fn new(dev: &spi::Device<Bound>) -> Result<Arc<Self>> {
        let message = |transfers: KVec<Transfer>| -> Result<Option<AsyncMessage>> {
            let message = Message::new(transfers, GFP_KERNEL)?.optimize(dev)?;
            Ok(Some(message.into_async(GFP_KERNEL)?))
        };
        let command = |byte: u8| Buffer::from_slice(&[byte], GFP_KERNEL).map(Transfer::write);
        let answer = |len| Buffer::<u8>::zeroed(len, GFP_KERNEL).map(Transfer::read);

        let messages = [
            message(kernel::kvec![command(READ_STATUS)?, answer(1)?]?)?,
            message(kernel::kvec![command(READ_ID)?, answer(3)?]?)?,
            message(kernel::kvec![command(WRITE_DISABLE)?]?)?,
        ];
        let dev: &spi::Device = dev;

        Arc::pin_init(
            pin_init!(Self {
                dev: dev.into(),
                timer <- HrTimer::new(),
                idle <- new_spinlock_irq!(messages),
                events: Atomic::new(0),
                frames: Atomic::new(0),
            }),
            GFP_KERNEL,
        )
    }

    /// Submits the messages, if those of the last event are back.
    fn interrupt(self: &Arc<Self>) -> Result {
        if !self.idle.lock().iter().all(Option::is_some) {
            return Err(EBUSY);
        }

        self.submit::<FLAGS>()?;
        self.submit::<FRAME>()?;
        self.submit::<CLEAR>()
    }

    /// Submits a message; it comes back here, also if it is refused.
    fn submit<const ID: u64>(self: &Arc<Self>) -> Result
    where
        Self: Complete<ID>,
    {
        let message = self.take(ID).ok_or(EBUSY)?;

        message.submit::<ID, _>(self.clone()).map_err(|refused| {
            let error = refused.error;
            self.put_back(ID, refused.returned);
            error
        })
    }

    fn take(&self, id: u64) -> Option<AsyncMessage> {
        // CAST: There are three of them.
        self.idle.lock().get_mut(id as usize)?.take()
    }

    fn put_back(&self, id: u64, message: AsyncMessage) {
        // CAST: As above.
        if let Some(slot) = self.idle.lock().get_mut(id as usize) {
            *slot = Some(message);
        }
    }
}

impl Complete<FLAGS> for Chip {
    fn complete(this: Arc<Self>, message: AsyncMessage, _result: Result) {
        this.put_back(FLAGS, message);
    }
}

impl Complete<FRAME> for Chip {
    fn complete(this: Arc<Self>, message: AsyncMessage, result: Result) {
        if result.is_ok() && message.rx(1) == Some(&[0x20, 0xba, 0x17]) {
            this.frames.add(1, Relaxed);
        }
        this.put_back(FRAME, message);
    }
}

impl Complete<CLEAR> for Chip {
    fn complete(this: Arc<Self>, message: AsyncMessage, _result: Result) {
        this.put_back(CLEAR, message);
    }
}

/// The driver's data: the chip, and its interrupt, which does not come once this is dropped.
struct AsyncData {
    _interrupt: ArcHrTimerHandle<Chip>,
    chip: Arc<Chip>,
}

impl spi::Driver for AsyncDriver {
    type IdInfo = ();
    type Data<'bound> = AsyncData;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&SPI_TABLE);
    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<AsyncData, Error> + 'bound {
        let chip = Chip::new(dev)?;

        Ok::<_, Error>(AsyncData {
            _interrupt: chip.clone().start(PERIOD),
            chip,
        })
    }

    fn unbind<'bound>(dev: &'bound spi::Device<Core<'_>>, this: Pin<&AsyncData>) {
        dev_info!(
            dev,
            "{} frames in {} events\n",
            this.chip.frames.load(Relaxed),
            this.chip.events.load(Relaxed).min(EVENTS)
        );
    }
}

kernel::module_spi_driver! {
    type: AsyncDriver,
    name: "rust_spi_async",
    authors: ["The Rust SPI developers"],
    description: "Rust SPI sample: messages that are submitted in an interrupt",
    license: "GPL",
}
