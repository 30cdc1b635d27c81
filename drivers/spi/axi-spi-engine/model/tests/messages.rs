// SPDX-License-Identifier: GPL-2.0

//! Random messages on random engines: what is on the wire, and what is received, is what was asked
//! for.

#[kernel::macros::kunit_tests(axi_spi_engine_messages)]
mod suite {
    use crate::{
        platform::effort,
        tests::{
            bench::device,
            random::*, //
        }, //
    };
    use core::format_args;
    use kernel::{
        kunit::info,
        prelude::*, //
    };

    const SEED: u64 = 0x5_eed1;
    const ENGINES: u32 = 100;
    const MESSAGES: u32 = 20;

    #[test]
    fn random_messages_are_right() -> Result {
        let mut random = Random::new(SEED);

        for engine in 0..ENGINES * effort() {
            let place = Place::random(&mut random)?;
            let device = device(&place.instance, &place.description)?;

            for number in 0..MESSAGES {
                place.instance.clear_log();
                let mut message = place.message(&mut random, 6)?;
                message
                    .send(&device)
                    .and_then(|()| message.check(&place))
                    .inspect_err(|error| {
                        complain(format_args!("seed {SEED:#x}, engine {engine}, {number}"));
                        complain(format_args!("{error:?} on {:?}", place.params));
                    })?;
            }
        }
        info(format_args!(
            "random messages: {}, seed {SEED:#x}, all right\n",
            ENGINES * effort() * MESSAGES
        ));
        Ok(())
    }
}
