// SPDX-License-Identifier: GPL-2.0

//! Simulated controllers that firmware describes.

use crate::{
    bus::Bus,
    config::Config,
    controller::{
        Data,
        Preparing, //
    },
    files::Files,
    setting::{
        Auto,
        Setting, //
    },
    target::TargetConfig,
    timing::Timing, //
};
use kernel::{
    debugfs,
    device::{
        property::FwNode,
        Core, //
    },
    of,
    platform,
    prelude::*,
    spi::controller::Registration,
    str::CString, //
};

/// The driver of the devices that firmware describes.
pub(crate) struct FirmwareDriver;

kernel::of_device_table! {
    OF_TABLE,
    <FirmwareDriver as platform::Driver>::IdInfo,
    [(of::DeviceId::new(c"linux,spi-sim"), ())]
}

/// A simulated controller that belongs to a device.
///
/// Fields are dropped in this order.
pub(crate) struct Instance<'bound> {
    _registration: Registration<'bound, Preparing>,
    _files: Pin<KBox<debugfs::Scope<Files>>>,
}

/// Reads a size, if it is there.
fn size(node: &FwNode, name: &CStr) -> Result<Auto<usize>> {
    let size: Option<u32> = node.property_read(name).optional();

    Ok(Auto(size.map(usize::try_from).transpose()?))
}

/// Reads the description of what is on the chip select of a device.
fn target(node: &FwNode, kind: &CString) -> Result<TargetConfig> {
    let kind = kind.to_str().map_err(|_| EINVAL)?;

    Ok(TargetConfig {
        size: size(node, c"size")?,
        page_size: size(node, c"pagesize")?,
        address_width: size(node, c"address-width")?,
        ..TargetConfig::new(Setting::parse(kind)?)
    })
}

/// Reads the description of a controller.
fn config(node: &FwNode) -> Result<Config> {
    let mut config = Config::default();

    if let Some(number) = node.property_read::<u32>(c"num-cs").optional() {
        config.num_chipselects = number.try_into().map_err(|_| EINVAL)?;
    }
    if let Some(size) = size(node, c"linux,log-size")?.0 {
        config.log_size = size;
    }
    if node.property_read_bool(c"linux,transfers-take-time") {
        config.timing = Timing::Clock;
    }
    for child in node.children() {
        let Some(kind) = child.property_read(c"linux,sim-target").optional() else {
            continue;
        };
        let number: u32 = child.property_read(c"reg").optional().ok_or(EINVAL)?;
        let number = number.try_into().map_err(|_| EINVAL)?;
        config
            .targets
            .push((number, target(&child, &kind)?), GFP_KERNEL)?;
    }
    Ok(config)
}

impl platform::Driver for FirmwareDriver {
    type IdInfo = ();
    type Data<'bound> = Instance<'bound>;

    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        pdev: &'bound platform::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
        let dev = pdev.as_ref();
        let config = config(dev.fwnode().ok_or(ENODEV)?)?;
        let settings = config.settings()?;
        let bus = Bus::new(&config)?;
        let name =
            CString::try_from_fmt(fmt!("spi-sim.{}", dev.name().to_str().map_err(|_| EINVAL)?))?;
        let files = Files::create(&name, &bus)?;

        // SAFETY: The registration becomes the data of the driver, which the driver core drops
        // before it unbinds the device, and it is not forgotten before that.
        let registration = unsafe { Registration::new(dev, &settings, Data::new(&config, bus)) }?;

        Ok(Instance {
            _registration: registration,
            _files: files,
        })
    }
}
