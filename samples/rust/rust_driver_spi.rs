// SPDX-License-Identifier: GPL-2.0

//! Rust SPI driver sample: a prepared message, sent many times.
//!
//! It reads the JEDEC identification of a flash memory. To bind it to one that has another driver
//! already, here `spi0.0`, as root:
//!
//! ```text
//! echo spi0.0 > /sys/bus/spi/drivers/spi-nor/unbind
//! echo rust_driver_spi > /sys/bus/spi/devices/spi0.0/driver_override
//! echo spi0.0 > /sys/bus/spi/drivers/rust_driver_spi/bind
//! ```

use kernel::{
    device::{
        Bound,
        Core, //
    },
    of,
    prelude::*,
    spi::{
        self,
        Buffer,
        Message,
        Optimized,
        Transfer, //
    }, //
};

/// "Read identification", in all JEDEC flash memories.
const READ_ID: u8 = 0x9f;

/// How often the identification is read; it must be the same each time.
const READS: usize = 16;

struct SampleDriver;

struct SampleData<'bound> {
    dev: &'bound spi::Device<Bound>,
}

kernel::spi_device_table! {
    SPI_TABLE,
    <SampleDriver as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"rust_driver_spi"), ())]
}

kernel::of_device_table! {
    OF_TABLE,
    <SampleDriver as spi::Driver>::IdInfo,
    [(of::DeviceId::new(c"test,rust_driver_spi"), ())]
}

/// Prepares a message that reads the identification: one byte out, then three in.
fn read_id_message(dev: &spi::Device<Bound>) -> Result<Optimized<'_>> {
    let message = Message::new(
        [
            Transfer::write(Buffer::from_slice(&[READ_ID], GFP_KERNEL)?),
            Transfer::read(Buffer::<u8>::zeroed(3, GFP_KERNEL)?),
        ],
        GFP_KERNEL,
    )?;

    Ok(message.optimize(dev)?)
}

/// Sends the message and returns the identification: manufacturer, type, capacity.
fn read_id(message: &mut Optimized<'_>) -> Result<[u8; 3]> {
    message.sync()?;

    let id = message.rx(1).ok_or(EIO)?;
    id.try_into().map_err(|_| EIO)
}

impl spi::Driver for SampleDriver {
    type IdInfo = ();
    type Data<'bound> = SampleData<'bound>;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&SPI_TABLE);
    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<SampleData<'bound>, Error> + 'bound {
        let mut message = read_id_message(dev)?;

        let id = read_id(&mut message)?;
        let mut bytes = message.actual_length();
        for _ in 1..READS {
            if read_id(&mut message)? != id {
                dev_err!(dev, "the identification changes\n");
                return Err(EIO);
            }
            bytes += message.actual_length();
        }

        let [manufacturer, kind, capacity] = id;
        dev_info!(
            dev,
            "JEDEC ID {manufacturer:02x} {kind:02x} {capacity:02x}, {} prepared messages, {} bytes\n",
            READS,
            bytes
        );

        Ok(SampleData { dev })
    }
}

impl Drop for SampleData<'_> {
    fn drop(&mut self) {
        dev_info!(self.dev, "unbound\n");
    }
}

kernel::module_spi_driver! {
    type: SampleDriver,
    name: "rust_driver_spi",
    authors: ["The Rust SPI developers"],
    description: "Rust SPI driver sample",
    license: "GPL",
}
