// SPDX-License-Identifier: GPL-2.0

//! All that takes part in a capture goes while that is under way, in every order.

use super::rig::*;
use crate::{
    hw::Version,
    platform::{
        cycles,
        Part, //
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

/// What can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Going {
    Board(Part),
    /// The driver of the engine.
    Provider,
    /// The device, and its driver.
    Consumer,
}

const ALL: [Going; 5] = [
    Going::Board(Part::Dma),
    Going::Board(Part::Pwm),
    Going::Board(Part::Trigger),
    Going::Provider,
    Going::Consumer,
];

/// How many orders there are.
const ORDERS: u32 = 120;
/// How often all goes, with all drivers together, when it was enough.
const ENOUGH: u32 = 10_000;

impl Going {
    /// The order that has this number.
    fn order(number: u32) -> [Self; 5] {
        let mut order = ALL;
        // CAST: A `usize` has 32 bits at least.
        let mut number = number as usize;
        for place in 0..order.len() {
            let left = order.len() - place;
            order.swap(place, place + number % left);
            number /= left;
        }
        order
    }

    fn go(self, rig: &mut Rig<'_>) {
        match self {
            Self::Board(part) => rig.unplug(part),
            Self::Provider => rig.unbind(),
            Self::Consumer => rig.remove_device(),
        }
    }

    /// Whether the driver of the device has to go with it. If the clock or the trigger goes this is
    /// up to the links that the driver core makes of what firmware says.
    fn ends_capture(self) -> bool {
        !matches!(self, Self::Board(Part::Pwm | Part::Trigger))
    }
}

#[kernel::macros::kunit_tests(axi_spi_engine_capture_orders)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_all_different() {
        for number in 0..ORDERS {
            for other in 0..number {
                assert_ne!(Going::order(number), Going::order(other));
            }
        }
    }

    /// Lets all go while a capture is under way.
    fn go_in_order(rig: &mut Rig<'_>, number: u32) -> Result {
        let file = rig.open(false)?;
        rig.wait_for_more(2)?;
        assert!(rig.record(&file).is_ok());

        let mut ended = false;
        for going in Going::order(number) {
            going.go(rig);
            ended |= going.ends_capture();
            let told = !ended || file.poll().gone;
            assert_eq!((number, going, told), (number, going, true));
            fsleep(Delta::from_micros(100));
        }
        assert_eq!(rig.record(&file).err(), Some(ENODEV));
        Ok(())
    }

    #[test]
    fn everything_may_go_in_every_order() -> Result {
        // CAST: There are three.
        let each_once = ORDERS * PROVIDERS.len() as u32;
        let laps = cycles(each_once, ENOUGH).div_ceil(each_once);

        for drivers in PROVIDERS {
            let mut numbers = (0..laps).flat_map(|_| 0..ORDERS).peekable();

            while numbers.peek().is_some() {
                let instance = instance(Version::V1_05)?;
                let mut rig = Rig::new(&instance, drivers, Setup::new(20_000, 1))?;

                for number in numbers.by_ref() {
                    go_in_order(&mut rig, number)?;
                    if !drivers.can_begin_again() {
                        break;
                    }
                    rig.restore()?;
                }
            }
        }
        info(format_args!("capture orders: {}\n", laps * each_once));
        Ok(())
    }
}
