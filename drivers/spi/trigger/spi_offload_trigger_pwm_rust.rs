// SPDX-License-Identifier: GPL-2.0

//! A trigger of SPI offloads that is a PWM output: each rising edge starts the message.
//!
//! It has the devicetree binding of `spi-offload-trigger-pwm.c`. What is different:
//!
//! - The settings that a consumer validated are those that it gets, to the nanosecond. The C driver
//!   derives them again from a frequency in whole Hz.
//! - Only settings that were validated last can be enabled (`EINVAL`).
//! - Firmware need not give a period.
//! - A stopped output that can't be held low is switched off.

use core::num::NonZero;
use kernel::{
    clk::Hertz,
    device::{
        Bound,
        Core,
        Device, //
    },
    math64,
    new_mutex,
    of,
    platform,
    prelude::*,
    pwm::{
        output::Output,
        Waveform, //
    },
    spi::offload::{
        provider::{
            TriggerOperations,
            TriggerRegistration, //
        },
        Periodic, //
    },
    sync::Mutex,
    time::{
        Delta,
        NSEC_PER_SEC, //
    }, //
};

/// The period with which the output is held low at first.
const FIRST_PERIOD_NS: u64 = 1_000_000;

struct TriggerDriver;

kernel::of_device_table! {
    OF_TABLE,
    <TriggerDriver as platform::Driver>::IdInfo,
    [(of::DeviceId::new(c"pwm-trigger"), ())]
}

/// Settings as consumers know them, and what the output does for that.
#[derive(Clone, Copy)]
struct Rounded {
    settings: Periodic,
    waveform: Waveform,
}

impl Rounded {
    /// Describes what `waveform`, which the output can do, is for consumers.
    fn new(waveform: Waveform) -> Result<Self> {
        let period = NonZero::new(waveform.period_length_ns).ok_or(EINVAL)?;
        // The offset is within a period, and there have to be edges.
        if waveform.duty_offset_ns >= period.get()
            || !(1..period.get()).contains(&waveform.duty_length_ns)
        {
            return Err(EINVAL);
        }

        // CAST: It is positive.
        let second = NSEC_PER_SEC as u64;
        // To the nearest; what is slower than 1 Hz is called 1 Hz.
        let hz = math64::div(second + period.get() / 2, period).max(1);
        let offset = Delta::from_nanos(waveform.duty_offset_ns.try_into()?);
        Ok(Self {
            settings: Periodic::new(Hertz(hz.try_into()?))?.with_offset(offset)?,
            waveform,
        })
    }
}

/// The trigger. The output is off when this is dropped.
#[pin_data(PinnedDrop)]
struct Clock<'bound> {
    dev: &'bound Device<Bound>,
    output: Output<'bound>,
    /// What was validated last.
    #[pin]
    rounded: Mutex<Option<Rounded>>,
}

impl<'bound> Clock<'bound> {
    fn new(dev: &'bound Device<Bound>) -> Result<impl PinInit<Self, Error> + 'bound> {
        let output = Output::get(dev)?;
        hold_low(&output, FIRST_PERIOD_NS)?;

        Ok(try_pin_init!(Self {
            dev,
            output,
            rounded <- new_mutex!(None),
        }))
    }

    /// Returns what the output would do for this.
    fn round(&self, wanted: Periodic) -> Result<Rounded> {
        // CAST: By its type invariant it is positive.
        let period = wanted.period().as_nanos() as u64;
        let mut waveform = Waveform {
            period_length_ns: period,
            duty_length_ns: (period / 2).max(1),
            // CAST: By the type invariant it is not negative.
            duty_offset_ns: wanted.offset().as_nanos() as u64,
        };

        if waveform.duty_offset_ns >= period {
            return Err(EINVAL);
        }
        self.output.round_waveform(&mut waveform)?;
        Rounded::new(waveform)
    }
}

/// Puts out a low level.
fn hold_low(output: &Output<'_>, period_length_ns: u64) -> Result {
    let low = Waveform {
        period_length_ns,
        ..Waveform::default()
    };

    output.set_waveform(&low, false)
}

/// Puts out nothing.
fn switch_off(output: &Output<'_>) -> Result {
    output.set_waveform(&Waveform::default(), false)
}

impl TriggerOperations for Clock<'_> {
    type Kind = Periodic;

    fn validate(&self, wanted: Periodic) -> Result<Periodic> {
        let mut rounded = self.rounded.lock();

        if let Some(known) = *rounded {
            // To round it again could give something else.
            if known.settings == wanted {
                return Ok(wanted);
            }
        }
        let new = self.round(wanted)?;
        *rounded = Some(new);
        Ok(new.settings)
    }

    fn enable(&self, settings: Periodic) -> Result {
        let known = self
            .rounded
            .lock()
            .filter(|known| known.settings == settings);

        self.output
            .set_waveform(&known.ok_or(EINVAL)?.waveform, false)
    }

    fn disable(&self) {
        let known = *self.rounded.lock();
        let period = known.map_or(FIRST_PERIOD_NS, |known| known.waveform.period_length_ns);

        let stopped = hold_low(&self.output, period).or_else(|_| switch_off(&self.output));
        if let Err(error) = stopped {
            dev_err!(self.dev, "the trigger can't be stopped: {error:?}\n");
        }
    }
}

#[pinned_drop]
impl PinnedDrop for Clock<'_> {
    fn drop(self: Pin<&mut Self>) {
        if let Err(error) = switch_off(&self.output) {
            dev_err!(self.dev, "the output can't be switched off: {error:?}\n");
        }
    }
}

impl platform::Driver for TriggerDriver {
    type IdInfo = ();
    type Data<'bound> = TriggerRegistration<'bound, Clock<'bound>>;

    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        dev: &'bound platform::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
        let dev: &'bound Device<Bound> = dev.as_ref();
        let clock = Clock::new(dev)?;

        // SAFETY: The registration becomes the data of the driver, which the driver core drops
        // before it unbinds the device, and it is not forgotten before that.
        unsafe { TriggerRegistration::new(dev, clock) }
    }
}

kernel::module_platform_driver! {
    type: TriggerDriver,
    name: "spi_offload_trigger_pwm_rust",
    authors: ["The Rust SPI developers"],
    description: "PWM trigger of SPI offloads",
    license: "GPL",
    imports_ns: ["PWM"],
}
