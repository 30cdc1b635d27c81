// SPDX-License-Identifier: GPL-2.0

//! A board for user space: an engine, and a converter at it. The parameter
//! `axi_spi_engine_capture.run=c` or `=rust` asks for it, with these drivers of the engine and of
//! the trigger; `axi_spi_engine_capture.chip=` says which driver the converter has, by default
//! `rust_spi_capture`. `ad7985` and `ad7380` are the kernel's own.
//!
//! The converter gives words of 16 bits, 32768 being zero: 127 periods of a sine in 4096 samples.

use crate::{
    hw::{
        Chip,
        Params,
        Script,
        Socket,
        Version, //
    },
    platform::{
        Capture,
        Device,
        Driver,
        DriverName,
        Instance, //
    }, //
};
use kernel::prelude::*;

/// How often the converter is sampled in a second.
const HZ: u32 = 1_000_000;
const SAMPLES: usize = 4096;
/// 2 pi * 127 / `SAMPLES`: its cosine and sine, of which 1 is 2^30.
const STEP: [i64; 2] = [1_053_430_270, 207_860_942];
const AMPLITUDE: i64 = 32_000;
const ZERO: i64 = 1 << 15;

/// Multiplies by a number of which 1 is 2^30.
fn scaled(value: i64, factor: i64) -> i64 {
    (value * factor + (1 << 29)) >> 30
}

fn sine() -> Result<KVVec<u32>> {
    let mut words = KVVec::with_capacity(SAMPLES, GFP_KERNEL)?;
    let [cos, sin] = STEP;
    let (mut x, mut y) = (1 << 30, 0);

    for _ in 0..SAMPLES {
        let sample = ZERO + scaled(AMPLITUDE, y);
        words.push(sample.try_into()?, GFP_KERNEL)?;
        (x, y) = (
            scaled(x, cos) - scaled(y, sin),
            scaled(x, sin) + scaled(y, cos),
        );
    }
    Ok(words)
}

/// Makes the board, which stays for ever.
fn board(driver: Driver, chip: DriverName) -> Result {
    let instance = Instance::new(&Params::new(Version::V2_00))?;
    let instance: &'static Instance = KBox::leak(KBox::new(instance, GFP_KERNEL)?);
    instance.attach(Socket::new(Chip::Script(Script::repeating(sine()?))))?;

    let capture = Capture::new(instance, driver)?;
    instance.bind(driver)?;
    let device = instance.add_device(&Device {
        driver: chip,
        sampling_hz: HZ,
        single: true,
        ..Device::new(50_000_000)
    })?;
    core::mem::forget((capture, device));
    Ok(())
}

/// Makes the board; returns an error number.
///
/// # Safety
///
/// `chip` must be a C string that stays for ever.
#[no_mangle]
unsafe extern "C" fn axi_engine_model_capture(rust: bool, chip: *const c_char) -> c_int {
    let driver = if rust { Driver::Rust } else { Driver::C };

    // SAFETY: By the safety requirement.
    match board(driver, unsafe { DriverName::from_raw(chip) }) {
        Ok(()) => 0,
        Err(error) => error.to_errno(),
    }
}
