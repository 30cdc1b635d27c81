// SPDX-License-Identifier: GPL-2.0

//! General purpose SPI multiplexer.
//!
//! It drives a mux on an SPI bus, for boards that need more chip selects than the controller has:
//! one chip select of the parent reaches several chips, one at a time. It adds an SPI controller of
//! its own, whose chip selects are the states of the mux.
//!
//! A message of a child is passed on in the thread that sends it: select the mux, send, deselect.
//! It is prepared, by the parent as well, when the child's driver prepares it.
//!
//! A message may leave the chip select active for the next one, with `cs_change` on its last
//! transfer. The mux stays where it is, then, until another child's message comes, or the
//! child is removed.
//!
//! Memory operations (spi-mem) are passed on likewise, if the parent has them. Messages are counted
//! for the child; its controller counts the calls that send them only.
//!
//! Limitations:
//! - While a chip select is left active, other users of the same mux wait. A child's driver that
//!   changes its settings makes the chip select of its neighbour inactive.
//! - Locking the bus of the children does not lock the bus of the parent: the SPI core has no
//!   operation for it. Messages wait for a lock of the parent's bus.
//! - From the first send of a prepared message until it is unoptimized its list of transfers is
//!   empty.
//! - Mappings of memories (dirmap) are done by single operations. Offloads of the parent are not
//!   passed on.

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
mod selector;
#[cfg(CONFIG_SPI_MUX_RUST_KUNIT_TEST)]
mod tests;

use controller_ops::Mux;
use selector::Select;

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
                controller_ops::Data::new(dev, control),
            )
        }
    }
}

impl Select for mux::Control<'_> {
    type Selected<'s>
        = mux::Selected<'s>
    where
        Self: 's;

    type Kept = mux::Kept;

    #[inline]
    fn select(&self, state: u32) -> Result<Self::Selected<'_>> {
        self.select_uninterruptible(state)
    }

    #[inline]
    fn keep<'s>(selected: mux::Selected<'s>) -> Self::Kept
    where
        Self: 's,
    {
        selected.keep()
    }

    #[inline]
    fn resume(&self, kept: Self::Kept) -> Result<Self::Selected<'_>, Self::Kept> {
        mux::Control::resume(self, kept)
    }
}

kernel::module_spi_driver! {
    type: MuxDriver,
    name: "spi_mux_rust",
    authors: ["The Rust SPI developers"],
    description: "SPI multiplexer",
    license: "GPL",
}
