// SPDX-License-Identifier: GPL-2.0

//! What ends the kernel with the C driver, or could: it uses memory that was freed, and sleeps
//! where it must not. So each of these has a boot of its own, which
//! `axi_spi_engine_platform.crash=CASE` asks for, and `axi_spi_engine_platform.crash_rust=1` for
//! the driver in Rust.

use super::bench::*;
use crate::{
    hw::Version,
    platform::{
        Device,
        Driver, //
    }, //
};
use core::format_args;
use kernel::{
    kunit::info,
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// Sends bytes to a loopback, whatever comes of it, and leaves the bus idle for some time.
fn send(version: Version, driver: Driver, speed: u32, len: usize, stale_sync: bool) -> Result {
    let instance = looped(&params(version), driver)?;
    instance.set_latency(10_000);
    let device = instance.add_device(&Device::new(speed))?;
    if !stale_sync {
        instance.with(|engine| engine.forget_sync());
    }
    match echoes(&device, len) {
        Ok(right) => info(format_args!("crash: data are right: {right}\n")),
        Err(error) => info(format_args!("crash: {error:?}\n")),
    }
    fsleep(Delta::from_millis(100));
    Ok(())
}

/// Sends a message that its callback frees. A driver that uses it after that tells the core of an
/// error, which the log has.
fn orphan(version: Version, driver: Driver) -> Result {
    let instance = looped(&params(version), driver)?;
    let device = device(&instance, &Device::new(10_000_000))?;

    let right = device.send_orphan().is_ok();
    info(format_args!("crash: data are right: {right}\n"));
    Ok(())
}

/// Sends a message from where nobody may sleep. If the driver does, the log has it.
fn atomic(version: Version, driver: Driver) -> Result {
    let instance = looped(&params(version), driver)?;
    let device = device(&instance, &Device::new(10_000_000))?;

    let right = echoes_from_atomic(&device, 8)?;
    info(format_args!("crash: data are right: {right}\n"));
    Ok(())
}

fn run(case: &[u8], driver: Driver) -> Result {
    match case {
        // C2 and C3: the SYNC of the setup ends the message, and its data come to nobody.
        b"stale-sync" => send(Version::V2_00, driver, 1_000_000, 3, true),
        // C6 and C3: interrupts without end, also after the timeout.
        b"livelock" => send(Version::V2_00, driver, 50_000_000, 64, false),
        // C23 and C3: a message that takes more than 5 s is still under way after the timeout.
        b"long" => send(Version::V1_05, driver, 200_000, 150_000, false),
        // C26: what was freed is read.
        b"orphan" => orphan(Version::V1_05, driver),
        // A14: it is compiled with an allocation that may sleep.
        b"atomic" => atomic(Version::V1_05, driver),
        _ => Err(EINVAL),
    }
}

/// Runs a case, if the kernel survives, to its end.
///
/// # Safety
///
/// `case` has to be a string.
#[no_mangle]
unsafe extern "C" fn axi_engine_model_crash(case: *const c_char, rust: bool) {
    // SAFETY: By this function's requirements.
    let case = unsafe { CStr::from_char_ptr(case) };
    let driver = if rust { Driver::Rust } else { Driver::C };

    match run(case.to_bytes(), driver) {
        Ok(()) => info(format_args!("crash: {driver:?} survived\n")),
        Err(error) => info(format_args!("crash: not run: {error:?}\n")),
    }
}
