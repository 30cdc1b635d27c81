// SPDX-License-Identifier: GPL-2.0

//! The engine as an SPI controller.

use crate::{
    compile::Compiler,
    engine::{
        Engine,
        Handler, //
    },
    offload::{
        Loaded,
        Offload, //
    },
    program::Program,
    request::{
        LaneUse,
        Lanes,
        Target,
        Transfer, //
    },
    shared_target::SharedTarget,
    timing::{
        Clock,
        Divider, //
    },
    version::{
        Limits,
        Version, //
    }, //
};
use kernel::{
    clk::Hertz,
    irq,
    prelude::*,
    spi::{
        self,
        controller::{
            self,
            CurrentMessage,
            OptimizingMessage,
            SettingUp,
            TransferRef, //
        },
        offload::provider::{
            Provided,
            Slot, //
        },
        LaneMode,
        Mode,
        Modes, //
    },
    time::Delta, //
};

/// Bits of the setting [`Setting::Mode`](crate::instruction::Setting::Mode).
const CLOCK_PHASE: u8 = 1 << 0;
const CLOCK_POLARITY: u8 = 1 << 1;
const THREE_WIRE: u8 = 1 << 2;
const IDLE_HIGH: u8 = 1 << 3;

pub(crate) struct AxiSpiEngine;

/// The number of chip selects that an engine can have.
pub(crate) const MAX_CHIP_SELECTS: u32 = 8;

/// The modes that an engine can do.
pub(crate) fn modes(version: Version) -> Modes {
    let mut modes = Mode::ClockPhase | Mode::ClockPolarity | Mode::ThreeWire;

    if version.inverts_chip_selects() {
        modes |= Mode::ChipSelectHigh;
    }
    if version.has_idle_level() {
        modes |= Mode::MosiIdleLow | Mode::MosiIdleHigh;
    }
    modes
}

/// The value of the setting for devices with `modes`.
pub(crate) fn mode_setting(modes: Modes, version: Version) -> u8 {
    let mut setting = 0;

    for (mode, bit) in [
        (Mode::ClockPhase, CLOCK_PHASE),
        (Mode::ClockPolarity, CLOCK_POLARITY),
        (Mode::ThreeWire, THREE_WIRE),
    ] {
        if modes.contains(mode) {
            setting |= bit;
        }
    }
    // It is high after a reset, and on older versions always: so it is, unless a device objects.
    if version.has_idle_level() && !modes.contains(Mode::MosiIdleLow) {
        setting |= IDLE_HIGH;
    }
    setting
}

/// The bits of lanes, which come in ascending order.
///
/// # Errors
///
/// `EINVAL` if the lanes are in another order, which words can't be put into, or there is no such
/// lane.
fn lane_mask(lanes: &[u8]) -> Result<u8> {
    let mut mask = 0;

    for &lane in lanes {
        let bit = 1u8.checked_shl(lane.into()).ok_or(EINVAL)?;
        if mask >= bit {
            return Err(EINVAL);
        }
        mask |= bit;
    }
    Ok(mask)
}

/// What programs for a device depend on.
fn target(dev: &SettingUp<'_>, version: Version) -> Result<Target> {
    let timing = dev.cs_timing();
    let (rx, tx) = (dev.rx_lanes(), dev.tx_lanes());
    let first = |lanes: &[u8]| lane_mask(lanes.get(..1).unwrap_or(&[0]));

    Ok(Target {
        chip_select: dev.chip_select(),
        mode: mode_setting(dev.settings().modes, version),
        setup_ns: nanos(timing.setup),
        hold_ns: nanos(timing.hold),
        inactive_ns: nanos(timing.inactive),
        single: Lanes {
            rx: first(rx)?,
            tx: first(tx)?,
        },
        striped: Lanes {
            rx: lane_mask(rx)?,
            tx: lane_mask(tx)?,
        },
    })
}

#[inline]
fn nanos(delay: Delta) -> u64 {
    u64::try_from(delay.as_nanos()).unwrap_or(0)
}

/// What a transfer asks of the engine.
///
/// # Errors
///
/// `EINVAL` if the engine is not as slow as that, or can't use lanes like that.
pub(crate) fn request(
    transfer: &TransferRef<'_>,
    clock: Clock,
    limits: &Limits,
) -> Result<Transfer> {
    Requests::new(clock, limits).request(transfer)
}

/// Compiles a message.
///
/// # Errors
///
/// - `EINVAL` if there is no transfer, or the engine can't do what one asks for.
/// - `ENOMEM` if there is no memory.
#[inline]
fn compile(
    engine: &Engine<'_>,
    target: &Target,
    message: &OptimizingMessage<'_>,
    program: &mut Program,
) -> Result {
    let (clock, limits) = (engine.hw().clock(), engine.limits());
    let mut requests = Requests::new(clock, limits);
    let mut compiler = Compiler::new(clock, limits, target, program);

    for transfer in message.transfers() {
        if !transfer.is_plain() {
            special(&mut requests, &mut compiler, transfer)?;
            continue;
        }
        if requests.repeats(&transfer) {
            compiler.again();
            continue;
        }
        compiler.transfer(&requests.plain(&transfer)?)?;
        requests.last = compiler.can_repeat().then_some(transfer);
    }
    compiler.end()
}

/// Compiles a transfer that is not plain.
// Not inline: what plain ones do not need has no place in their code then.
#[inline(never)]
fn special(
    requests: &mut Requests<'_>,
    compiler: &mut Compiler<'_>,
    transfer: TransferRef<'_>,
) -> Result {
    requests.last = None;
    compiler.transfer(&requests.request(&transfer)?)
}

/// Finds out what the transfers of a message ask for, one after the other.
struct Requests<'m> {
    clock: Clock,
    /// Whether words of one bit go wrong at the highest speed.
    slow_bits: bool,
    /// The speed that was asked for last, in Hz.
    asked_hz: u32,
    /// The divider for that.
    divider: Divider,
    /// The divider that the last transfer got.
    used: Divider,
    /// The speed that this gives, in Hz.
    speed_hz: u32,
    /// The last transfer that was not the same as the one before, if it was plain and can be
    /// [repeated](Compiler::can_repeat).
    last: Option<TransferRef<'m>>,
}

impl Requests<'_> {
    #[inline]
    fn new(clock: Clock, limits: &Limits) -> Self {
        Self {
            clock,
            slow_bits: limits.slow_bits,
            asked_hz: clock.max_hz(),
            divider: Divider::ONE,
            used: Divider::ONE,
            speed_hz: clock.max_hz(),
            last: None,
        }
    }

    /// Whether a plain transfer asks for the same as the one before. If so, it is told its speed.
    #[inline(always)]
    fn repeats(&self, transfer: &TransferRef<'_>) -> bool {
        let Some(last) = &self.last else {
            return false;
        };
        let is_same = transfer.len() == last.len()
            && hz(transfer.speed()) == hz(last.speed())
            && transfer.bits_per_word() == last.bits_per_word()
            && transfer.has_tx() == last.has_tx()
            && transfer.has_rx() == last.has_rx();

        if is_same {
            transfer.set_effective_speed(hertz(self.speed_hz));
        }
        is_same
    }

    /// What a plain transfer asks for.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the engine is not as slow as that.
    #[inline(always)]
    fn plain(&mut self, transfer: &TransferRef<'_>) -> Result<Transfer> {
        Ok(Transfer {
            len: transfer.words(),
            bits: transfer.bits_per_word(),
            divider: self.divider(transfer)?,
            writes: transfer.has_tx(),
            reads: transfer.has_rx(),
            lane_use: LaneUse::Single,
            delay_ns: 0,
            word_delay_ns: 0,
            cs_change: None,
            cs_off: false,
        })
    }

    /// What a transfer asks for.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the engine is not as slow as that, or can't use lanes like that.
    fn request(&mut self, transfer: &TransferRef<'_>) -> Result<Transfer> {
        let plain = self.plain(transfer)?;
        let lane_mode = transfer.lane_mode()?;

        if lane_mode == LaneMode::Mirror && (plain.writes || plain.reads) {
            return Err(EINVAL);
        }

        Ok(Transfer {
            lane_use: if lane_mode == LaneMode::Stripe {
                LaneUse::Stripe
            } else {
                LaneUse::Single
            },
            delay_ns: nanos(transfer.delay()),
            word_delay_ns: nanos(transfer.word_delay()),
            cs_change: transfer
                .cs_change()
                .then(|| nanos(transfer.cs_change_delay())),
            cs_off: transfer.cs_off(),
            ..plain
        })
    }

    /// Finds the divider for a transfer, and tells the transfer its speed.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the engine is not as slow as that.
    #[inline(always)]
    fn divider(&mut self, transfer: &TransferRef<'_>) -> Result<Divider> {
        let asked_hz = hz(transfer.speed());
        if asked_hz != self.asked_hz {
            self.divider = self.clock.divider(asked_hz).ok_or(EINVAL)?;
            self.asked_hz = asked_hz;
        }
        let divider = if self.slow_bits && transfer.bits_per_word() == 1 {
            slow(self.divider)
        } else {
            self.divider
        };
        if divider != self.used {
            self.speed_hz = self.clock.speed_hz(divider);
            self.used = divider;
        }
        // Delays may be given in cycles of this.
        transfer.set_effective_speed(hertz(self.speed_hz));
        Ok(divider)
    }
}

/// The divider for words that go wrong at the highest speed.
#[cold]
#[inline(never)]
fn slow(divider: Divider) -> Divider {
    divider.max(Divider::TWO)
}

/// A speed in Hz; what has more than 32 bits is faster than any engine.
#[inline]
fn hz(speed: Hertz) -> u32 {
    u32::try_from(speed.as_hz()).unwrap_or(u32::MAX)
}

#[inline]
fn hertz(hz: u32) -> Hertz {
    // CAST: `c_ulong` has 32 bits at least.
    Hertz(hz as c_ulong)
}

/// The data of the controller.
#[pin_data]
pub(crate) struct Data<'a> {
    /// Freed before the engine is dropped, and after the last message.
    #[pin]
    irq: irq::Registration<'a, Handler<'a>>,
    offload: Option<Pin<KBox<Provided<Offload<'a>>>>>,
}

impl<'a> Data<'a> {
    /// `irq` is the registration of the handler for the engine.
    pub(crate) fn new<E>(
        irq: impl PinInit<irq::Registration<'a, Handler<'a>>, E>,
        offload: Option<Pin<KBox<Provided<Offload<'a>>>>>,
    ) -> impl PinInit<Self, Error>
    where
        Error: From<E>,
    {
        try_pin_init!(Self {
            irq <- irq,
            offload,
        })
    }

    #[inline]
    fn engine(&self) -> &Engine<'a> {
        &self.irq.handler().0
    }

    /// Records a message, if it is one for the offload.
    #[inline]
    fn record<'p>(
        &'p self,
        target: &Target,
        message: &OptimizingMessage<'p>,
    ) -> Result<Option<Loaded<'p>>>
    where
        'a: 'p,
    {
        let Some(offload) = &self.offload else {
            return Ok(None);
        };

        record(offload.as_ref(), target, message)
    }
}

// Not inline: most engines have no offload.
#[inline(never)]
fn record<'p>(
    offload: Pin<&'p Provided<Offload<'p>>>,
    target: &Target,
    message: &OptimizingMessage<'p>,
) -> Result<Option<Loaded<'p>>> {
    match offload.record(message)? {
        Some(recorded) => Loaded::new(recorded, target, message).map(Some),
        None => Ok(None),
    }
}

/// What a message is prepared as.
pub(crate) struct Prepared<'p> {
    /// Not used if the offload has the message.
    program: Program,
    /// The message, if the offload has it. It is only kept.
    loaded: Option<Loaded<'p>>,
}

/// Has a message recorded by the offload, or compiles it.
#[inline]
fn prepare<'a, 'p>(
    data: &'p Data<'a>,
    state: &SharedTarget,
    message: OptimizingMessage<'p>,
    prepared: &mut Prepared<'p>,
) -> Result
where
    'a: 'p,
{
    let target = state.get().ok_or(EINVAL)?;

    if let Some(loaded) = data.record(&target, &message)? {
        prepared.loaded = Some(loaded);
        return Ok(());
    }
    compile(data.engine(), &target, &message, &mut prepared.program)
}

#[vtable]
impl controller::Operations for AxiSpiEngine {
    type Data<'a> = Data<'a>;

    type DeviceState<'a> = SharedTarget;

    type Prepared<'p> = Prepared<'p>;

    fn new_device_state<'a>(
        _data: &Self::Data<'a>,
        _dev: &spi::Device,
    ) -> impl PinInit<Self::DeviceState<'a>, Error> {
        Ok(SharedTarget::new())
    }

    fn setup<'a>(
        data: &Self::Data<'a>,
        dev: &SettingUp<'_>,
        state: Pin<&Self::DeviceState<'a>>,
    ) -> Result {
        let engine = data.engine();
        let target = target(dev, engine.hw().build().version())?;
        let active_high = dev.settings().modes.contains(Mode::ChipSelectHigh);

        engine.set_polarity(target.chip_select, active_high)?;
        state.set(&target);
        Ok(())
    }

    fn optimize_message<'a, 'p>(
        data: &'p Self::Data<'a>,
        state: Pin<&'p Self::DeviceState<'a>>,
        message: OptimizingMessage<'p>,
    ) -> impl PinInit<Prepared<'p>, Error>
    where
        'a: 'p,
    {
        try_init!(Prepared {
            program <- Program::new(),
            loaded: None,
        })
        .pin_chain(move |prepared| prepare(data, &state, message, prepared.get_mut()))
    }

    #[inline]
    fn transfer_one_message<'a, 'p>(
        data: &Self::Data<'a>,
        _state: Pin<&Self::DeviceState<'a>>,
        message: &mut CurrentMessage<'_>,
        prepared: Option<Pin<&mut Prepared<'p>>>,
    ) -> Result {
        let prepared = prepared.ok_or(EINVAL)?;
        if prepared.loaded.is_some() {
            return Err(EOPNOTSUPP);
        }

        message.trace_start();
        let result = data.engine().transfer(message, &prepared.program);
        message.trace_stop();

        message.count();
        result.inspect_err(|&error| message.count_error(error))
    }

    fn offload<'x, 'a>(data: &'x Self::Data<'a>, index: usize) -> Option<Pin<&'x Slot>> {
        let offload = data.offload.as_ref().filter(|_| index == 0)?;

        Some(offload.as_ref().slot())
    }
}
