// SPDX-License-Identifier: GPL-2.0

//! Rust SPI sample: a converter whose samples are streamed.
//!
//! It does what drivers such as `ad7380` do: while a buffer is enabled, one message is prepared,
//! and each trigger sends it as it is. The samples are the contents of a flash memory here, read
//! from address 0 on.
//!
//! To bind it to a flash that has another driver already, see `rust_driver_spi.rs`.

use kernel::{
    clk::Hertz,
    device::{
        Bound,
        Core, //
    },
    of,
    prelude::*,
    spi::{
        self,
        Buffer,
        Delay,
        Message,
        Optimized,
        Transfer, //
    },
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// "Read data": the command, and an address of three bytes.
const READ: u8 = 0x03;

/// How many samples, of a byte each, come with a scan.
const CHANNELS: usize = 4;

/// How many scans are made, and the time between two of them.
const SCANS: u16 = 64;
const PERIOD: Delta = Delta::from_micros(100);

struct AdcDriver;

kernel::spi_device_table! {
    SPI_TABLE,
    <AdcDriver as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"rust_spi_adc"), ())]
}

kernel::of_device_table! {
    OF_TABLE,
    <AdcDriver as spi::Driver>::IdInfo,
    [(of::DeviceId::new(c"test,rust_spi_adc"), ())]
}

/// A buffer that is enabled: its message is prepared, until this is dropped.
struct Stream<'bound> {
    scan: Optimized<'bound>,
}

impl<'bound> Stream<'bound> {
    /// What C drivers do in `buffer_postenable()`.
    fn enable(dev: &'bound spi::Device<Bound>) -> Result<Self> {
        let message = Message::new(
            [
                Transfer::write(Buffer::from_slice(&[READ, 0, 0, 0], GFP_KERNEL)?)
                    .speed(Hertz::from_mhz(1))
                    .delay(Delay::from_micros(1)),
                Transfer::read(Buffer::<u8>::zeroed_for(dev, CHANNELS, GFP_KERNEL)?),
            ],
            GFP_KERNEL,
        )?;

        Ok(Self {
            scan: message.optimize(dev)?,
        })
    }

    /// What C drivers do when the trigger fires: neither validates nor allocates anything.
    fn trigger(&mut self, scan: u16) -> Result<&[u8]> {
        let [high, low] = scan.to_be_bytes();
        if let Some([_, _, to_high, to_low]) = self.scan.tx_mut(0) {
            // The address; only the contents of what is sent can change.
            *to_high = high;
            *to_low = low;
        }

        self.scan.sync()?;
        self.scan.rx(1).ok_or(EIO)
    }
}

impl spi::Driver for AdcDriver {
    type IdInfo = ();
    type Data<'bound> = ();

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&SPI_TABLE);
    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<(), Error> + 'bound {
        let mut stream = Stream::enable(dev)?;

        dev_info!(dev, "streaming\n");
        let mut sum = 0;
        for scan in 0..SCANS {
            // CAST: There are fewer channels than fit.
            let samples = stream.trigger(scan * CHANNELS as u16)?;
            sum += samples.iter().copied().map(u32::from).sum::<u32>();
            fsleep(PERIOD);
        }
        dev_info!(
            dev,
            "{SCANS} scans of {CHANNELS} samples, their sum is {sum}\n"
        );

        Ok(())
    }
}

kernel::module_spi_driver! {
    type: AdcDriver,
    name: "rust_spi_adc",
    authors: ["The Rust SPI developers"],
    description: "Rust SPI sample: a converter whose samples are streamed",
    license: "GPL",
}
