// SPDX-License-Identifier: GPL-2.0

//! What surrounds the mux under test: a parent controller, a mux, and a child.

use crate::{
    controller_ops::{
        Data,
        Mux, //
    },
    selector::Select, //
};
use kernel::{
    clk::Hertz,
    device::Core,
    driver,
    faux,
    module::this_module,
    prelude::*,
    spi::{
        self,
        controller::{
            BoardInfo,
            CurrentMessage,
            Operations,
            OptimizingMessage,
            Registration,
            SettingUp,
            Settings, //
        },
        Mode,
        Modes, //
    },
    sync::{
        Arc,
        Mutex,
        SetOnce, //
    },
    types::ForLt, //
};

/// What happened, seen from the parent and the mux.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Select(u32),
    Deselect,
    /// Settings were applied, and the chip select made inactive.
    Setup,
    /// With the number of bytes.
    Transfer(usize),
}

/// An operation of the parent or the mux that can be made to fail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Failing {
    None,
    Select,
    Setup,
    Optimize,
    Transfer,
}

/// When the body of a test runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Probe,
    Unbind,
}

/// The body of a test: the driver of the child, or of both children, one after the other.
pub(super) type Body = fn(&World, &spi::Device<Core<'_>>) -> Result;

struct State {
    body: Option<Body>,
    phase: Phase,
    outcome: Option<Result>,
    children: u8,
    depth: usize,
    failing: (Failing, Error),
    expected: (Failing, Error, &'static [Event]),
    events: KVec<Event>,
    selected: i32,
    prepared: i32,
    optimizations: i32,
    set_up: i32,
    applied: Hertz,
    speed: Hertz,
    modes: Modes,
    bits_per_word: u8,
    cs_change: bool,
}

/// What a test asks of the parent and the mux, and what they tell.
///
/// There is one, as drivers get no data from those who add their devices.
#[pin_data]
pub(super) struct World {
    #[pin]
    state: Mutex<State>,
}

pub(super) const PARENT_SPEED: Hertz = Hertz::from_mhz(20);
pub(super) const MAX_TRANSFER: usize = 64;
pub(super) const MAX_MESSAGE: usize = 4096;

/// The speed of a child, in its first settings.
pub(super) fn child_speed(chip_select: u8) -> Hertz {
    Hertz::from_mhz(5 - usize::from(chip_select))
}

static WORLD: SetOnce<Arc<World>> = SetOnce::new();

/// Returns the world.
pub(super) fn world() -> Result<&'static World> {
    if WORLD.as_ref().is_none() {
        WORLD.populate(Arc::pin_init(
            pin_init!(World {
                state <- kernel::new_mutex!(State {
                    body: None,
                    phase: Phase::Probe,
                    outcome: None,
                    children: 1,
                    depth: 1,
                    failing: (Failing::None, EIO),
                    expected: (Failing::None, EIO, &[]),
                    events: KVec::new(),
                    selected: 0,
                    prepared: 0,
                    optimizations: 0,
                    set_up: 0,
                    applied: Hertz(0),
                    speed: Hertz(0),
                    modes: Modes::empty(),
                    bits_per_word: 0,
                    cs_change: false,
                }),
            }),
            GFP_KERNEL,
        )?);
    }
    WORLD.as_ref().map(|world| &**world).ok_or(ENOMEM)
}

/// Turns a condition of a test body into its result.
pub(super) fn ensure(condition: bool, what: &CStr) -> Result {
    if condition {
        return Ok(());
    }
    pr_err!("failed: {what:?}\n");
    Err(EBADMSG)
}

impl World {
    pub(super) fn fail(&self, what: Failing, error: Error) {
        self.state.lock().failing = (what, error);
    }

    fn check(&self, what: Failing) -> Result {
        match self.state.lock().failing {
            (failing, error) if failing == what => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) fn set_expected(&self, what: Failing, error: Error, events: &'static [Event]) {
        self.state.lock().expected = (what, error, events);
    }

    pub(super) fn expected(&self) -> (Failing, Error, &'static [Event]) {
        self.state.lock().expected
    }

    /// Sets how many muxes are between the parent and the child of the next test.
    pub(super) fn set_depth(&self, depth: usize) {
        self.state.lock().depth = depth;
    }

    fn record(&self, event: Event) -> Result {
        Ok(self.state.lock().events.push(event, GFP_KERNEL)?)
    }

    /// Forgets what happened so far.
    pub(super) fn forget(&self) {
        self.state.lock().events.clear();
    }

    /// Returns whether just these have happened.
    pub(super) fn happened(&self, events: &[Event]) -> bool {
        let state = self.state.lock();
        if *state.events != *events {
            pr_err!("happened: {:?}\n", &*state.events);
        }
        *state.events == *events
    }

    /// Returns whether nothing is selected.
    pub(super) fn balanced(&self) -> bool {
        self.state.lock().selected == 0
    }

    pub(super) fn prepared(&self) -> i32 {
        self.state.lock().prepared
    }

    pub(super) fn optimizations(&self) -> i32 {
        self.state.lock().optimizations
    }

    pub(super) fn set_up(&self) -> i32 {
        self.state.lock().set_up
    }

    /// Returns the speed that the parent was told with the last setup: what hardware would use.
    pub(super) fn applied_speed(&self) -> Hertz {
        self.state.lock().applied
    }

    pub(super) fn last_speed(&self) -> Hertz {
        self.state.lock().speed
    }

    pub(super) fn last_modes(&self) -> Modes {
        self.state.lock().modes
    }

    pub(super) fn last_bits_per_word(&self) -> u8 {
        self.state.lock().bits_per_word
    }

    pub(super) fn last_cs_change(&self) -> bool {
        self.state.lock().cs_change
    }

    pub(super) fn phase(&self) -> Phase {
        self.state.lock().phase
    }

    /// Runs the body, unless it failed already.
    fn run_body(&self, phase: Phase, dev: &spi::Device<Core<'_>>) {
        let (body, before) = {
            let mut state = self.state.lock();
            state.phase = phase;
            (state.body, state.outcome)
        };

        if let (Some(body), None | Some(Ok(()))) = (body, before) {
            let outcome = body(self, dev);
            self.state.lock().outcome = Some(outcome);
        }
    }
}

/// Something that is counted as long as it is there.
pub(super) struct Counted(fn(&mut State) -> &mut i32);

impl Counted {
    fn new(which: fn(&mut State) -> &mut i32) -> Result<Self> {
        *which(&mut world()?.state.lock()) += 1;
        Ok(Self(which))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Ok(world) = world() {
            *(self.0)(&mut world.state.lock()) -= 1;
        }
    }
}

/// The parent: what is sent comes back.
struct Parent;

#[vtable]
impl Operations for Parent {
    type Data<'a> = &'static World;
    type DeviceState<'a> = Counted;
    type Prepared<'p> = Counted;

    fn new_device_state<'a>(
        _world: &&'static World,
        _dev: &spi::Device,
    ) -> impl PinInit<Counted, Error> {
        Counted::new(|state| &mut state.set_up)
    }

    fn setup<'a>(world: &&'static World, dev: &SettingUp<'_>, _state: Pin<&Counted>) -> Result {
        world.check(Failing::Setup)?;
        world.state.lock().applied = dev.settings().max_speed;
        world.record(Event::Setup)
    }

    fn max_transfer_size<'a>(_world: &&'static World, _state: Pin<&Counted>) -> usize {
        MAX_TRANSFER
    }

    fn max_message_size<'a>(_world: &&'static World, _state: Pin<&Counted>) -> usize {
        MAX_MESSAGE
    }

    fn optimize_message<'a, 'p>(
        world: &'p &'static World,
        _state: Pin<&'p Counted>,
        _message: OptimizingMessage<'p>,
    ) -> impl PinInit<Counted, Error>
    where
        'a: 'p,
    {
        world.check(Failing::Optimize)?;
        world.state.lock().optimizations += 1;
        Counted::new(|state| &mut state.prepared)
    }

    fn transfer_one_message<'a, 'p>(
        world: &&'static World,
        _state: Pin<&Counted>,
        message: &mut CurrentMessage<'_>,
        prepared: Option<Pin<&mut Counted>>,
    ) -> Result {
        prepared.ok_or(EINVAL)?;
        world.check(Failing::Transfer)?;

        world.state.lock().modes = message.device().settings().modes;
        let mut length = 0;
        for mut transfer in message.transfers() {
            world.record(Event::Transfer(transfer.len()))?;
            {
                let mut state = world.state.lock();
                state.speed = transfer.speed();
                state.bits_per_word = transfer.bits_per_word();
                state.cs_change = transfer.cs_change();
            }

            let mut data = KVec::zeroed(transfer.len(), GFP_KERNEL)?;
            transfer.read_tx(0, &mut data)?;
            transfer.write_rx(0, &data)?;
            length += transfer.len();
        }
        message.set_actual_length(length);
        Ok(())
    }
}

/// The mux.
struct TestMux(&'static World);

struct Selected(&'static World);

impl Select for TestMux {
    type Selected<'s> = Selected;
    type Kept = Selected;

    fn select(&self, state: u32) -> Result<Selected> {
        self.0.check(Failing::Select)?;
        self.0.record(Event::Select(state))?;
        self.0.state.lock().selected += 1;
        Ok(Selected(self.0))
    }

    fn keep<'s>(selected: Selected) -> Selected
    where
        Self: 's,
    {
        selected
    }

    fn resume(&self, kept: Selected) -> Result<Selected, Selected> {
        Ok(kept)
    }
}

/// A guard that borrows nothing can be kept as it is.
impl Drop for Selected {
    fn drop(&mut self) {
        self.0.state.lock().selected -= 1;
        if self.0.record(Event::Deselect).is_err() {
            pr_err!("no memory\n");
        }
    }
}

/// The driver of the mux under test; like the real one, but for where the mux comes from.
struct MuxDevice;

kernel::spi_device_table! {
    MUX_TABLE,
    <MuxDevice as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"spi_mux_rust_kunit_mux"), ())]
}

impl spi::Driver for MuxDevice {
    type IdInfo = ();
    type Data<'bound> = Registration<'bound, Mux<ForLt!(TestMux)>>;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&MUX_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
        let world = world()?;
        let settings = Settings::forwarding(dev, 4)?;

        // SAFETY: As in the real driver.
        let registration =
            unsafe { Registration::new(dev.as_ref(), &settings, Data::new(dev, TestMux(world)))? };

        let depth = world.state.lock().depth;
        world.state.lock().depth = depth - 1;
        let child = if depth > 1 {
            c"spi_mux_rust_kunit_mux"
        } else {
            c"spi_mux_rust_kunit_child"
        };
        let children = if depth > 1 {
            1
        } else {
            world.state.lock().children
        };
        for chip_select in 0..children {
            registration.new_device(
                &BoardInfo::new(child)?
                    .chip_select(chip_select)
                    .max_speed(child_speed(chip_select)),
            )?;
        }

        Ok(registration)
    }
}

/// The driver of the child, which runs the body of the test.
struct Child;

kernel::spi_device_table! {
    CHILD_TABLE,
    <Child as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"spi_mux_rust_kunit_child"), ())]
}

impl spi::Driver for Child {
    type IdInfo = ();
    type Data<'bound> = Self;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&CHILD_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self, Error> + 'bound {
        world()?.run_body(Phase::Probe, dev);
        Ok(Self)
    }

    fn unbind<'bound>(dev: &'bound spi::Device<Core<'_>>, _this: Pin<&Self>) {
        match world() {
            Ok(world) if world.state.lock().children > 1 => world.run_body(Phase::Unbind, dev),
            _ => {}
        }
    }
}

/// Like [`run`], with two children.
///
/// The body runs when each of them is probed, and again when each of them is unbound.
pub(super) fn run_two(body: Body) -> Result {
    world()?.state.lock().children = 2;
    run(body)
}

/// Builds parent, mux and child, and returns what the body of the test returned.
///
/// # Errors
///
/// `ENXIO` if the body did not run, else its errors.
pub(super) fn run(body: Body) -> Result {
    let world = world()?;
    world.forget();
    world.state.lock().optimizations = 0;
    {
        let mut state = world.state.lock();
        state.body = Some(body);
        state.outcome = None;
    }
    let module = this_module::<crate::LocalModule>();

    let _child = KBox::pin_init(
        driver::Registration::<spi::Adapter<Child>>::new(c"spi_mux_rust_kunit_child", module),
        GFP_KERNEL,
    )?;
    let _mux = KBox::pin_init(
        driver::Registration::<spi::Adapter<MuxDevice>>::new(c"spi_mux_rust_kunit_mux", module),
        GFP_KERNEL,
    )?;

    let faux = faux::Registration::new(c"spi_mux_rust_kunit", None)?;
    let settings = Settings::new(1)
        .modes(Mode::ClockPhase | Mode::ClockPolarity)
        .bits_per_word(8..=16)?
        .min_speed(Hertz(1000))
        .max_speed(PARENT_SPEED);

    // SAFETY: Dropped at the end of this function.
    let parent = unsafe {
        Registration::<'_, Parent>::new(faux.as_ref().as_ref(), &settings, Ok::<_, Error>(world))?
    };
    let info = BoardInfo::new(c"spi_mux_rust_kunit_mux")?.max_speed(Hertz::from_mhz(10));
    parent.new_device(&info)?;
    drop(parent);

    let mut state = world.state.lock();
    state.body = None;
    state.depth = 1;
    state.children = 1;
    state.outcome.take().unwrap_or(Err(ENXIO))
}
