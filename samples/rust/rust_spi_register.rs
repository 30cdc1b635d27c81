// SPDX-License-Identifier: GPL-2.0

//! Rust SPI sample: a device with registers.
//!
//! The registers are those of a flash memory: its identification, and a status with a bit that
//! enables writing. Each access is a short exchange that copies; that is good enough for
//! configuration. The bus is locked where nothing may come in between.
//!
//! To bind it to a flash that has another driver already, here `spi0.0`, as root:
//!
//! ```text
//! echo spi0.0 > /sys/bus/spi/drivers/spi-nor/unbind
//! echo rust_spi_register > /sys/bus/spi/devices/spi0.0/driver_override
//! echo spi0.0 > /sys/bus/spi/drivers/rust_spi_register/bind
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
        BusLock,
        Message,
        Optimized,
        Transfer, //
    }, //
};

/// The commands that a flash understands.
mod command {
    pub(super) const WRITE_DISABLE: u8 = 0x04;
    pub(super) const READ_STATUS: u8 = 0x05;
    pub(super) const WRITE_ENABLE: u8 = 0x06;
    pub(super) const READ_ID: u8 = 0x9f;
}

/// The bit of the status that tells that writing is enabled.
const WRITE_ENABLED: u8 = 1 << 1;

struct RegisterDriver;

/// The registers of a device.
struct Registers<'bound> {
    dev: &'bound spi::Device<Bound>,
}

kernel::spi_device_table! {
    SPI_TABLE,
    <RegisterDriver as spi::Driver>::IdInfo,
    [(spi::DeviceId::new(c"rust_spi_register"), ())]
}

kernel::of_device_table! {
    OF_TABLE,
    <RegisterDriver as spi::Driver>::IdInfo,
    [(of::DeviceId::new(c"test,rust_spi_register"), ())]
}

impl<'bound> Registers<'bound> {
    fn id(&self) -> Result<[u8; 3]> {
        self.dev.read_register(command::READ_ID)
    }

    fn status(&self) -> Result<u8> {
        let [status] = self.dev.read_register(command::READ_STATUS)?;
        Ok(status)
    }

    /// Enables or disables writing; the status tells whether it worked.
    fn enable_writing(&self, enable: bool) -> Result {
        self.dev.write(&[if enable {
            command::WRITE_ENABLE
        } else {
            command::WRITE_DISABLE
        }])?;

        if (self.status()? & WRITE_ENABLED != 0) != enable {
            return Err(EIO);
        }
        Ok(())
    }

    /// Prepares messages that enable writing, read the status, and disable writing again.
    fn toggle_messages(&self) -> Result<[Optimized<'bound>; 3]> {
        let bytes = |data: &[u8]| Buffer::from_slice(data, GFP_KERNEL);
        let one = |transfer| -> Result<Optimized<'bound>> {
            Ok(Message::new([transfer], GFP_KERNEL)?.optimize(self.dev)?)
        };

        Ok([
            one(Transfer::write(bytes(&[command::WRITE_ENABLE])?))?,
            one(Transfer::exchange_in_place(bytes(&[
                command::READ_STATUS,
                0,
            ])?))?,
            one(Transfer::write(bytes(&[command::WRITE_DISABLE])?))?,
        ])
    }

    /// Enables writing for as long as the status is read; nobody else gets onto the bus meanwhile.
    fn status_while_enabled(&self) -> Result<u8> {
        let mut messages = self.toggle_messages()?;
        let mut bus = BusLock::new(self.dev, &mut messages)?;

        bus.sync(0)?;
        bus.sync(1)?;
        bus.sync(2)?;

        match bus[1].rx(0) {
            Some([_, status]) => Ok(*status),
            _ => Err(EIO),
        }
    }
}

impl spi::Driver for RegisterDriver {
    type IdInfo = ();
    type Data<'bound> = Registers<'bound>;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&SPI_TABLE);
    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Registers<'bound>, Error> + 'bound {
        let registers = Registers { dev };

        let [manufacturer, kind, capacity] = registers.id()?;
        registers.enable_writing(true)?;
        registers.enable_writing(false)?;
        let under_lock = registers.status_while_enabled()?;
        let after = registers.status()?;

        dev_info!(
            dev,
            "ID {manufacturer:02x} {kind:02x} {capacity:02x}, status {under_lock:02x} then {after:02x}\n"
        );
        Ok(registers)
    }
}

kernel::module_spi_driver! {
    type: RegisterDriver,
    name: "rust_spi_register",
    authors: ["The Rust SPI developers"],
    description: "Rust SPI sample: a device with registers",
    license: "GPL",
}
