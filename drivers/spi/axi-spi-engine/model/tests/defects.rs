// SPDX-License-Identifier: GPL-2.0

//! The known defects of the C driver, by version of the core: the model's proof of worth.
//!
//! A [`Case`] is a program that a driver either gets right or not. It runs on all versions, with
//! the C driver, which has to fail on just those that are known, and with the one in Rust, which
//! has to be right on all. What came out is printed, for the report of the tests.

mod clocks;
mod completion;
mod lanes;
mod offload;
mod pins;
mod words;

use crate::{
    hw::Version,
    platform::Driver, //
};
use core::format_args;
use kernel::{
    kunit::info,
    prelude::*, //
};

/// A known defect.
pub(super) struct Case {
    /// Its number in the list of the C driver's.
    id: &'static str,
    /// In a few words.
    what: &'static str,
    /// On which versions the C driver has it.
    on: fn(Version) -> bool,
    /// Whether a driver does the right thing, which may be to refuse.
    right: fn(Version, Driver) -> Result<bool>,
}

fn all(_: Version) -> bool {
    true
}

fn since_1_02(version: Version) -> bool {
    version >= Version::V1_02
}

fn since_1_03(version: Version) -> bool {
    version >= Version::V1_03
}

fn since_1_04(version: Version) -> bool {
    version >= Version::V1_04
}

fn since_1_05(version: Version) -> bool {
    version >= Version::V1_05
}

fn on_2_00(version: Version) -> bool {
    version == Version::V2_00
}

fn before_2_00(version: Version) -> bool {
    version < Version::V2_00
}

impl Case {
    /// What a driver does on a version. An error is not right either.
    fn is_right(&self, version: Version, driver: Driver) -> bool {
        match (self.right)(version, driver) {
            Ok(right) => right,
            Err(error) => {
                info(format_args!(
                    "{} {version} {driver:?}: {error:?}\n",
                    self.id
                ));
                false
            }
        }
    }

    /// Runs on all versions with a driver, and prints a row of the table.
    fn row(&self, driver: Driver, expected: fn(&Self, Version) -> bool) -> Result {
        let mut surprises = 0;
        let mut outcomes = [""; Version::ALL.len()];

        for (version, outcome) in Version::ALL.into_iter().zip(&mut outcomes) {
            let right = self.is_right(version, driver);
            *outcome = if right { "right" } else { "WRONG" };
            surprises += usize::from(right != expected(self, version));
        }
        let [a, b, c, d, e, f, g, h] = outcomes;
        info(format_args!(
            "engine-table: {:5} {:5} {a}  {b}  {c}  {d}  {e}  {f}  {g}  {h}  {}\n",
            self.id,
            driver.label(),
            self.what
        ));
        if surprises == 0 {
            Ok(())
        } else {
            Err(EBADMSG)
        }
    }

    /// The driver in Rust is right everywhere.
    #[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
    fn is_right_in_rust(&self) -> Result {
        self.row(Driver::Rust, |_, _| true)
    }

    /// The C driver is wrong where it is known to be.
    fn shows_in_c(&self) -> Result {
        self.row(Driver::C, |case, version| !(case.on)(version))
    }
}

#[kernel::macros::kunit_tests(axi_spi_engine_c_defects)]
mod suite {
    use super::*;

    #[test]
    fn c2_the_sync_of_the_setup_ends_the_first_message() -> Result {
        completion::STALE_SYNC.shows_in_c()
    }

    #[test]
    fn c2_is_hidden_by_a_fast_wire() -> Result {
        for version in [Version::V1_02, Version::V1_05, Version::V2_00] {
            for (speed, received) in [(50_000_000, [1, 2, 3]), (1_000_000, [0; 3])] {
                assert_eq!(completion::after_setup(version, speed)?, received);
            }
        }
        Ok(())
    }

    #[test]
    fn c4_a_timeout_spoils_the_next_message() -> Result {
        completion::AFTER_TIMEOUT.shows_in_c()
    }

    #[test]
    fn c5_a_long_delay_hangs() -> Result {
        completion::LONG_DELAY.shows_in_c()
    }

    #[test]
    fn c6_a_full_fifo_interrupts_without_end() -> Result {
        completion::LIVELOCK.shows_in_c()
    }

    #[test]
    fn c7_another_word_length_comes_too_late() -> Result {
        words::OTHER_LENGTH.shows_in_c()
    }

    #[test]
    fn c7_the_first_word_of_a_program_is_wrong() -> Result {
        offload::OTHER_LENGTH.shows_in_c()
    }

    #[test]
    fn c9_a_message_spoils_an_armed_offload() -> Result {
        offload::NOT_EXCLUDED.shows_in_c()
    }

    #[test]
    fn c10_no_length_stops_tx() -> Result {
        completion::ZERO_LENGTH.shows_in_c()
    }

    #[test]
    fn c11_words_beyond_the_width_are_not_refused() -> Result {
        words::BEYOND_WIDTH.shows_in_c()
    }

    #[test]
    fn c12_lanes_are_those_of_another_device() -> Result {
        lanes::OTHERS_LANES.shows_in_c()
    }

    #[test]
    fn c13_another_lane_gives_too_many_words() -> Result {
        lanes::OTHER_LANE.shows_in_c()
    }

    #[test]
    fn c14_lanes_are_mixed_up() -> Result {
        lanes::SINGLE_THEN_STRIPE.shows_in_c()
    }

    #[test]
    fn c15_an_odd_stripe_leaves_words() -> Result {
        lanes::ODD_STRIPE.shows_in_c()
    }

    #[test]
    fn c16_a_stripe_is_not_refused() -> Result {
        lanes::STRIPE_WITHOUT.shows_in_c()
    }

    #[test]
    fn c17_a_full_memory_hangs() -> Result {
        offload::FULL_MEMORY.shows_in_c()
    }

    #[test]
    fn c18_a_refused_message_changes_the_recorded_one() -> Result {
        offload::REFUSED.shows_in_c()
    }

    #[test]
    fn c19_lanes_are_remembered() -> Result {
        offload::OTHER_LANES.shows_in_c()
    }

    #[test]
    fn c20_the_probe_does_not_reset() -> Result {
        completion::NO_RESET.shows_in_c()
    }

    #[test]
    fn c20_a_program_is_appended_to_a_stale_one() -> Result {
        offload::STALE_PROGRAM.shows_in_c()
    }

    #[test]
    fn c21_the_memory_is_reset_in_a_run() -> Result {
        offload::STILL_RUNNING.shows_in_c()
    }

    #[test]
    fn c21_a_short_reset_is_missed() -> Result {
        offload::SHORT_RESET.shows_in_c()
    }

    #[test]
    fn c21_a_starved_stream_blocks_messages() -> Result {
        offload::STARVED.shows_in_c()
    }

    #[test]
    fn c22_a_word_of_the_stream_leaks() -> Result {
        offload::LEAK.shows_in_c()
    }

    #[test]
    fn c24_one_clock_gives_too_many_words() -> Result {
        words::ONE_CLOCK.shows_in_c()
    }

    #[test]
    fn c25_a_slow_clock_gives_wrong_words() -> Result {
        words::SLOW_CLOCK.shows_in_c()
    }

    #[test]
    fn c27_low_speeds_are_raised() -> Result {
        clocks::TOO_SLOW.shows_in_c()
    }

    #[test]
    fn c28_chip_selects_are_not_apart() -> Result {
        clocks::SHORT_INACTIVE.shows_in_c()
    }

    #[test]
    fn c28_words_are_not_apart() -> Result {
        clocks::WORD_DELAY.shows_in_c()
    }

    #[test]
    fn c29_delays_are_off() -> Result {
        clocks::SHORT_DELAY.shows_in_c()
    }

    #[test]
    fn c30_a_held_device_sees_an_edge() -> Result {
        pins::HELD_DEVICE.shows_in_c()
    }

    #[test]
    fn c31_the_divider_is_assumed() -> Result {
        clocks::DEFAULT_DIVIDER.shows_in_c()
    }

    #[test]
    fn c32_removal_selects() -> Result {
        pins::LEFT_SELECTED.shows_in_c()
    }

    #[test]
    fn r15_words_of_one_bit_are_not_refused() -> Result {
        words::ONE_BIT.shows_in_c()
    }

    #[test]
    fn c33_an_interrupt_without_a_reason_is_handled() -> Result {
        completion::NOT_ITS_OWN.shows_in_c()
    }

    #[test]
    fn c35_half_a_word_is_refused_by_the_core() -> Result {
        words::HALF_A_WORD.shows_in_c()
    }

    #[test]
    fn c34_a_setup_without_room_gets_lost() -> Result {
        completion::FULL_FIFO.shows_in_c()
    }

    #[test]
    fn c38_the_end_overtakes_the_last_word() -> Result {
        completion::OVERTAKEN.shows_in_c()
    }

    #[test]
    fn r10_a_program_of_one_instruction_runs_away() -> Result {
        offload::ONE_INSTRUCTION.shows_in_c()
    }
}

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST)]
#[kernel::macros::kunit_tests(axi_spi_engine_rust_defects)]
mod rust_suite {
    use super::*;

    #[test]
    fn c2_the_setup_does_not_end_a_message() -> Result {
        completion::STALE_SYNC.is_right_in_rust()
    }

    #[test]
    fn c4_the_message_after_a_timeout_is_right() -> Result {
        completion::AFTER_TIMEOUT.is_right_in_rust()
    }

    #[test]
    fn c5_a_long_delay_ends() -> Result {
        completion::LONG_DELAY.is_right_in_rust()
    }

    #[test]
    fn c6_a_full_fifo_is_emptied() -> Result {
        completion::LIVELOCK.is_right_in_rust()
    }

    #[test]
    fn c7_another_word_length_is_in_time() -> Result {
        words::OTHER_LENGTH.is_right_in_rust()
    }

    #[test]
    fn c7_the_first_word_of_a_program_is_right() -> Result {
        offload::OTHER_LENGTH.is_right_in_rust()
    }

    #[test]
    fn c9_an_armed_offload_has_the_bus() -> Result {
        offload::NOT_EXCLUDED.is_right_in_rust()
    }

    #[test]
    fn c10_no_length_is_nothing() -> Result {
        completion::ZERO_LENGTH.is_right_in_rust()
    }

    #[test]
    fn c11_words_beyond_the_width_are_refused() -> Result {
        words::BEYOND_WIDTH.is_right_in_rust()
    }

    #[test]
    fn c12_each_device_has_its_lanes() -> Result {
        lanes::OTHERS_LANES.is_right_in_rust()
    }

    #[test]
    fn c13_another_lane_gives_its_words() -> Result {
        lanes::OTHER_LANE.is_right_in_rust()
    }

    #[test]
    fn c14_lanes_change_in_a_message() -> Result {
        lanes::SINGLE_THEN_STRIPE.is_right_in_rust()
    }

    #[test]
    fn c15_an_odd_stripe_is_refused() -> Result {
        lanes::ODD_STRIPE.is_right_in_rust()
    }

    #[test]
    fn c16_a_stripe_is_refused_before_2_0() -> Result {
        lanes::STRIPE_WITHOUT.is_right_in_rust()
    }

    #[test]
    fn c17_a_full_memory_is_refused_where_it_hangs() -> Result {
        offload::FULL_MEMORY.is_right_in_rust()
    }

    #[test]
    fn c18_a_refused_message_changes_nothing() -> Result {
        offload::REFUSED.is_right_in_rust()
    }

    #[test]
    fn c19_lanes_are_those_of_the_message() -> Result {
        offload::OTHER_LANES.is_right_in_rust()
    }

    #[test]
    fn c20_the_probe_resets() -> Result {
        completion::NO_RESET.is_right_in_rust()
    }

    #[test]
    fn c20_the_probe_empties_the_memory() -> Result {
        offload::STALE_PROGRAM.is_right_in_rust()
    }

    #[test]
    fn c21_the_memory_is_reset_at_rest() -> Result {
        offload::STILL_RUNNING.is_right_in_rust()
    }

    #[test]
    fn c21_the_memory_is_reset_long_enough() -> Result {
        offload::SHORT_RESET.is_right_in_rust()
    }

    #[test]
    fn c21_messages_go_on_after_a_starved_stream() -> Result {
        offload::STARVED.is_right_in_rust()
    }

    #[test]
    fn c22_no_word_of_the_stream_leaks() -> Result {
        offload::LEAK.is_right_in_rust()
    }

    #[test]
    fn c24_one_clock_gives_its_words() -> Result {
        words::ONE_CLOCK.is_right_in_rust()
    }

    #[test]
    fn c25_a_slow_clock_gives_its_words() -> Result {
        words::SLOW_CLOCK.is_right_in_rust()
    }

    #[test]
    fn c26_a_message_that_was_freed_is_not_used() -> Result {
        completion::FREED.is_right_in_rust()
    }

    #[test]
    fn c27_low_speeds_are_refused() -> Result {
        clocks::TOO_SLOW.is_right_in_rust()
    }

    #[test]
    fn c28_chip_selects_are_apart() -> Result {
        clocks::SHORT_INACTIVE.is_right_in_rust()
    }

    #[test]
    fn c28_words_are_apart() -> Result {
        clocks::WORD_DELAY.is_right_in_rust()
    }

    #[test]
    fn c29_delays_are_long_enough() -> Result {
        clocks::SHORT_DELAY.is_right_in_rust()
    }

    #[test]
    fn c30_a_held_device_sees_no_edge() -> Result {
        pins::HELD_DEVICE.is_right_in_rust()
    }

    #[test]
    fn c31_the_divider_is_set() -> Result {
        clocks::DEFAULT_DIVIDER.is_right_in_rust()
    }

    #[test]
    fn c32_removal_selects_nothing() -> Result {
        pins::LEFT_SELECTED.is_right_in_rust()
    }

    #[test]
    fn a14_messages_are_compiled_without_sleeping() -> Result {
        completion::FROM_ATOMIC.is_right_in_rust()
    }

    #[test]
    fn r10_a_program_of_one_instruction_ends() -> Result {
        offload::ONE_INSTRUCTION.is_right_in_rust()
    }

    #[test]
    fn r15_words_of_one_bit_are_right_or_refused() -> Result {
        words::ONE_BIT.is_right_in_rust()
    }

    #[test]
    fn c33_an_interrupt_without_a_reason_is_not_handled() -> Result {
        completion::NOT_ITS_OWN.is_right_in_rust()
    }

    #[test]
    fn c35_half_a_word_is_refused() -> Result {
        words::HALF_A_WORD.is_right_in_rust()
    }

    #[test]
    fn c34_a_setup_without_room_is_repeated() -> Result {
        completion::FULL_FIFO.is_right_in_rust()
    }

    #[test]
    fn c38_the_last_word_is_there_at_the_end() -> Result {
        completion::OVERTAKEN.is_right_in_rust()
    }
}
