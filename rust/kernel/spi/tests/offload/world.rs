// SPDX-License-Identifier: GPL-2.0

//! A controller with offloads, and a trigger, without hardware.

use crate::{
    bindings,
    device::{
        Bound,
        Device as AnyDevice, //
    },
    error::from_err_ptr,
    faux,
    new_mutex,
    prelude::*,
    spi::{
        controller::{
            BoardInfo,
            CurrentMessage,
            Operations,
            OptimizingMessage,
            Registration,
            SettingUp,
            Settings, //
        },
        offload::{
            provider::*,
            Capabilities,
            Capability,
            Offload,
            Periodic,
            Trigger, //
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
    }, //
};

use super::super::bus::Added;

/// What the drivers of the controller and the trigger were asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Recorded,
    Enabled,
    TriggerOn { frequency_hz: u64 },
    TriggerOff,
    Disabled,
    Forgotten,
    Sent { chip_select: u8 },
}

/// An operation that can be made to fail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Failing {
    None,
    Record,
    Enable,
    TriggerOn,
}

#[pin_data]
pub(super) struct Log {
    #[pin]
    events: Mutex<KVec<Event>>,
    #[pin]
    failing: Mutex<Failing>,
    /// What the offloads have recorded.
    #[pin]
    pub(super) recorded: Mutex<KVec<u8>>,
    /// Whether messages take a while.
    pub(super) slow: Atomic<bool>,
    /// Whether there is one in flight.
    pub(super) in_flight: Atomic<bool>,
    armed: Atomic<bool>,
    /// How often there was one in flight while the trigger was enabled.
    pub(super) clashes: Atomic<u32>,
}

impl Log {
    fn new() -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                events <- new_mutex!(KVec::new()),
                failing <- new_mutex!(Failing::None),
                recorded <- new_mutex!(KVec::new()),
                slow: Atomic::new(false),
                in_flight: Atomic::new(false),
                armed: Atomic::new(false),
                clashes: Atomic::new(0),
            }),
            GFP_KERNEL,
        )
    }

    /// Makes all calls of an operation fail with `EIO` from now on.
    pub(super) fn fail(&self, what: Failing) {
        *self.failing.lock() = what;
    }

    fn note(&self, operation: Failing, event: Event) -> Result {
        if *self.failing.lock() == operation && operation != Failing::None {
            return Err(EIO);
        }
        self.events.lock().push(event, GFP_KERNEL)?;
        Ok(())
    }

    /// Notes it if there is a message in flight while the trigger is enabled.
    fn check(&self) {
        if self.in_flight.load(Relaxed) && self.armed.load(Relaxed) {
            self.clashes.add(1, Relaxed);
        }
    }

    fn send(&self, chip_select: u8) -> Result {
        self.in_flight.store(true, Relaxed);
        self.check();
        if self.slow.load(Relaxed) {
            fsleep(Delta::from_millis(20));
        }
        self.in_flight.store(false, Relaxed);

        self.note(Failing::None, Event::Sent { chip_select })
    }

    /// Returns what happened since the last call.
    pub(super) fn take(&self) -> KVec<Event> {
        core::mem::take(&mut *self.events.lock())
    }
}

/// One offload of the controller.
pub(super) struct Unit(Arc<Log>);

#[vtable]
impl OffloadOperations for Unit {
    fn trigger_enable(&self) -> Result {
        self.0.note(Failing::Enable, Event::Enabled)?;
        self.0.armed.store(true, Relaxed);
        self.0.check();
        Ok(())
    }

    fn trigger_disable(&self) {
        self.0.armed.store(false, Relaxed);
        let _ = self.0.note(Failing::None, Event::Disabled);
    }

    fn rx_stream(&self) -> &CStr {
        c"offload-rx"
    }
}

/// What a message is recorded as.
pub(super) struct Program<'p> {
    log: Arc<Log>,
    recorded: Option<Recorded<'p, Unit>>,
}

impl Drop for Program<'_> {
    fn drop(&mut self) {
        if self.recorded.is_some() {
            let _ = self.log.note(Failing::None, Event::Forgotten);
        }
    }
}

/// The data of the controller.
pub(super) struct Units {
    log: Arc<Log>,
    units: KVec<Pin<KBox<Provided<Unit>>>>,
}

impl Units {
    fn record<'p>(&'p self, message: &OptimizingMessage<'p>) -> Result<Program<'p>> {
        for unit in &self.units {
            if let Some(recorded) = unit.as_ref().record(message)? {
                for transfer in message.transfers() {
                    let mut byte = [0];
                    recorded.read_tx(&transfer, 0, &mut byte)?;
                    self.log.recorded.lock().push(byte[0], GFP_KERNEL)?;
                    if recorded.read_tx(&transfer, 1, &mut byte) != Err(EINVAL) {
                        return Err(EIO);
                    }
                }
                self.log.note(Failing::Record, Event::Recorded)?;
                return Ok(Program {
                    log: self.log.clone(),
                    recorded: Some(recorded),
                });
            }
        }
        Ok(Program {
            log: self.log.clone(),
            recorded: None,
        })
    }
}

/// The operations of the controller.
pub(super) struct Recorder;

#[vtable]
impl Operations for Recorder {
    type Data<'a> = Units;
    type DeviceState<'a> = ();
    type Prepared<'p> = Program<'p>;

    fn new_device_state<'a>(_data: &Units, _dev: &Device) -> impl PinInit<(), Error> {
        Ok::<_, Error>(())
    }

    fn setup<'a>(_data: &Units, _dev: &SettingUp<'_>, _state: Pin<&()>) -> Result {
        Ok(())
    }

    fn optimize_message<'a, 'p>(
        data: &'p Units,
        _state: Pin<&'p ()>,
        message: OptimizingMessage<'p>,
    ) -> impl PinInit<Program<'p>, Error>
    where
        'a: 'p,
    {
        data.record(&message)
    }

    fn transfer_one_message<'a, 'p>(
        data: &Units,
        _state: Pin<&()>,
        message: &mut CurrentMessage<'_>,
        _prepared: Option<Pin<&mut Program<'p>>>,
    ) -> Result {
        data.log.send(message.device().chip_select())
    }

    fn offload<'x, 'a>(data: &'x Units, index: usize) -> Option<Pin<&'x Slot>> {
        Some(data.units.get(index)?.as_ref().slot())
    }
}

/// The trigger; it rounds down to multiples of 10 Hz.
pub(super) struct Clock(Arc<Log>);

impl TriggerOperations for Clock {
    type Kind = Periodic;

    fn validate(&self, wanted: Periodic) -> Result<Periodic> {
        let hz = wanted.frequency_hz() / 10 * 10;
        Periodic::new(crate::clk::Hertz(hz.try_into()?))
    }

    fn enable(&self, settings: Periodic) -> Result {
        let frequency_hz = settings.frequency_hz();
        self.0
            .note(Failing::TriggerOn, Event::TriggerOn { frequency_hz })
    }

    fn disable(&self) {
        let _ = self.0.note(Failing::None, Event::TriggerOff);
    }
}

fn property(name: &'static CStr) -> bindings::property_entry {
    bindings::property_entry {
        name: name.as_char_ptr(),
        ..pin_init::zeroed()
    }
}

/// What firmware says of a device.
struct Node(*mut bindings::fwnode_handle);

impl Node {
    /// Copies properties, which end with an empty one.
    fn new(properties: &[bindings::property_entry]) -> Result<Self> {
        // SAFETY: The properties are valid.
        let node = unsafe {
            bindings::fwnode_create_software_node(properties.as_ptr(), core::ptr::null())
        };
        Ok(Self(from_err_ptr(node)?))
    }

    /// Gives the node to a device, which must go before the node.
    fn describe(&self, dev: &AnyDevice<Bound>) {
        // SAFETY: Both are valid; the device has no node.
        unsafe { bindings::set_secondary_fwnode(dev.as_raw(), self.0) };

        // SAFETY: The device is valid. It tells of it again when it goes.
        unsafe { bindings::software_node_notify(dev.as_raw()) };
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // SAFETY: It was created by `new()`.
        unsafe { bindings::fwnode_remove_software_node(self.0) };
    }
}

/// A device that firmware describes.
// Fields are dropped in this order.
struct Described {
    dev: faux::Registration,
    _node: Node,
}

impl Described {
    fn new(name: &CStr, properties: &[bindings::property_entry]) -> Result<Self> {
        let dev = faux::Registration::new(name, None)?;
        let node = Node::new(properties)?;

        node.describe(dev.as_ref().as_ref());
        Ok(Self { dev, _node: node })
    }

    fn dev(&self) -> &AnyDevice<Bound> {
        self.dev.as_ref().as_ref()
    }
}

/// The properties of a trigger without arguments.
pub(super) fn trigger_properties() -> [bindings::property_entry; 2] {
    let mut cells = property(c"#trigger-source-cells");
    cells.length = size_of::<u32>();
    cells.is_inline = true;
    cells.type_ = bindings::dev_prop_type_DEV_PROP_U32;

    [cells, pin_init::zeroed()]
}

/// Makes a controller whose offloads `trigger` starts.
fn started_by(name: &CStr, trigger: &AnyDevice<Bound>) -> Result<Described> {
    let reference = bindings::software_node_ref_args {
        fwnode: trigger.fwnode().ok_or(ENODEV)?.as_raw(),
        ..pin_init::zeroed()
    };
    let mut sources = property(c"trigger-sources");
    sources.length = size_of::<bindings::software_node_ref_args>();
    sources.type_ = bindings::dev_prop_type_DEV_PROP_REF;
    sources.__bindgen_anon_1.pointer = (&raw const reference).cast();

    Described::new(name, &[sources, pin_init::zeroed()])
}

/// The devices that implement the controller and the trigger.
// Fields are dropped in this order.
pub(super) struct Hardware {
    controller: Described,
    trigger: Option<Described>,
}

impl Hardware {
    pub(super) fn new() -> Result<Self> {
        let trigger = Described::new(c"rust_offload_clock", &trigger_properties())?;

        let mut this = Self::started_by(c"rust_offload_ctlr", trigger.dev())?;
        this.trigger = Some(trigger);
        Ok(this)
    }

    /// Returns the device of the trigger.
    pub(super) fn trigger_dev(&self) -> Result<&AnyDevice<Bound>> {
        Ok(self.trigger.as_ref().ok_or(ENODEV)?.dev())
    }

    /// A controller whose offloads another trigger starts.
    pub(super) fn started_by(name: &CStr, trigger: &AnyDevice<Bound>) -> Result<Self> {
        Ok(Self {
            controller: started_by(name, trigger)?,
            trigger: None,
        })
    }
}

/// A registered controller with two offloads, of which the second one has streams.
// Fields are dropped in this order.
pub(super) struct World<'a> {
    _clock: Option<TriggerRegistration<'a, Clock>>,
    pub(super) controller: Registration<'a, Recorder>,
    pub(super) log: Arc<Log>,
    hardware: &'a Hardware,
}

impl<'a> World<'a> {
    pub(super) fn new(hardware: &'a Hardware, traffic: Traffic) -> Result<Self> {
        let log = Log::new()?;
        let dev: &AnyDevice<Bound> = hardware.controller.dev();

        let plain = Capability::Trigger | Capability::TxStaticData;
        let streams = plain | Capability::RxStreamDma;
        let mut units = KVec::new();
        for capabilities in [plain, streams] {
            let unit = Provided::new(dev, capabilities, traffic, Unit(log.clone()))?;
            units.push(unit, GFP_KERNEL)?;
        }
        let data = Units {
            log: log.clone(),
            units,
        };

        // SAFETY: A world is a local variable of a test, and not forgotten.
        let controller =
            unsafe { Registration::new(dev, &Settings::new(4), Ok::<_, Error>(data))? };
        Ok(Self {
            _clock: None,
            controller,
            log,
            hardware,
        })
    }

    /// Like [`World::new`], with the trigger registered as long as the world is there.
    pub(super) fn with_clock(hardware: &'a Hardware, traffic: Traffic) -> Result<Self> {
        let world = Self::new(hardware, traffic)?;

        Ok(Self {
            _clock: Some(world.clock()?),
            ..world
        })
    }

    /// Registers the trigger.
    pub(super) fn clock(&self) -> Result<TriggerRegistration<'a, Clock>> {
        let clock = Clock(self.log.clone());
        let dev = self.hardware.trigger_dev()?;

        // SAFETY: It is a local variable of a test, and not forgotten.
        unsafe { TriggerRegistration::new(dev, Ok::<_, Error>(clock)) }
    }

    /// Adds a device.
    pub(super) fn add(&self, chip_select: u8) -> Result<&Device<Bound>> {
        let info = BoardInfo::new(c"rust_spi_kunit")?.chip_select(chip_select);
        Ok(Added::new(&self.controller, &info)?.0)
    }
}

/// What a consumer needs of an offload.
pub(super) fn triggered() -> Capabilities {
    Capability::Trigger.into()
}

/// What a consumer gets for its device.
pub(super) fn consumer(dev: &Device<Bound>) -> Result<(Offload<'_>, Trigger<Periodic>)> {
    let offload = Offload::get(dev, triggered())?;
    let trigger = Trigger::get(&offload)?;

    Ok((offload, trigger))
}

/// A message that sends one byte.
pub(super) fn message() -> Result<Message> {
    let byte = Buffer::from_slice(&[0x55u8], GFP_KERNEL)?;

    Message::new([Transfer::write(byte)], GFP_KERNEL)
}

/// How long messages wait, where they do.
pub(super) const LIMIT: Delta = Delta::from_millis(200);
