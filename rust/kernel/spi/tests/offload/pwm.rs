// SPDX-License-Identifier: GPL-2.0

//! The trigger drivers over PWM, in C and in Rust, on a PWM chip without hardware.

use super::world::{
    trigger_properties,
    Hardware,
    World, //
};
use crate::{
    bindings,
    device::{
        Bound,
        Device as AnyDevice, //
    },
    error::{
        from_err_ptr,
        to_result, //
    },
    prelude::*,
    pwm,
    spi::offload::provider::Traffic,
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc, //
    },
    types::Opaque, //
};

/// Periods are rounded down to multiples of this.
const STEP_NS: u32 = 7;

/// What was written to the chip last.
pub(super) struct Written {
    pub(super) period_ns: Atomic<u32>,
    pub(super) duty_ns: Atomic<u32>,
    /// Whether the chip refuses to put out a low level.
    pub(super) never_low: Atomic<bool>,
}

#[derive(Clone, Copy, Default)]
struct Registers {
    period_ns: u32,
    duty_ns: u32,
}

/// A chip with one PWM.
struct Chip(Arc<Written>);

impl pwm::PwmOps for Chip {
    type WfHw = Registers;

    fn round_waveform_tohw(
        _chip: &pwm::Chip<Self>,
        _pwm: &pwm::Device,
        wanted: &pwm::Waveform,
    ) -> Result<pwm::RoundedWaveform<Registers>> {
        let period_ns = u32::try_from(wanted.period_length_ns)?;
        Ok(pwm::RoundedWaveform {
            status: 0,
            hardware_waveform: Registers {
                period_ns: period_ns - period_ns % STEP_NS,
                duty_ns: u32::try_from(wanted.duty_length_ns)?,
            },
        })
    }

    fn round_waveform_fromhw(
        _chip: &pwm::Chip<Self>,
        _pwm: &pwm::Device,
        registers: &Registers,
        waveform: &mut pwm::Waveform,
    ) -> Result {
        waveform.period_length_ns = registers.period_ns.into();
        waveform.duty_length_ns = registers.duty_ns.into();
        waveform.duty_offset_ns = 0;
        Ok(())
    }

    fn read_waveform(
        chip: &pwm::Chip<Self>,
        _pwm: &pwm::Device,
        _parent: &AnyDevice<Bound>,
    ) -> Result<Registers> {
        let written = &chip.drvdata().0;
        Ok(Registers {
            period_ns: written.period_ns.load(Relaxed),
            duty_ns: written.duty_ns.load(Relaxed),
        })
    }

    fn write_waveform(
        chip: &pwm::Chip<Self>,
        _pwm: &pwm::Device,
        registers: &Registers,
        _parent: &AnyDevice<Bound>,
    ) -> Result {
        let written = &chip.drvdata().0;
        let low = registers.period_ns != 0 && registers.duty_ns == 0;
        if low && written.never_low.load(Relaxed) {
            return Err(EIO);
        }
        written.period_ns.store(registers.period_ns, Relaxed);
        written.duty_ns.store(registers.duty_ns, Relaxed);
        Ok(())
    }
}

/// A registered platform device.
struct Platform(*mut bindings::platform_device);

impl Platform {
    fn new(name: &'static CStr, properties: &[bindings::property_entry]) -> Result<Self> {
        let info = bindings::platform_device_info {
            name: name.as_char_ptr(),
            // `PLATFORM_DEVID_NONE`
            id: -1,
            properties: properties.as_ptr(),
            ..pin_init::zeroed()
        };

        // SAFETY: `info` is complete; the properties are copied.
        let raw = unsafe { bindings::platform_device_register_full(&info) };
        Ok(Self(from_err_ptr(raw)?))
    }

    /// The drivers of these tests bind at once, or not at all.
    fn dev(&self) -> &AnyDevice<Bound> {
        // SAFETY: The device is valid until it is unregistered.
        unsafe { AnyDevice::from_raw(&raw mut (*self.0).dev) }
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // SAFETY: It was registered by `new()`.
        unsafe { bindings::platform_device_unregister(self.0) };
    }
}

/// A registered platform driver that does nothing.
struct Driver(Pin<KBox<Opaque<bindings::platform_driver>>>);

impl Driver {
    fn new(name: &'static CStr) -> Result<Self> {
        let driver = KBox::pin(Opaque::zeroed(), GFP_KERNEL)?;
        let raw: *mut bindings::platform_driver = driver.get();

        // SAFETY: The driver is new.
        unsafe { (*raw).driver.name = name.as_char_ptr() };

        // SAFETY: The driver is complete, and unregistered before its memory goes.
        to_result(unsafe {
            bindings::__platform_driver_register(raw, core::ptr::null_mut(), core::ptr::null())
        })?;
        Ok(Self(driver))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // SAFETY: It was registered by `new()`.
        unsafe { bindings::platform_driver_unregister(self.0.get()) };
    }
}

/// A registered chip.
struct Registered(ARef<pwm::Chip<Chip>>);

impl Registered {
    fn new(parent: &AnyDevice<Bound>, written: Arc<Written>) -> Result<Self> {
        let chip = pwm::Chip::new(parent, 1, Ok::<_, Error>(Chip(written)))?;
        let chip: ARef<pwm::Chip<Chip>> = (&*chip).into();

        // Not `UnregisteredChip::register()`: the chip is to go before its parent.
        //
        // SAFETY: The chip is complete, and removed by `Drop`.
        to_result(unsafe { bindings::__pwmchip_add(chip.as_raw(), core::ptr::null_mut()) })?;
        Ok(Self(chip))
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: It was added by `new()`.
        unsafe { bindings::pwmchip_remove(self.0.as_raw()) };
    }
}

/// What tells which PWM a device uses.
struct Lookup(Pin<KBox<Opaque<bindings::pwm_lookup>>>);

impl Lookup {
    fn new(driver: &'static CStr, period_ns: u32) -> Result<Self> {
        let lookup = KBox::pin(
            Opaque::new(bindings::pwm_lookup {
                provider: CHIP.as_char_ptr(),
                dev_id: driver.as_char_ptr(),
                period: period_ns,
                ..pin_init::zeroed()
            }),
            GFP_KERNEL,
        )?;

        // SAFETY: It is complete, and removed by `Drop`.
        unsafe { bindings::pwm_add_table(lookup.get(), 1) };
        Ok(Self(lookup))
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        // SAFETY: It was added by `new()`.
        unsafe { bindings::pwm_remove_table(self.0.get(), 1) };
    }
}

const CHIP: &CStr = c"rust_pwm_kunit";
/// The names by which the drivers find their devices.
pub(super) const IN_C: &CStr = c"pwm-trigger";
#[cfg(CONFIG_SPI_OFFLOAD_TRIGGER_PWM_RUST = "y")]
pub(super) const IN_RUST: &CStr = c"spi_offload_trigger_pwm_rust";

/// A trigger over PWM, and the device of a controller whose offloads it starts.
// Fields are dropped in this order.
pub(super) struct Rig {
    hardware: Hardware,
    _trigger: Platform,
    _lookup: Lookup,
    _chip: Registered,
    _parent: Platform,
    _driver: Driver,
    pub(super) written: Arc<Written>,
}

impl Rig {
    /// Firmware says that the period is `period_ns`; if it is 0 the driver in C does not bind.
    pub(super) fn new(trigger: &'static CStr, period_ns: u32) -> Result<Self> {
        let written = Arc::new(
            Written {
                period_ns: Atomic::new(0),
                duty_ns: Atomic::new(0),
                never_low: Atomic::new(false),
            },
            GFP_KERNEL,
        )?;
        let driver = Driver::new(CHIP)?;
        let parent = Platform::new(CHIP, &[pin_init::zeroed()])?;
        let chip = Registered::new(parent.dev(), written.clone())?;
        let lookup = Lookup::new(trigger, period_ns)?;
        let trigger = Platform::new(trigger, &trigger_properties())?;

        Ok(Self {
            hardware: Hardware::started_by(c"rust_offload_ctlr", trigger.dev())?,
            _trigger: trigger,
            _lookup: lookup,
            _chip: chip,
            _parent: parent,
            _driver: driver,
            written,
        })
    }

    /// Registers the controller.
    pub(super) fn world(&self) -> Result<World<'_>> {
        World::new(&self.hardware, Traffic::Shared)
    }
}
