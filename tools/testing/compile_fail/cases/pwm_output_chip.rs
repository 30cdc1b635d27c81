// SPDX-License-Identifier: GPL-2.0

//! Who uses a PWM output can't view the data of its chip as a type of its choice.
//! error: E0599

use kernel::{
    prelude::*,
    pwm::{
        output::Output,
        Waveform, //
    }, //
};

fn switch_off(output: &Output<'_>) -> Result {
    #[cfg(not(compile_pass))]
    let _chip = output.chip::<u8>();
    output.set_waveform(&Waveform::default(), false)
}
