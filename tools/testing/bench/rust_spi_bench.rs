// SPDX-License-Identifier: GPL-2.0

//! Measures SPI messages that are sent through the Rust interface.
//!
//! Bound to a device (by `driver_override`), it sends the same messages as `spi_bench` does by
//! default, prepared and not, and logs what that took:
//!
//! ```text
//! rust_spi_bench spi0.0: case=prepared messages=1000 sent=1101 ns=... rx=...
//! ```

use kernel::{
    clk::Hertz,
    device::{
        Bound,
        Core, //
    },
    prelude::*,
    spi::{
        self,
        Buffer,
        Message,
        Transfer, //
    },
    time::{
        Instant,
        Monotonic, //
    }, //
};

/// The bytes of a message; a flash answers to the first one with its identification.
const DATA: [u8; 4] = [0x9f, 0, 0, 0];

const WARMUP: u32 = 101;
const MESSAGES: u32 = 1000;

struct Bench;

kernel::spi_device_table! {
    SPI_TABLE,
    <Bench as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"rust_spi_bench"), ())]
}

fn message() -> Result<Message> {
    let transfer = Transfer::exchange(
        Buffer::from_slice(&DATA, GFP_KERNEL)?,
        Buffer::<u8>::zeroed(DATA.len(), GFP_KERNEL)?,
    )?;

    Message::new([transfer.speed(Hertz::from_mhz(1))], GFP_KERNEL)
}

/// Sends the warm-up, then measures; returns the nanoseconds.
fn measure(mut send: impl FnMut() -> Result) -> Result<i64> {
    for _ in 0..WARMUP {
        send()?;
    }

    let start = Instant::<Monotonic>::now();
    for _ in 0..MESSAGES {
        send()?;
    }
    Ok(start.elapsed().as_nanos())
}

fn report(dev: &spi::Device<Bound>, case: &str, ns: i64, rx: Option<&[u8]>) -> Result {
    let [a, b, c, d] = rx.and_then(|rx| rx.try_into().ok()).ok_or(EIO)?;
    let sent = WARMUP + MESSAGES;

    dev_info!(
        dev,
        "case={case} messages={MESSAGES} sent={sent} ns={ns} rx={a:02x}{b:02x}{c:02x}{d:02x}\n"
    );
    Ok(())
}

fn unprepared(dev: &spi::Device<Bound>) -> Result {
    let mut message = message()?;

    let ns = measure(|| message.sync(dev))?;
    report(dev, "unprepared", ns, message.rx(0))
}

fn prepared(dev: &spi::Device<Bound>) -> Result {
    let mut message = message()?.optimize(dev)?;

    let ns = measure(|| message.sync())?;
    report(dev, "prepared", ns, message.rx(0))
}

impl spi::Driver for Bench {
    type IdInfo = ();
    type Data<'bound> = ();

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&SPI_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<(), Error> + 'bound {
        unprepared(dev)?;
        prepared(dev)?;

        Ok::<_, Error>(())
    }
}

kernel::module_spi_driver! {
    type: Bench,
    name: "rust_spi_bench",
    authors: ["The Rust SPI developers"],
    description: "SPI message benchmark, Rust interface",
    license: "GPL",
}
