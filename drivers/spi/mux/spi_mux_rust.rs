// SPDX-License-Identifier: GPL-2.0

//! General purpose SPI multiplexer.
//!
//! It drives a mux on an SPI bus, for boards that need more chip selects than the controller has:
//! one chip select of the parent reaches several chips, one at a time. It adds an SPI controller of
//! its own, whose chip selects are the states of the mux.
//!
//! A message of a child is passed on in the thread that sends it: select the mux, send, deselect. It
//! is prepared, by the parent as well, when the child's driver prepares it.
//!
//! Limitations:
//! - A chip select never stays active between two messages, also when a message asks for it with
//!   `cs_change` on its last transfer: the mux may be moved in between.
//! - A task that is killed while it waits for the mux gets `EINTR` for its message.
//! - Memory operations (spi-mem) of the parent are not passed on, nor are its offloads; the
//!   children's drivers fall back to messages.

use kernel::{
    device::Core,
    mux,
    of,
    prelude::*,
    spi::{
        self,
        controller, //
    },
    types::ForLt, //
};

mod controller_ops;
#[cfg(CONFIG_SPI_MUX_RUST_KUNIT_TEST)]
mod tests;

use controller_ops::{
    Mux,
    Select, //
};

struct MuxDriver;

/// The ids that make modprobe load this module.
///
/// If the C driver is built as a module too, it is the one that loads by itself, as it always did.
#[cfg(not(CONFIG_SPI_MUX))]
mod ids {
    use super::*;

    kernel::spi_device_table! {
        TABLE,
        <MuxDriver as spi::Driver>::IdInfo,
        [(spi::DeviceId::new(c"spi-mux"), ())]
    }

    pub(super) const SPI_TABLE: spi::IdTable<()> = &TABLE;
}

#[cfg(CONFIG_SPI_MUX)]
mod ids {
    use super::*;
    use kernel::device_id::IdArray;

    static TABLE: IdArray<spi::DeviceId, (), 1> =
        IdArray::new([(spi::DeviceId::new(c"spi-mux"), &())]);

    pub(super) const SPI_TABLE: spi::IdTable<()> = &TABLE;
}

kernel::of_device_table! {
    OF_TABLE,
    <MuxDriver as spi::Driver>::IdInfo,
    [(of::DeviceId::new(c"spi-mux"), ())]
}

impl spi::Driver for MuxDriver {
    type IdInfo = ();
    type Data<'bound> = controller::Registration<'bound, Mux<ForLt!(mux::Control<'_>)>>;

    const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(ids::SPI_TABLE);
    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        dev: &'bound spi::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
        let control = mux::Control::get(dev.as_ref(), None)?;
        let states = control.states();

        let settings = controller::Settings::forwarding(dev, u16::try_from(states)?)?;

        // SAFETY: The registration becomes the data of the driver, which the driver core drops
        // before it unbinds the device, and it is not forgotten before that.
        unsafe {
            controller::Registration::new(
                dev.as_ref(),
                &settings,
                Ok::<_, Error>(controller_ops::Data::new(dev, control)),
            )
        }
    }
}

impl Select for mux::Control<'_> {
    type Selected<'s>
        = mux::Selected<'s>
    where
        Self: 's;

    fn select(&self, state: u32) -> Result<Self::Selected<'_>> {
        mux::Control::select(self, state)
    }
}

kernel::module_spi_driver! {
    type: MuxDriver,
    name: "spi_mux_rust",
    authors: ["The Rust SPI developers"],
    description: "SPI multiplexer",
    license: "GPL",
}
