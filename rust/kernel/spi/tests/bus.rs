// SPDX-License-Identifier: GPL-2.0

//! A controller without hardware: what is sent comes back.

use crate::{
    clk::Hertz,
    device::{
        Bound,
        Core, //
    },
    faux,
    new_mutex,
    prelude::*,
    spi::{
        anchor,
        controller::{
            BoardInfo,
            CurrentMessage,
            Operations,
            OptimizingMessage,
            Registration,
            SettingUp,
            Settings, //
        },
        Buffer,
        Device,
        Message,
        Mode,
        Optimized,
        Transfer, //
    },
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            AtomicFlag,
            Relaxed, //
        },
        Arc,
        Completion,
        Mutex, //
    }, //
};

use core::cell::RefCell;

/// One transfer as the controller saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) chip_select: u8,
    pub(super) len: usize,
    pub(super) speed: usize,
    pub(super) bits_per_word: u8,
}

/// An operation that can be made to fail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Failing {
    None,
    Setup,
    Optimize,
    Transfer,
}

/// What a test asks of the controller, and what it tells of itself.
#[pin_data]
pub(super) struct Bus {
    pub(super) states: Atomic<i32>,
    pub(super) setups: Atomic<i32>,
    /// How many devices were cleaned up after, while their states were there.
    pub(super) cleanups: Atomic<i32>,
    pub(super) prepared: Atomic<i32>,
    pub(super) optimized: Atomic<i32>,
    /// Whether messages wait, see [`Bus::hold`].
    holding: AtomicFlag,
    /// A message waits.
    #[pin]
    pub(super) held: Completion,
    #[pin]
    go: Completion,
    /// Whether the controller writes down what it sees, for which it allocates.
    pub(super) recording: AtomicFlag,
    #[pin]
    pub(super) failing: Mutex<(Failing, Error)>,
    #[pin]
    pub(super) seen: Mutex<KVec<Seen>>,
}

impl Bus {
    pub(super) fn new() -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                states: Atomic::new(0),
                setups: Atomic::new(0),
                cleanups: Atomic::new(0),
                prepared: Atomic::new(0),
                optimized: Atomic::new(0),
                holding: AtomicFlag::new(false),
                held <- Completion::new(),
                go <- Completion::new(),
                recording: AtomicFlag::new(true),
                failing <- new_mutex!((Failing::None, EIO)),
                seen <- new_mutex!(KVec::new()),
            }),
            GFP_KERNEL,
        )
    }

    /// Makes all calls of an operation fail from now on.
    pub(super) fn fail(&self, what: Failing, error: Error) {
        *self.failing.lock() = (what, error);
    }

    /// Has each message wait in the controller, until the returned guard is dropped.
    pub(super) fn hold(&self) -> Holding<'_> {
        self.go.reinit();
        self.holding.store(true, Relaxed);
        Holding(self)
    }

    fn wait_if_held(&self) {
        if self.holding.load(Relaxed) {
            self.held.complete();
            self.go.wait_for_completion();
        }
    }

    fn check(&self, what: Failing) -> Result {
        match *self.failing.lock() {
            (failing, error) if failing == what => Err(error),
            _ => Ok(()),
        }
    }

    /// Returns the transfers that the controller saw since the last call.
    pub(super) fn take_seen(&self) -> KVec<Seen> {
        core::mem::take(&mut *self.seen.lock())
    }
}

/// Holds the messages of a [`Bus`].
pub(super) struct Holding<'b>(&'b Bus);

impl Holding<'_> {
    /// Lets one message go on.
    pub(super) fn release_one(&self) {
        self.0.go.complete();
    }
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.0.holding.store(false, Relaxed);
        self.0.go.complete_all();
    }
}

/// Counts how many there are of something, from creation to drop.
pub(super) struct Counted(Arc<Bus>, fn(&Bus) -> &Atomic<i32>);

impl Counted {
    pub(super) fn new(bus: &Arc<Bus>, which: fn(&Bus) -> &Atomic<i32>) -> Self {
        which(bus).add(1, Relaxed);
        Self(bus.clone(), which)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.1)(&self.0).add(-1, Relaxed);
    }
}

/// The operations of the controller.
pub(super) struct Loopback;

#[vtable]
impl Operations for Loopback {
    type Data<'a> = Arc<Bus>;
    type DeviceState<'a> = Counted;
    type Prepared<'p> = Counted;

    fn new_device_state<'a>(bus: &Arc<Bus>, _dev: &Device) -> impl PinInit<Counted, Error> {
        Ok::<_, Error>(Counted::new(bus, |bus| &bus.states))
    }

    fn setup<'a>(bus: &Arc<Bus>, _dev: &SettingUp<'_>, _state: Pin<&Counted>) -> Result {
        bus.setups.add(1, Relaxed);
        bus.check(Failing::Setup)
    }

    fn cleanup<'a>(bus: &Arc<Bus>, state: Pin<&Counted>) {
        if Arc::ptr_eq(bus, &state.0) && bus.states.load(Relaxed) > 0 {
            bus.cleanups.add(1, Relaxed);
        }
    }

    fn max_transfer_size<'a>(_bus: &Arc<Bus>, _state: Pin<&Counted>) -> usize {
        MAX_TRANSFER
    }

    fn optimize_message<'a, 'p>(
        bus: &'p Arc<Bus>,
        _state: Pin<&'p Counted>,
        _message: OptimizingMessage<'p>,
    ) -> impl PinInit<Counted, Error>
    where
        'a: 'p,
    {
        bus.check(Failing::Optimize)?;
        bus.optimized.add(1, Relaxed);
        Ok(Counted::new(bus, |bus| &bus.prepared))
    }

    fn transfer_one_message<'a, 'p>(
        bus: &Arc<Bus>,
        _state: Pin<&Counted>,
        message: &mut CurrentMessage<'_>,
        prepared: Option<Pin<&mut Counted>>,
    ) -> Result {
        prepared.ok_or(EINVAL)?;
        bus.wait_if_held();
        bus.check(Failing::Transfer)?;

        let chip_select = message.device().chip_select();
        let mut length = 0;
        for mut transfer in message.transfers() {
            if bus.recording.load(Relaxed) {
                bus.seen.lock().push(
                    Seen {
                        chip_select,
                        len: transfer.len(),
                        speed: transfer.speed().as_hz(),
                        bits_per_word: transfer.bits_per_word(),
                    },
                    GFP_KERNEL,
                )?;
            }

            let mut data = [0; MAX_TRANSFER];
            let data = data.get_mut(..transfer.len()).ok_or(EMSGSIZE)?;
            transfer.read_tx(0, data)?;
            transfer.write_rx(0, data)?;
            length += transfer.len();
        }
        message.set_actual_length(length);
        Ok(())
    }
}

/// The limit of the controller, in bytes.
pub(super) const MAX_TRANSFER: usize = 64;

/// A registered controller with two devices on it.
///
/// Fields are dropped in this order.
pub(super) struct Rig<'a> {
    added: AddedDevices,
    pub(super) controller: Registration<'a, Loopback>,
    pub(super) bus: Arc<Bus>,
}

/// The speeds of the two devices, in Hz.
pub(super) const SPEEDS: [usize; 2] = [10_000_000, 1_000_000];

pub(super) fn settings() -> Result<Settings> {
    Ok(Settings::new(4)
        .modes(Mode::ClockPhase | Mode::ClockPolarity)
        .bits_per_word(8..=16)?
        .min_speed(Hertz(1000))
        .max_speed(Hertz::from_mhz(20)))
}

impl<'a> Rig<'a> {
    pub(super) fn new(parent: &'a faux::Registration) -> Result<Self> {
        let bus = Bus::new()?;
        let data = bus.clone();

        // SAFETY: A rig is a local variable of a test, and not forgotten.
        let controller = unsafe {
            Registration::new(parent.as_ref().as_ref(), &settings()?, Ok::<_, Error>(data))?
        };
        Ok(Self {
            added: AddedDevices(RefCell::new(KVec::new())),
            controller,
            bus,
        })
    }

    /// Adds a device on a chip select, with one of the speeds.
    pub(super) fn add(&self, chip_select: u8) -> Result<Added<'_>> {
        let info = BoardInfo::new(c"rust_spi_kunit")?
            .chip_select(chip_select)
            .max_speed(Hertz(SPEEDS[usize::from(chip_select & 1)]));
        let added = Added::new(&self.controller, &info)?;

        let dev: &Device = added.0;
        self.added.0.borrow_mut().push(dev.into(), GFP_KERNEL)?;
        Ok(added)
    }
}

/// A message of bytes that go out, and of what comes in for them.
pub(super) fn echo(data: &[u8]) -> Result<Message> {
    let buffer = Buffer::from_slice(data, GFP_KERNEL)?;

    Message::new([Transfer::exchange_in_place(buffer)], GFP_KERNEL)
}

/// The same, prepared for a device.
pub(super) fn optimized<'a>(dev: &'a Device<Bound>, data: &[u8]) -> Result<Optimized<'a>> {
    Ok(echo(data)?.optimize(dev)?)
}

/// Views a device as its driver does in a callback.
pub(super) fn core(dev: &Device<Bound>) -> &Device<Core<'_>> {
    // SAFETY: No driver is bound that could be in its callbacks at the same time.
    unsafe { Device::from_raw(dev.as_raw()) }
}

/// The devices that no driver is bound to, which are "unbound" when this is dropped.
struct AddedDevices(RefCell<KVec<ARef<Device>>>);

impl Drop for AddedDevices {
    fn drop(&mut self) {
        for dev in self.0.get_mut().iter() {
            anchor::close(dev);
        }
    }
}

/// A device that no driver is bound to, and that stays until the controller goes.
pub(super) struct Added<'r>(pub(super) &'r Device<Bound>);

impl<'r> Added<'r> {
    pub(super) fn new<T: Operations>(
        controller: &'r Registration<'_, T>,
        info: &BoardInfo,
    ) -> Result<Self> {
        let raw = controller.add(info)?;

        // SAFETY: The device stays until the controller is unregistered, which can't be while `'r`
        // lasts. No driver is bound to it, but a test uses it as one would.
        Ok(Self(unsafe { Device::from_raw(raw.as_ptr()) }))
    }
}
