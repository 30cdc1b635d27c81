// SPDX-License-Identifier: GPL-2.0

//! Tests with a driver of a device on a simulated controller.

use crate::{
    bus::Bus,
    config::Config,
    faults::Fault,
    instance::Instance,
    setting::Setting,
    target::{
        Kind,
        TargetConfig, //
    }, //
};
use kernel::{
    device::Core,
    driver,
    module::this_module,
    prelude::*,
    spi::{
        self,
        Buffer,
        Message,
        Transfer, //
    },
    sync::{
        Arc,
        Mutex,
        SetOnce, //
    }, //
};

/// The body of a test: what the driver of the device does.
pub(super) type Body = fn(&Bus, &spi::Device<Core<'_>>) -> Result;

pub(super) struct State {
    bus: Option<Arc<Bus>>,
    body: Option<Body>,
    outcome: Option<Result>,
    /// What a controller at the other end waits with.
    pub(super) answer: Option<spi::Pending>,
}

/// What a test and the driver share.
#[pin_data]
pub(super) struct World {
    #[pin]
    pub(super) state: Mutex<State>,
}

static WORLD: SetOnce<Arc<World>> = SetOnce::new();

pub(super) fn world() -> Result<&'static World> {
    if WORLD.as_ref().is_none() {
        WORLD.populate(Arc::pin_init(
            pin_init!(World {
                state <- kernel::new_mutex!(State {
                    bus: None,
                    body: None,
                    outcome: None,
                    answer: None,
                }),
            }),
            GFP_KERNEL,
        )?);
    }
    WORLD.as_ref().map(|world| &**world).ok_or(ENOMEM)
}

/// The driver of the device.
struct Client;

kernel::spi_device_table! {
    CLIENT_TABLE,
    <Client as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"spi_sim_kunit"), ())]
}

impl spi::Driver for Client {
    type IdInfo = ();
    type Data<'bound> = Self;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&CLIENT_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self, Error> + 'bound {
        let world = world()?;
        let (bus, body) = {
            let state = world.state.lock();
            (state.bus.clone(), state.body)
        };

        if let (Some(bus), Some(body)) = (bus, body) {
            let outcome = body(&bus, dev);
            world.state.lock().outcome = Some(outcome);
        }
        Ok(Self)
    }
}

/// Turns a condition of a test body into its result.
pub(super) fn ensure(condition: bool, what: &CStr) -> Result {
    if condition {
        return Ok(());
    }
    pr_err!("failed: {what:?}\n");
    Err(EBADMSG)
}

/// A message of one transfer.
pub(super) fn message(transfer: Transfer) -> Result<Message> {
    Message::new([transfer], GFP_KERNEL)
}

/// A message of bytes that go out, and of what comes in for them.
pub(super) fn echo(data: &[u8]) -> Result<Message> {
    let buffer = Buffer::from_slice(data, GFP_KERNEL)?;

    message(Transfer::exchange_in_place(buffer))
}

/// A registered driver of devices.
pub(super) type Registered<T> = Pin<KBox<driver::Registration<spi::Adapter<T>>>>;

pub(super) fn register<T: spi::Driver + 'static>(name: &'static CStr) -> Result<Registered<T>> {
    KBox::pin_init(
        driver::Registration::new(name, this_module::<crate::LocalModule>()),
        GFP_KERNEL,
    )
}

/// Starts a controller with a device, whose driver runs the body of the test.
///
/// # Errors
///
/// `ENXIO` if the body did not run, else those of the body.
pub(super) fn run_with(mut config: Config, target: TargetConfig, body: Body) -> Result {
    let world = world()?;
    let _client = register::<Client>(c"spi_sim_kunit")?;

    config.targets.push((0, target), GFP_KERNEL)?;
    let instance = Instance::without_devices(c"spi_sim_kunit", &config)?;
    {
        let mut state = world.state.lock();
        state.bus = Some(instance.bus().clone());
        state.body = Some(body);
        state.outcome = None;
    }
    let added = instance.add_devices(&config);
    drop(instance);

    let mut state = world.state.lock();
    state.bus = None;
    state.body = None;
    state.answer = None;
    added?;
    state.outcome.take().unwrap_or(Err(ENXIO))
}

pub(super) fn target(kind: Kind) -> Result<TargetConfig> {
    let mut target = TargetConfig::new(kind);
    target.modalias = Setting::parse("spi_sim_kunit")?;
    Ok(target)
}

fn run(kind: Kind, body: Body) -> Result {
    run_with(Config::default(), target(kind)?, body)
}

#[kernel::macros::kunit_tests(spi_sim_bus)]
mod suite {
    use super::*;
    use crate::{
        log::What,
        log_text,
        setting::Auto,
        timing::Timing,
        vcd, //
    };
    use kernel::{
        clk::Hertz,
        spi::{
            Delay,
            Mode,
            Settings, //
        },
        str::Formatter,
        time::{
            Delta,
            Instant,
            Monotonic, //
        }, //
    };

    /// Sends a message over a loopback, and checks that all of it comes back.
    fn works(dev: &spi::Device<Core<'_>>) -> Result {
        let mut message = echo(&[1, 2, 3])?;

        message.sync(dev)?;
        ensure(message.rx(0) == Some(&[1, 2, 3]), c"data")
    }

    #[test]
    fn data_come_back_at_once_and_by_the_record() -> Result {
        for log_size in [0, 4096] {
            for prepares in [false, true] {
                let config = Config {
                    log_size,
                    prepares,
                    ..Config::default()
                };
                run_with(config, target(Kind::Loopback)?, |_, dev| {
                    works(dev)?;
                    let mut optimized = echo(&[4, 5])?.optimize(dev)?;
                    optimized.sync()?;
                    ensure(optimized.rx(0) == Some(&[4, 5]), c"optimized")
                })?;
            }
        }
        Ok(())
    }

    #[test]
    fn long_transfers_are_exchanged_in_pieces() -> Result {
        run(Kind::Loopback, |_, dev| {
            let mut data = KVec::new();
            for byte in 0..1000u16 {
                let [_, low] = byte.to_be_bytes();
                data.push(low, GFP_KERNEL)?;
            }
            let mut message = echo(&data)?;
            message.sync(dev)?;
            ensure(message.rx(0) == Some(&*data), c"data")
        })
    }

    #[test]
    fn chips_see_each_message() -> Result {
        run(Kind::Registers, |_, dev| {
            echo(&[0x02, 0x5a, 0xa5])?.sync(dev)?;
            let mut read = echo(&[0x82, 0, 0])?;
            read.sync(dev)?;
            ensure(read.rx(0) == Some(&[0, 0x5a, 0xa5]), c"registers")
        })
    }

    #[test]
    fn limits_are_those_of_the_settings() -> Result {
        let config = Config {
            max_transfer_size: Auto(Some(16)),
            max_message_size: Auto(Some(64)),
            ..Config::default()
        };
        run_with(config, target(Kind::Loopback)?, |_, dev| {
            ensure(dev.max_transfer_size() == 16, c"transfer")?;
            ensure(dev.max_message_size() == 64, c"message")?;
            echo(&[7; 40])?.sync(dev)
        })
    }

    #[test]
    fn the_nth_transfer_fails_once() -> Result {
        run(Kind::Loopback, |bus, dev| {
            bus.set_fault(Fault::FailNth, 3);
            works(dev)?;
            works(dev)?;
            ensure(works(dev).err() == Some(EIO), c"third")?;
            works(dev)
        })
    }

    #[test]
    fn faults_are_seen_by_what_comes_back_at_once() -> Result {
        let config = Config {
            log_size: 0,
            ..Config::default()
        };
        run_with(config, target(Kind::Loopback)?, |bus, dev| {
            works(dev)?;
            bus.set_fault(Fault::FailNth, 1);
            ensure(works(dev).err() == Some(EIO), c"fault")?;
            works(dev)
        })
    }

    #[test]
    fn transfers_time_out() -> Result {
        run(Kind::Loopback, |bus, dev| {
            bus.set_fault(Fault::Timeout, 2);
            for _ in 0..2 {
                ensure(works(dev).err() == Some(ETIMEDOUT), c"timeout")?;
            }
            works(dev)
        })
    }

    #[test]
    fn a_short_transfer_leaves_the_rest_alone() -> Result {
        run(Kind::Loopback, |bus, dev| {
            bus.set_fault(Fault::Short, 2);
            let mut message = message(Transfer::exchange(
                Buffer::from_slice(&[1_u8, 2, 3, 4], GFP_KERNEL)?,
                Buffer::<u8>::zeroed(4, GFP_KERNEL)?,
            )?)?;
            ensure(message.sync(dev).err() == Some(EIO), c"errno")?;
            ensure(message.rx(0) == Some(&[1, 2, 0, 0]), c"data")?;
            works(dev)
        })
    }

    #[test]
    fn a_transfer_can_be_shorter_than_nothing() -> Result {
        run(Kind::Loopback, |bus, dev| {
            bus.set_fault(Fault::Short, u32::MAX);
            ensure(works(dev).err() == Some(EIO), c"errno")?;
            works(dev)
        })
    }

    #[test]
    fn bits_are_wrong() -> Result {
        run(Kind::Loopback, |bus, dev| {
            bus.set_fault(Fault::BitError, 12);
            let mut message = echo(&[0; 6])?;
            message.sync(dev)?;
            ensure(
                message.rx(0) == Some(&[0x00, 0x10, 0x01, 0x00, 0x10, 0x01]),
                c"every twelfth bit",
            )?;
            bus.set_fault(Fault::BitError, 0);
            works(dev)
        })
    }

    #[test]
    fn memory_is_stuck() -> Result {
        run(Kind::Flash, |bus, dev| {
            for stuck in [1, 0] {
                bus.set_fault(Fault::StuckBusy, stuck);
                let mut status = echo(&[0x05, 0, 0])?;
                status.sync(dev)?;
                let [_, first, second] = *status.rx(0).ok_or(EIO)? else {
                    return Err(EIO);
                };
                ensure(first == second && u32::from(first & 1) == stuck, c"busy")?;
            }
            Ok(())
        })
    }

    #[test]
    fn settings_are_refused() -> Result {
        run(Kind::Loopback, |bus, dev| {
            let old = dev.settings();
            let new = Settings {
                modes: Mode::ClockPhase.into(),
                ..old
            };
            bus.set_fault(Fault::RefuseSetup, 1);
            ensure(dev.setup(new).err() == Some(EINVAL), c"errno")?;
            ensure(dev.settings() == old, c"the old ones stay")?;
            works(dev)?;
            bus.set_fault(Fault::RefuseSetup, 0);
            dev.setup(new)
        })
    }

    /// Returns how long a message takes, by the clock of the machine.
    fn time(dev: &spi::Device<Core<'_>>, message: &mut Message) -> Result<Delta> {
        let start = Instant::<Monotonic>::now();

        message.sync(dev)?;
        Ok(start.elapsed())
    }

    #[test]
    fn transfers_take_longer() -> Result {
        run(Kind::Loopback, |bus, dev| {
            for hard_irq in [0, 1] {
                bus.set_fault(Fault::HardIrq, hard_irq);
                bus.set_fault(Fault::DelayUs, 3000);
                let taken = time(dev, &mut echo(&[1])?)?;
                ensure(taken >= Delta::from_micros(3000), c"delay")?;
            }
            Ok(())
        })
    }

    #[test]
    fn transfers_end_in_a_hard_interrupt() -> Result {
        run(Kind::Loopback, |bus, dev| {
            bus.set_fault(Fault::HardIrq, 1);
            for _ in 0..100 {
                works(dev)?;
            }
            let mut optimized = echo(&[6])?.optimize(dev)?;
            optimized.sync()?;
            ensure(optimized.rx(0) == Some(&[6]), c"optimized")
        })
    }

    #[test]
    fn an_interrupt_that_is_late_ends_nothing_else() -> Result {
        run(Kind::Loopback, |bus, dev| {
            // Later than the core waits.
            bus.set_fault(Fault::HardIrq, 1);
            bus.set_fault(Fault::DelayUs, 260_000);
            ensure(works(dev).err() == Some(ETIMEDOUT), c"late")?;

            bus.set_fault(Fault::DelayUs, 100_000);
            let taken = time(dev, &mut echo(&[1])?)?;
            ensure(taken >= Delta::from_millis(100), c"the next one")
        })
    }

    #[test]
    fn bits_take_the_time_of_the_clock() -> Result {
        let config = Config {
            timing: Timing::Clock,
            ..Config::default()
        };
        run_with(config, target(Kind::Loopback)?, |_, dev| {
            let transfer = Transfer::exchange_in_place(Buffer::<u8>::zeroed(100, GFP_KERNEL)?);
            let mut message = message(transfer.speed(Hertz::from_khz(100)))?;
            // 800 bits of 10 us.
            ensure(time(dev, &mut message)? >= Delta::from_millis(8), c"time")
        })
    }

    #[test]
    fn words_have_delays_between_them() -> Result {
        let config = Config {
            timing: Timing::Clock,
            ..Config::default()
        };
        run_with(config, target(Kind::Loopback)?, |bus, dev| {
            let transfer = Transfer::exchange_in_place(Buffer::<u8>::zeroed(9, GFP_KERNEL)?);
            let transfer = transfer
                .speed(Hertz::from_mhz(1))
                .word_delay(Delay::from_micros(500));
            bus.clear_log();
            let taken = time(dev, &mut message(transfer)?)?;
            // Eight delays.
            ensure(taken >= Delta::from_millis(4), c"time")?;

            let mut page = KVec::zeroed(16384, GFP_KERNEL)?;
            let log = bus.log()?;
            let text = written(&mut page, |f| log_text::write(f, &log))?;
            ensure(text.contains(", 500000 ns between words, tx"), c"record")?;

            // The device's own is the least there is.
            dev.setup(Settings {
                word_delay: Delay::from_micros(700),
                ..dev.settings()
            })?;
            let taken = time(dev, &mut echo(&[0; 9])?)?;
            ensure(taken >= Delta::from_micros(5600), c"the device's own")
        })
    }

    /// Returns the lengths of the transfers in the record.
    fn lengths(bus: &Bus) -> Result<KVec<u32>> {
        let mut lengths = KVec::new();

        for entry in bus.log()?.entries() {
            if let What::Transfer { len, .. } = entry.event().what {
                lengths.push(len, GFP_KERNEL)?;
            }
        }
        Ok(lengths)
    }

    #[test]
    fn long_transfers_are_split_by_the_controller() -> Result {
        let config = Config {
            split_words: Auto(Some(4)),
            ..Config::default()
        };
        run_with(config, target(Kind::Loopback)?, |bus, dev| {
            let data = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
            let mut message = echo(&data)?;
            for _ in 0..2 {
                bus.clear_log();
                message.sync(dev)?;
                ensure(message.rx(0) == Some(&data), c"data")?;
                ensure(*lengths(bus)? == [4, 4, 2], c"bytes")?;
            }

            let mut optimized = message.optimize(dev)?;
            bus.clear_log();
            optimized.sync()?;
            ensure(*lengths(bus)? == [4, 4, 2], c"prepared")?;
            ensure(optimized.rx(0) == Some(&data), c"prepared data")?;

            let transfer =
                Transfer::exchange_in_place(Buffer::<u16>::zeroed(5, GFP_KERNEL)?.bits::<16>());
            bus.clear_log();
            self::message(transfer)?.sync(dev)?;
            ensure(*lengths(bus)? == [8, 2], c"words of 16 bits")
        })
    }

    #[test]
    fn splitting_that_can_not_be_is_refused() {
        let split = |split_words, prepares| Config {
            split_words: Auto(split_words),
            prepares,
            ..Config::default()
        };

        assert!(split(Some(1), true).settings().is_ok());
        assert!(split(None, false).settings().is_ok());
        assert_eq!(split(Some(0), true).settings().err(), Some(EINVAL));
        assert_eq!(split(Some(1), false).settings().err(), Some(EINVAL));
    }

    /// Returns what a function writes.
    fn written<'a>(
        page: &'a mut [u8],
        write: impl FnOnce(&mut Formatter<'_>) -> kernel::fmt::Result,
    ) -> Result<&'a str> {
        let len = {
            let mut f = Formatter::new(page);
            write(&mut f)?;
            f.bytes_written()
        };
        core::str::from_utf8(page.get(..len).ok_or(ENOSPC)?).map_err(|_| EINVAL)
    }

    #[test]
    fn the_record_tells_what_happened() -> Result {
        run(Kind::Loopback, |bus, dev| {
            bus.clear_log();
            echo(&[0x9f, 0x01])?.sync(dev)?;

            let mut page = KVec::zeroed(16384, GFP_KERNEL)?;
            let log = bus.log()?;
            let text = written(&mut page, |f| log_text::write(f, &log))?;
            ensure(text.lines().count() == 3, c"three events")?;
            ensure(text.contains("cs0 select\n"), c"select")?;
            ensure(text.contains(", tx 9f 01, rx 9f 01\n"), c"data")?;
            ensure(text.ends_with("cs0 deselect\n"), c"deselect")?;

            let text = written(&mut page, |f| vcd::write(f, &log, 4))?;
            ensure(text.contains("$var wire 1 ! SCLK $end\n"), c"clock")?;
            ensure(text.matches("1!\n").count() == 16, c"cycles")?;
            ensure(text.matches("0A\n").count() == 1, c"chip select")
        })
    }

    #[test]
    fn the_record_does_not_grow() -> Result {
        let config = Config {
            log_size: 256,
            ..Config::default()
        };
        run_with(config, target(Kind::Loopback)?, |bus, dev| {
            for _ in 0..100 {
                echo(&[0x5a; 10])?.sync(dev)?;
            }
            let log = bus.log()?;
            ensure(log.size() == 256, c"size")?;
            let events = log.entries().count();
            ensure((1..=8).contains(&events), c"events")?;
            ensure(log.lost() > 280, c"lost")?;
            // What is there is whole.
            ensure(
                log.entries()
                    .all(|entry| (0..entry.len()).all(|i| entry.bytes(i) == (0x5a, 0x5a))),
                c"data",
            )?;
            // A transfer that is longer than the record is kept in part.
            echo(&[0x5a; 1000])?.sync(dev)?;
            ensure(bus.log()?.entries().any(|entry| entry.len() == 64), c"part")
        })
    }
}
