// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of the mux, between a simulated parent and simulated children.
//!
//! A test tells the [`World`] what is to happen, and puts a mux on a parent. The mux is probed,
//! adds its child, and the child's probe is the body of the test: a driver that sends messages.

mod world;

#[kernel::macros::kunit_tests(spi_mux_rust)]
mod suite {
    use super::world::*;
    use kernel::{
        clk::Hertz,
        device::Core,
        prelude::*,
        spi::{
            self,
            Buffer,
            Message,
            Mode,
            Settings,
            Transfer, //
        }, //
    };

    fn message(transfer: Transfer) -> Result<Message> {
        Message::new([transfer], GFP_KERNEL)
    }

    fn echo(data: &[u8]) -> Result<Message> {
        message(Transfer::exchange_in_place(Buffer::from_slice(
            data, GFP_KERNEL,
        )?))
    }

    /// A message of one byte that leaves the chip select active.
    fn keeping() -> Result<Message> {
        let buffer = Buffer::<u8>::zeroed(1, GFP_KERNEL)?;
        message(Transfer::exchange_in_place(buffer).cs_change())
    }

    /// Sends a message, and checks that it goes by the mux, and all of it comes back.
    fn works(world: &World, dev: &spi::Device<Core<'_>>) -> Result {
        world.forget();
        let mut message = echo(&[1, 2, 3])?;
        message.sync(dev)?;

        ensure(message.rx(0) == Some(&[1, 2, 3]), c"data")?;
        ensure(
            world.happened(&[Event::Select(0), Event::Transfer(3), Event::Deselect]),
            c"select, transfer, deselect",
        )
    }

    #[test]
    fn data_and_length_come_back() -> Result {
        run(|world, dev| {
            works(world, dev)?;

            let mut optimized = echo(&[4, 5])?.optimize(dev)?;
            optimized.sync()?;
            ensure(optimized.rx(0) == Some(&[4, 5]), c"data")?;
            ensure(optimized.actual_length() == 2, c"length")
        })
    }

    #[test]
    fn prepared_once_on_the_parent() -> Result {
        run(|world, dev| {
            let mut optimized = echo(&[0])?.optimize(dev)?;
            ensure(world.prepared() == 1, c"prepared with the child's")?;
            for round in 0..100 {
                optimized.tx_mut(0).ok_or(EIO)?[0] = round;
                optimized.sync()?;
                ensure(optimized.rx(0) == Some(&[round]), c"data")?;
            }
            ensure(world.optimizations() == 1, c"once")?;

            drop(optimized);
            ensure(world.prepared() == 0, c"let go with the child's")
        })
    }

    /// A prepared message lends its transfers to the parent, and has them back in the end.
    #[test]
    fn messages_are_whole_after_being_prepared() -> Result {
        run(|world, dev| {
            let mut optimized = echo(&[4, 5])?.optimize(dev)?;
            optimized.sync()?;
            optimized.sync()?;

            let mut message = optimized.into_message();
            ensure(world.prepared() == 0, c"let go")?;
            message.sync(dev)?;
            ensure(message.rx(0) == Some(&[4, 5]), c"data")?;

            // One that was never sent.
            let mut message = message.optimize(dev)?.into_message();
            message.sync(dev)?;
            ensure(message.rx(0) == Some(&[4, 5]), c"data, never sent")
        })
    }

    #[test]
    fn unprepared_messages_leave_nothing_prepared() -> Result {
        run(|world, dev| {
            let mut message = echo(&[0])?;
            for _ in 0..10 {
                message.sync(dev)?;
                ensure(world.prepared() == 0, c"let go after the send")?;
            }
            ensure(world.optimizations() == 10, c"each time")
        })
    }

    /// Each failure reaches the caller, leaves the mux deselected, and the next message works.
    fn fails_and_recovers(what: Failing, error: Error, expected: &'static [Event]) -> Result {
        world()?.set_expected(what, error, expected);

        run(|world, dev| {
            let (what, error, expected) = world.expected();
            let mut optimized = echo(&[4])?.optimize(dev)?;

            world.forget();
            world.fail(what, error);
            ensure(echo(&[3])?.sync(dev).err() == Some(error), c"errno")?;
            ensure(world.happened(expected), c"what happened")?;
            if what != Failing::Optimize {
                ensure(optimized.sync().err() == Some(error), c"errno, prepared")?;
            }
            ensure(world.balanced(), c"deselected")?;

            world.fail(Failing::None, error);
            ensure(world.prepared() == 1, c"only the prepared one is")?;
            optimized.sync()?;
            ensure(optimized.rx(0) == Some(&[4]), c"data, prepared")?;
            works(world, dev)
        })
    }

    /// mux-M1 (a), mux-M2
    #[test]
    fn the_mux_fails() -> Result {
        fails_and_recovers(Failing::Select, EREMOTEIO, &[])
    }

    /// mux-M1, mux-M2
    #[test]
    fn the_parent_refuses() -> Result {
        fails_and_recovers(Failing::Optimize, EOPNOTSUPP, &[])
    }

    /// mux-M19
    #[test]
    fn the_transfer_fails() -> Result {
        fails_and_recovers(
            Failing::Transfer,
            ETIMEDOUT,
            &[Event::Select(0), Event::Deselect],
        )
    }

    /// mux-M1 (c)
    #[test]
    fn invalid_messages_are_refused() -> Result {
        run(|world, dev| {
            let wide = Buffer::<u32>::zeroed(3, GFP_KERNEL)?.bits::<17>();
            let bytes = Buffer::<u8>::zeroed(3, GFP_KERNEL)?;
            for bad in [
                Transfer::exchange_in_place(wide),
                Transfer::exchange_in_place(bytes).speed(Hertz(1)),
            ] {
                world.forget();
                let mut message = message(bad)?;
                ensure(message.sync(dev).err() == Some(EINVAL), c"sync")?;
                let refused = message.optimize(dev).err().ok_or(EIO)?;
                ensure(refused.error == EINVAL, c"optimize")?;
                ensure(world.happened(&[]), c"nothing happened")?;
            }
            works(world, dev)
        })
    }

    /// mux-M1 (b), mux-M4
    #[test]
    fn the_parent_refuses_settings() -> Result {
        run(|world, dev| {
            let before = dev.settings();
            let slower = Settings {
                max_speed: Hertz::from_khz(500),
                ..before
            };

            world.fail(Failing::Setup, EIO);
            ensure(dev.setup(slower).err() == Some(EIO), c"errno")?;
            world.fail(Failing::None, EIO);

            ensure(dev.settings() == before, c"taken back")?;
            echo(&[1])?.sync(dev)?;
            ensure(
                world.applied_speed() == before.max_speed,
                c"on the parent as well",
            )?;
            works(world, dev)?;
            ensure(world.last_speed() == before.max_speed, c"speed")
        })
    }

    #[test]
    fn a_child_that_the_parent_refuses_is_not_there() -> Result {
        let world = world()?;
        world.fail(Failing::Setup, EINVAL);
        assert!(run(|_, _| Ok(())).is_err());

        world.fail(Failing::None, EIO);
        run(works)
    }

    /// mux-M5, mux-M6
    #[test]
    fn settings_apply_to_the_next_message() -> Result {
        run(|world, dev| {
            works(world, dev)?;
            ensure(world.last_speed() == child_speed(0), c"first speed")?;

            let settings = Settings {
                modes: Mode::ClockPhase | Mode::ClockPolarity,
                max_speed: Hertz::from_khz(500),
                bits_per_word: 16,
                ..dev.settings()
            };
            dev.setup(settings)?;
            let word = Buffer::<u16>::zeroed(1, GFP_KERNEL)?;
            let mut message = message(Transfer::exchange_in_place(word))?;
            message.sync(dev)?;
            ensure(world.last_speed() == settings.max_speed, c"speed")?;
            ensure(world.last_modes() == settings.modes, c"modes")?;
            ensure(world.last_bits_per_word() == 16, c"word size")
        })
    }

    /// mux-M11
    #[test]
    fn limits_are_the_parents() -> Result {
        run(|world, dev| {
            ensure(dev.max_transfer_size() == MAX_TRANSFER, c"transfer")?;
            ensure(dev.max_message_size() == MAX_MESSAGE, c"message")?;

            let mut message = echo(&[7; MAX_TRANSFER + 1])?;
            world.forget();
            message.sync(dev)?;
            ensure(
                message.rx(0).ok_or(EIO)?.iter().all(|byte| *byte == 7),
                c"data",
            )?;
            ensure(
                world.happened(&[
                    Event::Select(0),
                    Event::Transfer(MAX_TRANSFER),
                    Event::Transfer(1),
                    Event::Deselect,
                ]),
                c"split",
            )?;

            let faster = Settings {
                max_speed: Hertz::from_mhz(1000),
                ..dev.settings()
            };
            dev.setup(faster)?;
            ensure(dev.settings().max_speed == PARENT_SPEED, c"speed")
        })
    }

    /// A parent may keep settings by chip select, which all children share (mux-M5, mux-M6).
    #[test]
    fn each_child_has_its_settings_on_the_parent() -> Result {
        run_two(|world, dev| {
            // When the first child is unbound, the second one was set up last.
            for _ in 0..2 {
                echo(&[1])?.sync(dev)?;
                let speed = child_speed(dev.chip_select());
                ensure(world.last_speed() == speed, c"in the message")?;
                ensure(world.applied_speed() == speed, c"in the hardware")?;
            }
            if world.phase() == Phase::Probe {
                return Ok(());
            }
            // Another message of the same child needs no setup.
            world.forget();
            echo(&[1])?.sync(dev)?;
            let state = dev.chip_select().into();
            ensure(
                world.happened(&[Event::Select(state), Event::Transfer(1), Event::Deselect]),
                c"no setup",
            )
        })
    }

    /// A chip select may stay active for the next message of the same child; for another child's it
    /// is inactive before the mux moves (mux-M9).
    #[test]
    fn a_kept_chip_select_keeps_the_mux() -> Result {
        run_two(|world, dev| {
            let first = dev.chip_select() == 0;
            let mut keeping = keeping()?;

            if world.phase() == Phase::Unbind && !first {
                // The first child is gone, and has left nothing selected.
                ensure(
                    world.happened(&[
                        Event::Setup,
                        Event::Deselect,
                        Event::Select(0),
                        Event::Transfer(1),
                        Event::Transfer(1),
                        Event::Setup,
                        Event::Deselect,
                    ]),
                    c"given up with the child",
                )?;
            }

            world.forget();
            if first {
                keeping.sync(dev)?;
                ensure(world.last_cs_change(), c"the parent is told")?;
                keeping.sync(dev)?;
            } else {
                echo(&[1])?.sync(dev)?;
                if world.phase() == Phase::Probe {
                    keeping.sync(dev)?;
                }
            }

            let expected: &[Event] = match (world.phase(), first) {
                (Phase::Probe, true) => &[Event::Select(0), Event::Transfer(1), Event::Transfer(1)],
                // The setup of the second child has made the chip select inactive.
                (Phase::Probe, false) => &[
                    Event::Deselect,
                    Event::Select(1),
                    Event::Transfer(1),
                    Event::Deselect,
                    Event::Select(1),
                    Event::Transfer(1),
                ],
                // Here it is the message itself that sees to it.
                (Phase::Unbind, true) => &[
                    Event::Setup,
                    Event::Deselect,
                    Event::Select(0),
                    Event::Transfer(1),
                    Event::Transfer(1),
                ],
                (Phase::Unbind, false) => &[
                    Event::Setup,
                    Event::Select(1),
                    Event::Transfer(1),
                    Event::Deselect,
                ],
            };
            ensure(world.happened(expected), c"what happened")
        })?;
        assert!(world()?.balanced());
        Ok(())
    }

    /// What a message left active does not outlive the child: the chip select is inactive before
    /// the mux is deselected.
    #[test]
    fn a_kept_chip_select_is_given_up_with_the_child() -> Result {
        run(|world, dev| {
            let mut keeping = keeping()?;

            world.forget();
            keeping.sync(dev)?;
            ensure(!world.balanced(), c"kept")
        })?;
        assert!(world()?.balanced());
        assert!(world()?.happened(&[
            Event::Select(0),
            Event::Transfer(1),
            Event::Setup,
            Event::Deselect,
        ]));
        Ok(())
    }

    /// The parent's chip select may still be active after settings that it has refused.
    #[test]
    fn a_kept_chip_select_is_given_up_after_refused_settings() -> Result {
        run(|world, dev| {
            keeping()?.sync(dev)?;

            world.fail(Failing::Setup, EIO);
            let refused = dev.setup(dev.settings()).err();
            world.fail(Failing::None, EIO);
            world.forget();
            ensure(refused == Some(EIO), c"errno")?;
            ensure(!world.balanced(), c"kept")
        })?;
        assert!(world()?.happened(&[Event::Setup, Event::Deselect]));
        Ok(())
    }

    /// As long as the chip select may be active, the mux must not move.
    #[test]
    fn a_chip_select_that_stays_active_keeps_the_mux() -> Result {
        run_two(|world, dev| match (world.phase(), dev.chip_select()) {
            (Phase::Probe, _) => Ok(()),
            (Phase::Unbind, 0) => {
                keeping()?.sync(dev)?;
                world.forget();
                // When the child is removed.
                world.fail(Failing::Setup, EIO);
                Ok(())
            }
            (Phase::Unbind, _) => {
                world.fail(Failing::None, EIO);
                ensure(world.happened(&[]), c"kept")?;
                echo(&[1])?.sync(dev)?;
                ensure(
                    world.happened(&[
                        Event::Setup,
                        Event::Deselect,
                        Event::Select(1),
                        Event::Transfer(1),
                        Event::Deselect,
                    ]),
                    c"given up when it is inactive",
                )
            }
        })?;
        assert!(world()?.balanced());
        Ok(())
    }

    /// A neighbour that keeps its chip select active is not disturbed when another child goes.
    #[test]
    fn a_kept_chip_select_outlives_other_children() -> Result {
        run_two(|world, dev| {
            let mut keeping = keeping()?;

            // The first child goes without a message.
            match (world.phase(), dev.chip_select()) {
                (Phase::Unbind, 0) => {
                    world.forget();
                    return Ok(());
                }
                (Phase::Unbind, _) => ensure(world.happened(&[]), c"left alone")?,
                (Phase::Probe, _) => {}
            }
            keeping.sync(dev)?;
            ensure(!world.balanced(), c"kept")
        })?;
        assert!(world()?.balanced());
        Ok(())
    }

    /// mux-M15
    #[test]
    fn three_deep() -> Result {
        world()?.set_depth(3);
        run(|world, dev| {
            let mut optimized = echo(&[4])?.optimize(dev)?;
            ensure(world.prepared() == 1, c"prepared on the root")?;
            world.forget();
            optimized.sync()?;
            ensure(optimized.rx(0) == Some(&[4]), c"data")?;
            ensure(
                world.happened(&[
                    Event::Select(0),
                    Event::Select(0),
                    Event::Select(0),
                    Event::Transfer(1),
                    Event::Deselect,
                    Event::Deselect,
                    Event::Deselect,
                ]),
                c"inside out",
            )?;

            let slower = Settings {
                max_speed: Hertz::from_khz(500),
                ..dev.settings()
            };
            dev.setup(slower)?;
            echo(&[1])?.sync(dev)?;
            ensure(world.last_speed() == slower.max_speed, c"speed on the root")
        })
    }

    #[test]
    fn everything_is_put_away() -> Result {
        run(works)?;

        let world = world()?;
        assert!(world.balanced());
        assert_eq!(world.prepared(), 0);
        assert_eq!(world.set_up(), 0);
        Ok(())
    }
}
