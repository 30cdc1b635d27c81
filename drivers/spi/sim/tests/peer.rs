// SPDX-License-Identifier: GPL-2.0

//! Tests with another controller at the other end of the bus.

use super::bus::{
    echo,
    ensure,
    message,
    register,
    run_with,
    target,
    world, //
};
use crate::{
    config::Config,
    setting::Setting,
    target::{
        Kind,
        Target,
        TargetConfig, //
    }, //
};
use kernel::{
    device::Core,
    prelude::*,
    spi::{
        self,
        AsyncMessage,
        Buffer,
        Message,
        Transfer, //
    },
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// What the other end answers.
const ANSWER: [u8; 3] = [0xa1, 0x5a, 0x0f];

/// The driver of the device on a controller at the other end: it answers one message.
struct Answerer;

kernel::spi_device_table! {
    ANSWERER_TABLE,
    <Answerer as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"spi_sim_answerer"), ())]
}

impl spi::Driver for Answerer {
    type IdInfo = ();
    type Data<'bound> = Self;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&ANSWERER_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self, Error> + 'bound {
        let message = echo(&ANSWER)?.optimize(dev)?;
        let answer = message.into_async(GFP_KERNEL)?.start()?;

        world()?.state.lock().answer = Some(answer);
        // If no host clocks it, it is ended when the device is unbound.
        Ok(Self)
    }
}

/// Sends some bytes, and returns the message with what came back.
fn send(dev: &spi::Device<Core<'_>>, data: &[u8]) -> Result<Message> {
    let mut message = echo(data)?;

    message.sync(dev)?;
    Ok(message)
}

/// Sends a byte again and again until the other end, which takes a while to be ready, answers.
fn first_answer(dev: &spi::Device<Core<'_>>) -> Result<u8> {
    for _ in 0..1000 {
        match send(dev, &[0x11])?.rx(0) {
            Some(&[0xff]) => fsleep(Delta::from_millis(1)),
            Some(&[byte]) => return Ok(byte),
            _ => return Err(EINVAL),
        }
    }
    Err(ETIMEDOUT)
}

/// Waits until the other end has answered, and returns its message.
fn answered() -> Result<AsyncMessage> {
    let answer = world()?.state.lock().answer.take().ok_or(ENXIO)?;
    let (answer, result) = answer.wait();

    result.map(|()| answer)
}

/// Runs the body of a test with a controller at the other end, whose device has the driver.
fn run(body: super::bus::Body) -> Result {
    let _answerer = register::<Answerer>(c"spi_sim_answerer")?;
    let target = TargetConfig {
        handler: Setting::parse("spi_sim_answerer")?,
        ..target(Kind::Controller)?
    };

    run_with(Config::default(), target, body)
}

#[kernel::macros::kunit_tests(spi_sim_peer)]
mod suite {
    use super::*;

    #[test]
    fn another_controller_answers() -> Result {
        run(|_, dev| {
            ensure(first_answer(dev)? == ANSWER[0], c"first byte")?;
            // The rest, and one byte for which there is no answer.
            let message = send(dev, &[0x22, 0x33, 0x44])?;
            ensure(
                message.rx(0) == Some(&[ANSWER[1], ANSWER[2], 0xff]),
                c"answer",
            )?;

            let answer = answered()?;
            ensure(answer.rx(0) == Some(&[0x11, 0x22, 0x33]), c"question")
        })
    }

    /// Words of the host need not be bytes; the other end counts bits.
    #[test]
    fn words_of_the_host_can_have_any_size() -> Result {
        run(|_, dev| {
            ensure(first_answer(dev)? == ANSWER[0], c"first byte")?;
            let words = Buffer::<u16>::from_slice(&[0x2233], GFP_KERNEL)?.bits::<16>();
            let mut message = message(Transfer::exchange_in_place(words))?;
            message.sync(dev)?;
            ensure(message.rx_words::<u16>(0) == Some(&[0x5a0f]), c"answer")?;

            ensure(answered()?.rx(0) == Some(&[0x11, 0x22, 0x33]), c"question")
        })
    }

    /// Who comes in the middle of a byte is there for the next one.
    #[test]
    fn another_controller_begins_with_a_whole_byte() -> Result {
        run(|bus, dev| {
            ensure(first_answer(dev)? == ANSWER[0], c"first byte")?;
            send(dev, &[0x22, 0x33])?;
            let answer = answered()?;

            let port = bus.target(0).and_then(Target::port).ok_or(ENXIO)?;
            ensure(port.output() == 0xff, c"nobody is there")?;
            let answer = answer.start()?;
            while !port.is_waiting() {
                fsleep(Delta::from_millis(1));
            }
            port.input(0x44);

            // It sends what it has received before.
            let message = send(dev, &[0x55, 0x66, 0x77])?;
            ensure(message.rx(0) == Some(&[0x11, 0x22, 0x33]), c"answer")?;
            let (answer, result) = answer.wait();
            result?;
            ensure(answer.rx(0) == Some(&[0x55, 0x66, 0x77]), c"question")
        })
    }

    #[test]
    fn another_controller_may_still_wait_in_the_end() -> Result {
        run(|_, dev| ensure(first_answer(dev)? == ANSWER[0], c"first byte"))
    }

    #[test]
    fn without_a_message_nobody_answers() -> Result {
        run_with(Config::default(), target(Kind::Controller)?, |_, dev| {
            let message = send(dev, &[0, 0x5a])?;
            ensure(message.rx(0) == Some(&[0xff, 0xff]), c"all ones")
        })
    }
}
