// SPDX-License-Identifier: GPL-2.0

//! Analog Devices AXI SPI Engine.
//!
//! An SPI controller for FPGAs that runs programs: a message is compiled to instructions, which the
//! engine takes from a FIFO, with the words to be sent in another one and those that were received
//! in a third. `SYNC` instructions report how far it got.
//!
//! ```text
//!   request ---compile---> program ---flow---> registers of the engine
//! ```
//!
//! The engine has been changed often. What its versions can do, and which of their defects programs
//! have to avoid, is in [`version`]; all else does not depend on it.
//!
//! Limitations:
//! - An engine has one offload at most.
//! - Versions 1.00 from before 2024 wait twice as long as they should; they can't be told apart.
//! - Word lengths that do not work on a version are not offered: 1 bit before 1.05, and less than 8
//!   bits on 1.03.01. On 2.00 words of 1 bit are sent at half the highest speed at most.
//! - The words of a message can't be spread over lanes in another than ascending order.

use kernel::{
    clk::Hertz,
    device::Core,
    irq,
    of,
    platform,
    prelude::*,
    spi::controller::{
        Registration,
        Settings, //
    },
    sync::Arc, //
};

mod compile;
mod controller_ops;
mod engine;
mod flow;
mod hardware;
mod held;
mod instruction;
mod long;
mod offload;
mod program;
mod recording;
mod regs;
mod request;
mod running;
mod shared_target;
mod short;
mod short_vec;
#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST_KUNIT_TEST)]
mod tests;
mod timing;
mod version;

use controller_ops::{
    AxiSpiEngine,
    Data, //
};
use engine::{
    Engine,
    Handler, //
};
use hardware::Hardware;
use offload::Offload;

struct EngineDriver;

kernel::of_device_table! {
    OF_TABLE,
    <EngineDriver as platform::Driver>::IdInfo,
    [(of::DeviceId::new(c"adi,axi-spi-engine-1.00.a"), ())]
}

/// What the controller can do.
fn settings(dev: &platform::Device<Core<'_>>, hw: &Hardware<'_>) -> Result<Settings> {
    let (build, clock) = (hw.build(), hw.clock());
    let most = controller_ops::MAX_CHIP_SELECTS;
    let chip_selects = dev
        .as_ref()
        .fwnode()
        .map_or(most, |node| node.property_read(c"num-cs").or(most));

    Ok(Settings::new(chip_selects.clamp(1, most).try_into()?)
        .modes(controller_ops::modes(build.version()))
        .bits_per_word(build.word_lengths()?)?
        .min_speed(Hertz(clock.min_hz().try_into()?))
        .max_speed(Hertz(clock.max_hz().try_into()?))
        .data_lanes(build.message_lanes().into()))
}

impl platform::Driver for EngineDriver {
    type IdInfo = ();
    type Data<'bound> = Registration<'bound, AxiSpiEngine>;

    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        dev: &'bound platform::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
        let request = dev.irq_by_index(0)?;
        let hw = Hardware::new(dev)?;
        let settings = settings(dev, &hw)?;
        let engine = Arc::pin_init(Engine::new(dev, hw), GFP_KERNEL)?;
        let offload = Offload::new(dev.as_ref(), engine.clone())?;

        // SAFETY: It becomes the data of the registration below, which drops them.
        let irq = unsafe {
            irq::Registration::new(
                request,
                irq::Flags::TRIGGER_NONE,
                c"axi_spi_engine_rust",
                Ok::<_, Error>(Handler(engine)),
            )
        };

        // SAFETY: The registration becomes the data of the driver, which the driver core drops
        // before it unbinds the device, and it is not forgotten before that.
        unsafe { Registration::new(dev.as_ref(), &settings, Data::new(irq, offload)) }
    }
}

kernel::module_platform_driver! {
    type: EngineDriver,
    name: "axi_spi_engine_rust",
    authors: ["The Rust SPI developers"],
    description: "Analog Devices AXI SPI Engine",
    license: "GPL",
}
